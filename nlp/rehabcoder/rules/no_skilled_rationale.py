"""What it checks: a performed massage with neither an impairment nor a clinical purpose tied to it.

Why: massage is covered where it treats something: spasm, guarding, adhesions, oedema, pain that limits a movement. A
massage "as usual", or for comfort alone, is not told apart from one that needs no therapist.

What the note could say: the impairment that the massage treats, or what it is meant to change.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart, Service
from rehabcoder.rules import absence, regions, visit
from rehabcoder.rules.comfort_language import comforts
from rehabcoder.rules.maintenance_language import maintains
from rehabcoder.rules.registry import Raised, rule

#: Chosen on cross-validation by voice.
CLEARLY_LOW = 0.4
#: From this probability on a statement of a finding in the massaged region ties the massage to it.
_FOUND = 0.5
_NO_PURPOSE = frozenset(("relaxation", "maintenance"))


@rule(
    "no-skilled-rationale",
    severity="medium",
    message="Massage without an impairment or a clinical purpose",
    fix="Which impairment did the massage treat, or what was it meant to change?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2; Medicare LCD L34428",
)
def check(chart: Chart) -> Iterator[Raised]:
    massage = chart.performed("97124")
    if not massage:
        return
    unskilled = {here.statement.leaf for here in (*comforts(chart), *maintains(chart))}
    untied = []
    for service in massage:
        leaves = {s.leaf for s in visit.statements_of(chart, service)}
        if set(service.intents) - _NO_PURPOSE:
            continue
        around = [s for s in chart.statements if s.leaf in leaves]
        if leaves & unskilled or not (
            absence.best(around, "rationale") >= CLEARLY_LOW or _has_finding(chart, service, leaves)
        ):
            untied.append(service)
    if untied:
        yield Raised(visit.evidence(untied), visit.ids(untied), max(s.confidence for s in untied))


def _has_finding(chart: Chart, service: Service, leaves: set[int]) -> bool:
    """Whether something was palpated beside the massage, or anywhere in the region that it treated."""
    treated = {regions.coarse(r) for r in service.regions}
    for statement in chart.statements:
        if statement.says["objective"] < _FOUND or not any(
            m.kind == "objective" and m.detail == "palpation" for m in statement.mentions
        ):
            continue
        if statement.leaf in leaves or treated & {
            regions.coarse(m.name) for m in statement.mentions if m.kind == "region"
        }:
            return True
    return False

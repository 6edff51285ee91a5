"""What it checks: a performed massage with neither an impairment nor a clinical purpose tied to it.

Why: massage is covered where it treats something: spasm, guarding, adhesions, oedema, pain that limits a movement. A
massage "as usual", or for comfort alone, is not told apart from one that needs no therapist.

What the note could say: the impairment that the massage treats, or what it is meant to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

from rehabcoder.billing import regions
from rehabcoder.records import Chart, Service, Statement
from rehabcoder.rules import absence, visit
from rehabcoder.rules.comfort_language import comforts
from rehabcoder.rules.maintenance_language import maintains
from rehabcoder.rules.registry import Raised, rule

#: Below this probability a massage is clearly tied to nothing. This and the two below: on cross-validation by voice.
CLEARLY_UNLIKELY = 0.2
#: How far a purpose or a finding ties the massage, were it sure: beside it or as the note's rationale; in its region.
_TIES = 0.5
_TIES_IN_REGION = 0.3
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
    unskilled = bool(comforts(chart) or maintains(chart))
    untied = [
        s
        for s in massage
        if (unskilled and not _names_purpose(visit.statements_of(chart, s)))
        or _probability_tied(chart, s) < CLEARLY_UNLIKELY
    ]
    if untied:
        yield Raised(visit.evidence(untied), visit.ids(untied), max(s.confidence for s in untied))


def _probability_tied(chart: Chart, massage: Service) -> float:
    """How likely an impairment or a clinical purpose is tied to a massage, each sign of it taken by itself."""
    lines = {s.leaf for s in visit.statements_of(chart, massage)}
    beside = [s for s in chart.statements if s.leaf in lines]
    treated = {regions.coarse(r) for r in massage.regions}
    there = [
        s for s in chart.statements if treated & {regions.coarse(m.name) for m in s.mentions if m.kind == "region"}
    ]
    signs = (
        _TIES * absence.best(beside, "rationale"),
        _TIES * absence.best(beside, "objective"),
        _TIES * _names_purpose(beside),
        _TIES * absence.best(chart.statements, "rationale"),
        _TIES_IN_REGION * absence.best(there, "objective"),
    )
    return 1.0 - prod(1.0 - sign for sign in signs)


def _names_purpose(statements: Iterable[Statement]) -> bool:
    """Whether one of the statements names a clinical purpose."""
    return any(m.kind == "intent" and m.name not in _NO_PURPOSE for s in statements for m in s.mentions)

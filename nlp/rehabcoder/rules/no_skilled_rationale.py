"""What it checks: a performed massage with neither an impairment nor a clinical purpose tied to it.

Why: massage is covered where it treats something: spasm, guarding, adhesions, oedema, pain that limits a movement. A
massage "as usual", or for comfort alone, is not told apart from one that needs no therapist.

What the note could say: the impairment that the massage treats, or what it is meant to change.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart, Service, Statement
from rehabcoder.rules import absence, visit
from rehabcoder.rules.registry import Raised, rule

#: Chosen on cross-validation by voice.
CLEARLY_LOW = 0.3
NO_PURPOSE = frozenset(("relaxation", "maintenance"))


@rule(
    "no-skilled-rationale",
    severity="medium",
    message="Massage without an impairment or a clinical purpose",
    fix="Which impairment did the massage treat, or what was it meant to change?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2; Medicare LCD L34428",
)
def check(chart: Chart) -> Iterator[Raised]:
    for service in chart.performed("97124"):
        if set(service.intents) - NO_PURPOSE:
            continue
        around = _around(chart, service)
        highest = absence.best(around, "rationale")
        if highest < CLEARLY_LOW:
            yield Raised(tuple(service.evidence[:1]), (service.id,), 1.0 - highest)


def _around(chart: Chart, service: Service) -> list[Statement]:
    """The statements of the service and the others of their leaves."""
    leaves = {s.leaf for s in visit.statements_of(chart, service)}
    return [s for s in chart.statements if s.leaf in leaves]

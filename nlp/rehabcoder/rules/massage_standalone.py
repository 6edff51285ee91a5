"""What it checks: massage as the only skilled service of a visit.

Why: payers cover massage as part of a programme, beside active treatment on the same day. Heat, ice, stimulation,
ultrasound, traction and taping are no such company; exercise, activities, manual therapy, an evaluation or a
manipulation are.

What the note could say: the other treatment of the visit, if there was one; else why massage alone was the right
care on that day.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "massage-standalone",
    severity="medium",
    message="Massage is the only skilled service of the visit",
    fix="Was another service furnished in this visit?",
    source="Aetna CPB 0325; Medicare LCD L34428 (massage as adjunct to another procedure on the same day)",
)
def check(chart: Chart) -> Iterator[Raised]:
    massage = chart.performed("97124")
    company = [s for s in chart.services if s.code != "97124" and s.code not in visit.MODALITIES]
    if massage and not company:
        yield Raised(visit.evidence(massage), visit.ids(massage), max(s.confidence for s in massage))

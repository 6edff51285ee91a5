"""What it checks: a visit outside the dates of the plan of care that its record gives.

Why: therapy is covered under a plan in force; Medicare's is certified for at most 90 days. Nothing is said where the
record gives no plan, or no date of service: that an export leaves a field out proves nothing.

What the note could say: which plan, or recertification, covers the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rehabcoder.billing.edits import day_of
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "no-plan-of-care",
    severity="high",
    message="The date of service lies outside the plan of care",
    fix="Which plan of care covers this day?",
    source="42 CFR 410.61, 424.24; CMS Pub. 100-02 ch. 15 s. 220.1",
)
def check(chart: Chart) -> Iterator[Raised]:
    plan, on = chart.note.plan_of_care, day_of(chart.note.date_of_service)
    if not chart.furnished or not isinstance(plan, Mapping) or on is None or visit.only_evaluates(chart):
        return
    start, end = (day_of(str(plan.get(name) or "")) for name in ("start", "end"))
    if start and on < start:
        yield Raised(message=f"The date of service lies before the plan of care, which begins on {start}")
    elif end and on > end:
        yield Raised(message=f"The date of service lies behind the plan of care, which ended on {end}")

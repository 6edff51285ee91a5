"""What it checks: units charged that the stated minutes do not support.

Why: units come from minutes, pooled over the visit, and a stated total caps them. Without any minutes nothing can be
said here (that is missing-minutes). A service that was only mislabelled keeps its minutes: its code is another finding.

What the note could say: the minutes of each timed service, if they were more than the note says.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.units import units_of
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES


@rule(
    "units-unsupported",
    severity="high",
    message="More units charged than the minutes support",
    fix="Are the minutes complete, or the units too many?",
    source="CMS Pub. 100-04 ch. 5 s. 20.2.C",
)
def check(chart: Chart) -> Iterator[Raised]:
    timed = chart.performed(*TIMED_CODES)
    charged = [c for c in charges(chart) if c.code in TIMED_CODES and c.units]
    units = sum(c.units or 0 for c in charged)
    minutes = _supported_minutes(chart)
    if minutes is not None and units > units_of(minutes):
        spans = tuple(span for c in charged for span in c.spans)
        message = f"{units} timed units charged, {minutes} minutes support {units_of(minutes)}"
        yield Raised(spans, visit.ids(timed), message=message)


def _supported_minutes(chart: Chart) -> int | None:
    """Timed minutes of the visit, capped by the stated totals; None where the note states none that settle it."""
    timed = chart.performed(*TIMED_CODES)
    if not timed:
        return 0
    totals = [t for t in (chart.timed_minutes_stated, chart.total_treatment_minutes) if t is not None]
    each = [s.minutes for s in timed]
    if None not in each:
        totals.append(sum(m for m in each if m is not None))
    return min(totals, default=None)

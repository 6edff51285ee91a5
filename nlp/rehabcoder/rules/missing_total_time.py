"""What it checks: timed services, and the note lacks the total of timed minutes or the total treatment time.

Why: Medicare asks for both totals in every treatment note; minutes of each service are voluntary there. Raised for
payers known to ask for them. A note whose times were not all understood may state a total in words that are not known.

What the note could say: the timed minutes and the whole treatment time of the visit.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.profile import profiles
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES

#: Services read less surely may be none.
_SURE = 0.7


@rule(
    "missing-total-time",
    severity="high",
    message="No total of timed minutes, no total treatment time",
    fix="How long were the timed services together, and the whole treatment?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.profile is None or not profiles()[chart.profile].asks_total_times or chart.unassigned_times:
        return
    timed = [s for s in visit.described(chart, *TIMED_CODES) if s.confidence >= _SURE]
    lacking = [
        name
        for name, stated in (
            ("total of timed minutes", chart.timed_minutes_stated),
            ("total treatment time", chart.total_treatment_minutes),
        )
        if stated is None
    ]
    if timed and lacking:
        message = "No " + ", no ".join(lacking)
        yield Raised(visit.evidence(timed), visit.ids(timed), max(s.confidence for s in timed), message)

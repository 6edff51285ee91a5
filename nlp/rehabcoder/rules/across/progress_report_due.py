"""What it checks: more treatment days since the last evaluation or progress report than Medicare allows.

Why: a progress report is due at least once every 10 treatment days. An evaluation, a re-evaluation and a note of that
type each begin a new period. Told once a period, on the first day past it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rehabcoder.billing.profile import profiles
from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold
from rehabcoder.rules.visit import EVALUATIONS

ID = "progress-report-due"
_REPORT = re.compile(r"progress|recert|re-?eval|evaluation|10th", re.IGNORECASE)


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    days: set[object] = set()
    told = False
    for visit in visits:
        if _begins_a_period(visit):
            days, told = set(), False
            continue
        if not visit.units:
            continue
        days.add(visit.day)
        allowed = threshold(ID, "treatment_days", visit.profile)
        if len(days) > allowed and not told and profiles()[visit.profile].asks_total_times:
            told = True
            yield RaisedAcross(visit, f"treatment day {len(days)} since the last evaluation or report that is known")


def _begins_a_period(visit: Visit) -> bool:
    return not EVALUATIONS.isdisjoint(visit.units) or bool(_REPORT.search(visit.note_type))


RULE = RuleAcross(
    ID,
    "medium",
    "Where is the progress report of this period?",
    "CMS Pub. 100-02 ch. 15 s. 220.3.D",
    check,
)

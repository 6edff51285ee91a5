"""What it checks: the same number of massage units on visit after visit.

Why: time that never varies reads as a schedule and not as what each day's findings needed. Told once a run of equal
visits, at its last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold

ID = "same-massage-units"


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    massage = [visit for visit in visits if "97124" in visit.units]
    for units, group in groupby(massage, key=lambda visit: visit.units["97124"]):
        run = list(group)
        enough = len(run) >= threshold(ID, "visits", run[-1].profile)
        if enough and units is not None and units >= threshold(ID, "units", run[-1].profile):
            yield RaisedAcross(run[-1], f"{units} units of massage on each of {len(run)} visits in a row")


RULE = RuleAcross(
    ID,
    "low",
    "What decided how long massage was given on each day?",
    "OIG and payer reviews of therapy time (identical units every visit)",
    check,
)

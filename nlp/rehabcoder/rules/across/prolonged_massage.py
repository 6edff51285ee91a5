"""What it checks: massage that goes on for longer than the payer is known to expect, without a taper.

Why: payers cover massage as an adjunct in the acute phase; weeks of it at the same amount read as maintenance. A course
is a patient's visits with massage that are no more than a month apart. Told once a course, at its last visit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold

ID = "prolonged-massage"


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    for course in _courses([visit for visit in visits if "97124" in visit.units]):
        first, last = course[0], course[-1]
        days = (last.day - first.day).days
        if days <= threshold(ID, "days", last.profile) or len(course) < threshold(ID, "visits", last.profile):
            continue
        before, now = first.units["97124"], last.units["97124"]
        if before is None or now is None or now >= before:
            yield RaisedAcross(last, f"massage on {len(course)} visits over {days // 7} weeks, its units not falling")


def _courses(massage: Sequence[Visit]) -> Iterator[list[Visit]]:
    course: list[Visit] = []
    for visit in massage:
        if course and (visit.day - course[-1].day).days > threshold(ID, "longest_gap_days", visit.profile):
            yield course
            course = []
        course.append(visit)
    if course:
        yield course


RULE = RuleAcross(
    ID,
    "medium",
    "What does massage still change, and when does it end?",
    "payers' massage policies (Aetna CPB 0325: not for prolonged periods); thresholds.toml",
    check,
)

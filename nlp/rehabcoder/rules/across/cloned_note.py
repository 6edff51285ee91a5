"""What it checks: a note that is nearly the same, numbers and dates apart, as an earlier one of the patient.

Why: identical daily notes do not show what that day's treatment was for, and are a standing reason for denials (APTA,
payer complaints: repetitious daily notes). Headings that a form repeats are a small part of a note's runs of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rehabcoder.coding.sketch import similarity
from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold

ID = "cloned-note"


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    back, least = threshold(ID, "visits_back"), threshold(ID, "similarity")
    for k, visit in enumerate(visits):
        earlier = [other for other in visits[max(0, k - back) : k] if other.day < visit.day]
        best = max(earlier, key=lambda other: similarity(visit.sketch, other.sketch), default=None)
        if best is None:
            continue
        share = similarity(visit.sketch, best.sketch)
        if share >= least:
            same = "the codes and units are the same" if visit.units == best.units else "codes or units differ"
            yield RaisedAcross(
                visit,
                f"about {share:.0%} of the wording is that of {best.day} (note {best.note_id}), numbers apart; {same}",
            )


RULE = RuleAcross(
    ID,
    "medium",
    "What was found and done on this day in particular?",
    "APTA, payer complaints about documentation (repetitious daily notes)",
    check,
)

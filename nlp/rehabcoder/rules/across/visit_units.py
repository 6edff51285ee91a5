"""What it checks: timed units billed over what all notes of a visit support together.

Why: the minutes of a patient's day in a discipline are pooled before units are counted; each of several notes (an
addendum, a second therapist, a second session) rounded by itself comes to more. Told at the last note of the visit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rehabcoder.billing.profile import profiles
from rehabcoder.billing.visits import JoinedVisit, NoteOfVisit, join
from rehabcoder.coding.sketch import similarity
from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold
from rehabcoder.vocabulary import TIMED_CODES

ID = "visit-units"
_ADDENDUM = re.compile(r"\baddend", re.IGNORECASE)


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    for notes, joined in joined_visits(visits):
        over = [row for row in joined.check if row["verdict"] == "over" and row["code"] in TIMED_CODES]
        if over:
            said = ", ".join(
                f"{row['code']}: {row['billed_units']} billed, {row['supported_units']} supported" for row in over
            )
            ids = ", ".join(note.note_id for note in notes)
            yield RaisedAcross(notes[-1], f"the {len(notes)} notes of the visit together ({ids}): {said}")


def joined_visits(visits: Sequence[Visit]) -> Iterator[tuple[list[Visit], JoinedVisit]]:
    """The visits of a patient that more than one note tells, with what those come to together.

    Notes of one day and discipline are one visit; where the discipline is not known, notes of one day and provider.
    """
    groups: dict[tuple[object, str], list[Visit]] = {}
    for visit in visits:
        if (visit.minutes or visit.billed) and (of := visit.discipline or visit.provider):
            groups.setdefault((visit.day, of), []).append(visit)
    for notes in groups.values():
        if len(notes) > 1:
            yield notes, join(_of_visit(notes), profiles()[notes[0].profile])


def is_addendum(note_type: str) -> bool:
    """Whether a note adds to another one, and does not stand in its place."""
    return bool(_ADDENDUM.search(note_type))


def _of_visit(notes: Sequence[Visit]) -> list[NoteOfVisit]:
    least, back = threshold("cloned-note", "similarity"), threshold("cloned-note", "visits_back")
    return [
        NoteOfVisit(
            note.minutes,
            note.billed,
            note.visit_id,
            restates=is_addendum(note.note_type)
            or any(similarity(note.sketch, earlier.sketch) >= least for earlier in notes[max(0, k - back) : k]),
        )
        for k, note in enumerate(notes)
    ]


RULE = RuleAcross(
    ID,
    "high",
    "Do the notes leave minutes out, or were units counted a note and not a visit?",
    "CMS Pub. 100-04 ch. 5 s. 20.2.C",
    check,
)

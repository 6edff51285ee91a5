"""A visit that several notes tell: their services are joined before units are counted, their claims held against them.

Units belong to the patient's day in a discipline and not to a note (CMS Pub. 100-04 ch. 5 s. 20.2.C: the minutes of the
day are pooled): an addendum, a second therapist or a second session makes no rounding of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rehabcoder.billing.claim import claim_check, claim_lines
from rehabcoder.billing.profile import Profile
from rehabcoder.records import Billed, ClaimLine, Service


class NoteOfVisit(NamedTuple):
    """What one note adds to its visit.

    ``minutes`` maps each performed code to its minutes (None where one of its services has none), ``billed`` the codes
    of its claim to their units. ``restates`` says that it may tell again what another note of the visit tells.
    """

    minutes: Mapping[str, int | None]
    billed: Mapping[str, int | None] | None = None
    visit_id: str | None = None
    restates: bool = False


class JoinedVisit(NamedTuple):
    """The claim lines that the notes support together, and the rows of ``claim_check`` (none without a claim)."""

    lines: list[ClaimLine]
    check: list[dict[str, Any]]


def join(notes: Sequence[NoteOfVisit], profile: Profile) -> JoinedVisit:
    """The visit of these notes by the payer's unit rule."""
    services = [
        Service(f"s{n}", code, 1.0, minutes=minutes) for n, (code, minutes) in enumerate(_minutes(notes).items(), 1)
    ]
    lines = claim_lines(services, profile.unit_rule)
    billed, whole = _claim(notes)
    if billed is None:
        return JoinedVisit(lines, [])
    check = claim_check([Billed(code, units) for code, units in billed.items()], lines, profile.bundled)
    if not whole:
        for row in check:
            if row["verdict"] in ("under", "missing-from-claim"):
                row["verdict"] = None
    return JoinedVisit(lines, check)


def _minutes(notes: Iterable[NoteOfVisit]) -> dict[str, int | None]:
    """The visit's minutes a code; no minute is counted twice.

    What restates adds the codes that are new, gives minutes where there were none, and otherwise must agree with one of
    the notes or with their sum: where it does not, the minutes of the code stay open.
    """
    told: dict[str, list[int | None]] = {}
    for note in sorted(notes, key=lambda note: note.restates):
        for code, minutes in note.minutes.items():
            if not note.restates or code not in told:
                told.setdefault(code, []).append(minutes)
            elif told[code] == [None]:
                told[code] = [minutes]
            elif minutes not in (None, *told[code], _sum(told[code])):
                told[code] = [None, None]
    return {code: _sum(each) for code, each in told.items()}


def _sum(minutes: Iterable[int | None]) -> int | None:
    each = list(minutes)
    return None if None in each else sum(m for m in each if m is not None)


def _claim(notes: Sequence[NoteOfVisit]) -> tuple[dict[str, int | None] | None, bool]:
    """The visit's claim, and whether it is surely whole: only then can something be missing from it.

    The same claim on notes of one visit id, or on one without an id, is counted once: what is over even then is over.
    """
    claims: dict[tuple[str | None, frozenset[tuple[str, int | None]]], Mapping[str, int | None]] = {}
    whole = True
    for note in notes:
        if note.billed is None:
            continue
        key = (note.visit_id, frozenset(note.billed.items()))
        whole = whole and not (key in claims and note.visit_id is None)
        claims[key] = note.billed
    of_ids = {lines for visit_id, lines in claims if visit_id is not None}
    for lines in of_ids:
        whole = claims.pop((None, lines), None) is None and whole
    if not claims:
        return None, False
    claimed = {visit_id for visit_id, _ in claims if visit_id is not None}
    whole = whole and all(note.billed is not None or note.visit_id in claimed for note in notes if note.minutes)
    units: dict[str, int | None] = {}
    for claim in claims.values():
        for code, n in claim.items():
            units[code] = _sum((units.get(code, 0), n))
    return units, whole

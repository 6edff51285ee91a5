"""Header: what a note's own text says about its date and payer; a record's fields win over it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from rehabcoder.records import Note

_DATE = re.compile(
    r"\b(?:dos|date of service|date of visit|visit date|encounter date|date)\b\s?[:#=]?\s{0,4}"
    r"(?:(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4}|\d{2})|(?P<Y>\d{4})-(?P<M>\d{2})-(?P<D>\d{2}))\b",
    re.IGNORECASE,
)
_PAYER = re.compile(
    r"(?:^|[\n|;\t]|\s{2})\s{0,4}(?:payer|payor|insurance|ins|carrier|coverage|plan type)\s?[:=]\s{0,4}"
    r"(?P<payer>[A-Za-z][A-Za-z &/'.-]{1,40}?)(?=\s{2}|[\n|;,(\t]|$)",
    re.IGNORECASE,
)


def with_header(note: Note) -> Note:
    """The note with the date and payer that its text states, where its record gives none."""
    day, payer = note.date_of_service or _date(note.text), note.payer or _payer(note.text)
    return replace(note, date_of_service=day, payer=payer)


def _date(text: str) -> str | None:
    m = _DATE.search(text)
    if m is None:
        return None
    year, month, day = (int(m[a] or m[b]) for a, b in (("y", "Y"), ("m", "M"), ("d", "D")))
    try:
        return date(year + 2000 if year < 100 else year, month, day).isoformat()
    except ValueError:
        return None


def _payer(text: str) -> str | None:
    m = _PAYER.search(text)
    return m["payer"].strip() if m else None

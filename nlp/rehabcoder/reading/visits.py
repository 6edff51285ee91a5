"""Visits: text of earlier visits that a note carries along, by its marks or by the dates that head its blocks.

A note documents one visit (annotation guide, section 1). What was pulled forward from the chart, or stands under the
date of an earlier visit, was done then: its leaves get the section ``earlier``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder.reading.layout import Line, lines_of
from rehabcoder.records import Span

EARLIER = "earlier"

_LONGEST_TITLE = 90
_LEAST_BLOCK = 40
_FENCE = r"[=*<>#~_\[\](){}|:.-]"
#: A title that opens or closes text of another visit stands between marks or ends in a colon.
_TITLE = re.compile(rf"{_FENCE}{{2,}}.*|.*(?:{_FENCE}{{2,}}|:)")
_OPENS = re.compile(
    r"\b(?:auto-?\s?import|import(?:ed)? (?:from|text|note)|copied from"
    r"|(?:pulled|copied|carried|brought|copy|carry) forward"
    r"|(?:prior|previous|last|past|earlier|old) (?:\d{1,2} )?"
    r"(?:visits?|notes?|dos|encounters?|sessions?|entry|entries)\b)"
)
#: A label that says of the one line behind it that it comes from another note ("[copied from 10/10] ...").
_CARRIED_LINE = re.compile(
    r"\W*(?:text |note )?(?:copied|carried|pulled|brought|imported|import|carry|copy)\b[^\n:\])]{0,40}[:\])](?=.*\w)"
    r"|[\[(]\s*(?:from|per|dos)\s+(?:note (?:of )?|visit (?:of )?)?\d{1,2}[/.-]\d{1,2}[^\n\])]{0,12}[\])](?=.*\w)"
)
_CLOSES = re.compile(
    r"\W*end\b[^\n]{0,40}\b(?:import\w*|prior|previous|pulled|copied|carried|forward|history|note|text)\b"
    r"|\W*(?:current|today|this visit|new note|todays?'?s? (?:visit|note|session|treatment))\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"\W*(?:(?:dos|date(?: of service)?|visit|session|day)\b[\s:#]*(?:\d{1,3}\b\W+)?)?"
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[\s.,]+)?"
    r"(?:(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})(?:[/.-](?P<y>\d{4}|\d{2}))?|(?P<Y>\d{4})-(?P<M>\d{2})-(?P<D>\d{2})"
    rf"|(?P<month>{'|'.join(_MONTHS)})[a-z]*\.? (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?)\b\W*"
)
_AFTER_DATE = re.compile(r"(?:(?:visit|session|day|tx|#)?\W*\d{1,3}|visit|today|[\d:apm –-]{1,15})?\W*")


class _Dated(NamedTuple):
    """A line that is no more than the date of the block under it."""

    start: int
    end: int
    date: tuple[int, int, int]
    today: bool


def earlier_blocks(plain: str) -> list[Span]:
    """The stretches of a note that report earlier visits, in text order."""
    lines = lines_of(plain)
    carried = (Span(line.start, line.end) for line in lines if _CARRIED_LINE.match(plain, line.content, line.end))
    return sorted([*_marked(plain, lines), *_dated(plain, lines), *carried])


def _marked(plain: str, lines: list[Line]) -> Iterator[Span]:
    """From a title like "=== pulled forward ===" to the title that ends it; none where nothing ends it."""
    opened: int | None = None
    for line in lines:
        if line.end - line.start > _LONGEST_TITLE:
            continue
        if opened is not None and _CLOSES.match(plain, line.start, line.end):
            yield Span(opened, line.start)
            opened = None
        elif _OPENS.search(plain, line.start, line.end) and _TITLE.fullmatch(plain, line.start, line.end):
            opened = line.start


def _dated(plain: str, lines: list[Line]) -> Iterator[Span]:
    """Blocks under a date that is earlier than that of another block."""
    titles = [title for line in lines if (title := _date_title(plain, line))]
    if len(titles) < 2:
        return
    ends = [*(title.start for title in titles[1:]), len(plain)]
    blocks = [
        (title, end)
        for title, end in zip(titles, ends, strict=True)
        if len(plain[title.end : end].split()) > 3 and end - title.end >= _LEAST_BLOCK
    ]
    if len({title.date for title, _ in blocks}) < 2:
        return
    now = max(blocks, key=lambda b: (b[0].today, b[0].date))[0].date
    for title, end in blocks:
        if title.date < now:
            yield Span(title.start, end)


def _date_title(plain: str, line: Line) -> _Dated | None:
    found = _DATE.match(plain, line.start, line.end)
    if found is None or not _AFTER_DATE.fullmatch(plain, found.end(), line.end):
        return None
    if found["month"]:
        date = (int(found["year"] or 0), _MONTHS.index(found["month"]) + 1, int(found["day"]))
    elif found["Y"]:
        date = (int(found["Y"]), int(found["M"]), int(found["D"]))
    else:
        year = int(found["y"] or 0)
        date = (year + 2000 if 0 < year < 100 else year, int(found["m"]), int(found["d"]))
    if not (1 <= date[1] <= 12 and 1 <= date[2] <= 31):
        return None
    return _Dated(line.start, line.end, date, "today" in plain[line.start : line.end])


class Visits:
    """spaCy component: gives the leaves of earlier visits their section."""

    def __call__(self, doc: Doc) -> Doc:
        blocks = earlier_blocks(doc.user_data["plain"])
        if blocks:
            doc.user_data["leaves"] = [
                leaf._replace(section=EARLIER) if any(b.start <= leaf.start < b.end for b in blocks) else leaf
                for leaf in doc.user_data["leaves"]
            ]
        return doc


@Language.factory("rehab_visits")
def create_visits(nlp: Language, name: str) -> Visits:
    return Visits()

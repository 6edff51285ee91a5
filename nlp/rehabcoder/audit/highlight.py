"""A note's text cut up so that a page can highlight it: what each piece is evidence of, and the line round it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: Kinds of marks, the strongest first: where marks overlap, the strongest colours the piece.
KINDS = ("high", "medium", "low", "service")
#: Characters kept on either side of evidence in a long line.
ROUND = 160


class Mark(NamedTuple):
    """A stretch of the text and what it shows: a kind of ``KINDS`` and a label."""

    start: int
    end: int
    kind: str
    label: str


class Piece(NamedTuple):
    """A stretch of text under the same marks; ``kind`` is empty where there is none."""

    text: str
    kind: str
    label: str


def marks_of(result: Mapping[str, Any]) -> list[Mark]:
    """The evidence of a result record: of its findings by severity and of its services by code."""
    found = [(f["evidence"], f["severity"], f["rule"]) for f in result["findings"]]
    found += [(s["evidence"], "service", s["code"]) for s in result["services"]]
    return [Mark(span["start"], span["end"], kind, label) for spans, kind, label in found for span in spans]


def pieces(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> list[Piece]:
    """The text from start to end, cut where a mark begins or ends; the pieces together are that text."""
    end = len(text) if end is None else min(end, len(text))
    marks = sorted(mark for mark in marks if mark.start < mark.end and mark.start < end and mark.end > start)
    bounds = sorted({start, end, *(min(max(place, start), end) for mark in marks for place in mark[:2])})
    out = []
    under: list[Mark] = []
    coming = iter(marks)
    following = next(coming, None)
    for here, there in zip(bounds, bounds[1:], strict=False):
        while following and following.start <= here:
            under.append(following)
            following = next(coming, None)
        under = [mark for mark in under if mark.end > here]
        out.append(_piece(text[here:there], under))
    return out


def _piece(text: str, under: Sequence[Mark]) -> Piece:
    under = sorted(under, key=lambda mark: KINDS.index(mark.kind))
    return Piece(text, under[0].kind if under else "", ", ".join(dict.fromkeys(mark.label for mark in under)))


def lines_round(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of the line round each span, long lines cut near it."""
    return [_line_round(text, *span) for span in spans if span[0] < span[1] <= len(text)]


def _line_round(text: str, start: int, end: int) -> tuple[int, int]:
    line_end = text.find("\n", end)
    return (
        max(text.rfind("\n", 0, start) + 1, start - ROUND),
        min(len(text) if line_end < 0 else line_end, end + ROUND),
    )

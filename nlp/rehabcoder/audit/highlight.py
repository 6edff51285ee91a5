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


def quotes(text: str, marks: Sequence[Mark]) -> list[list[Piece]]:
    """The lines that the marks stand in, each once, in text order, long ones cut round the mark."""
    lines = sorted({_line_round(text, mark) for mark in marks if mark.start < mark.end <= len(text)})
    return [pieces(text, marks, start, end) for start, end in lines]


def _line_round(text: str, mark: Mark) -> tuple[int, int]:
    start = max(text.rfind("\n", 0, mark.start) + 1, mark.start - ROUND)
    line_end = text.find("\n", mark.end)
    return start, min(len(text) if line_end < 0 else line_end, mark.end + ROUND)

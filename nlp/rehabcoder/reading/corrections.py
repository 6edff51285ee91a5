"""Corrections: minutes that a note takes back ("STM was 18 min, not 8") count as it corrects them (guide, section 5).

The time that is corrected keeps its place in the note, where its service stands, and gets the minutes of the
correction; ``Time.said`` leads to the words that say so.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from rehabcoder.reading.layout import Leaf
from rehabcoder.reading.times import UNIT, Time
from rehabcoder.records import Span

_MINUTES = rf"\s{{0,2}}(?:{UNIT}|')?"
_NEW, _OLD = r"(?P<new>\d{1,2})", r"(?P<old>\d{1,2})\b(?!\s?(?:/|%|deg|lb|kg|rep))"
_PATTERNS = (
    re.compile(rf"\b{_NEW}{_MINUTES}[\s,(-]{{0,3}}(?:and\s)?(?:not|instead of|rather than)\s(?:the\s)?{_OLD}"),
    re.compile(rf"\bnot\s{_OLD}{_MINUTES},?\sbut\s{_NEW}"),
    re.compile(rf"\bfrom\s{_OLD}{_MINUTES}\sto\s{_NEW}\s{{0,2}}(?:{UNIT}|')"),
    re.compile(
        r"\b(?:correct(?:ed|ion)?|actual(?:ly)?|error|mistyped|wrong|should (?:be|read|say|have (?:been|read)))\b"
        rf"[^.\n\d]{{0,30}}\b{_NEW}\s{{0,2}}(?:{UNIT}|')"
    ),
)
_CUE = re.compile(
    r"\b(?:addendum|correct\w*|amend\w*|error|mistyped|typed|wrong|late entry|should|actual\w*|was|were|not)\b"
)
_WORD = re.compile(r"[a-z]{2,}")
#: Words that say nothing of which time is meant.
_EMPTY = frozenset(
    """
    min mins minutes minute time times was were is are not and the of for in at to it be by on above below today day
    same correct corrected correction actual actually should read say have been error mistyped typed wrong entered
    addendum amended late entry note total session treatment instead rather than from but
    """.split()
)


class _Correction(NamedTuple):
    """What a note corrects: the minutes that count, where they stand, and the minutes taken back, if it names them."""

    start: int
    end: int
    new: int
    new_at: Span
    old: int | None


def corrected(times: list[Time], plain: str, leaves: list[Leaf]) -> list[Time]:
    """The times of a note with its corrections carried out; each correction's own numbers are no times any more."""
    out = list(times)
    for correction in _corrections(plain):
        k = _corrected_one(out, correction, plain, leaves)
        if k is not None:
            out[k] = out[k]._replace(minutes=correction.new, said=correction.new_at)
            out = [t for j, t in enumerate(out) if j == k or not correction.start <= t.start < correction.end]
        elif correction.old is not None:
            behind_new = correction.new_at.start < correction.end - 3
            out = [t for t in out if not (_is_old(t, correction, plain) and behind_new)]
    return out


def _is_old(time: Time, correction: _Correction, plain: str) -> bool:
    inside = correction.start <= time.start < correction.end and not time.start <= correction.new_at.start < time.end
    return inside and time.minutes == correction.old


def _corrections(plain: str) -> Iterator[_Correction]:
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for m in pattern.finditer(plain):
            if _CUE.search(plain, max(0, plain.rfind("\n", 0, m.start())), m.end()) and not any(
                a < m.end() and m.start() < b for a, b in taken
            ):
                taken.append(m.span())
                old = m.groupdict().get("old")
                yield _Correction(*m.span(), int(m["new"]), Span(*m.span("new")), int(old) if old else None)


def _corrected_one(times: list[Time], correction: _Correction, plain: str, leaves: list[Leaf]) -> int | None:
    """Number of the time that a correction means: of the minutes it names, in words most like its own."""
    line = plain.rfind("\n", 0, correction.start) + 1
    meant = _words(plain[line : correction.end])
    starts = [leaf.start for leaf in leaves]
    best: tuple[int, int] | None = None
    for k, time in enumerate(times):
        if time.end > correction.start or (correction.old is not None and time.minutes != correction.old):
            continue
        n = bisect_right(starts, time.start) - 1
        shared = len(meant & _words(plain[leaves[n].start : leaves[n].end])) if n >= 0 else 0
        if (shared or correction.old is not None) and leaves[n].start < line and (best is None or shared >= best[0]):
            best = (shared, k)
    return best[1] if best else None


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text)) - _EMPTY

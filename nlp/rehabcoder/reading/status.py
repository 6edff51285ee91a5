"""Status by scope: what the words near a statement, the headings above it and its section say about its status.

The scopes follow ConText (Harkema et al. 2009): a cue governs from its place to the end of its sentence, forward,
backward or both ways, unless a terminating cue stands between; a pseudo cue looks like one and governs nothing.
The verdict here is evidence for the trained status model of ``coding``, which decides.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder.reading.visits import EARLIER
from rehabcoder.records import Mention, Span, Statement

_SECTION_STATUS = {
    "plan": "planned",
    "home": "home",
    "goals": "planned",
    "education": "home",
    "history": "historical",
    EARLIER: "historical",
}
#: Where several cues govern a statement the first of these wins.
_STRENGTH = ("negated", "home", "historical", "planned", "hypothetical", "performed")


class Cue(NamedTuple):
    """A status cue at a place; ``direction`` is forward, backward or both."""

    start: int
    end: int
    status: str
    direction: str


class Scope(NamedTuple):
    """What governs a statement: the statuses of the cues inside it, before it, behind it and in its headings, once each
    (those of several headings once a heading)."""

    inside: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    verdict: str = "performed"


def cues_of(mentions: list[Mention], plain: str) -> list[Cue]:
    """The cues of a note, in text order, without those that a pseudo cue covers.

    A cue that opens a remark in brackets ("massage (skipped the feet)") governs nothing before it.
    """
    out: list[Cue] = []
    pseudo_end = 0
    for m in mentions:
        if m.kind == "cue" and m.name == "pseudo":
            pseudo_end = m.end
            while out and out[-1].end > m.start:
                out.pop()
        elif m.kind == "cue" and m.start >= pseudo_end:
            bracketed = plain[max(0, m.start - 1) : m.start] == "("
            out.append(Cue(m.start, m.end, m.name, "forward" if bracketed else m.detail or "forward"))
    return out


def scopes_of(statements: list[Statement], cues: list[Cue]) -> list[Scope]:
    """The scope of every statement of a note; cues reach no further than their leaf, or the leaves under a heading."""
    starts = [cue.start for cue in cues]
    of_heading: dict[Span, tuple[str, ...]] = {}
    out: list[Scope] = []
    for _, group in groupby(statements, key=lambda s: s.leaf):
        of_leaf = list(group)
        heading: tuple[str, ...] = ()
        for h in of_leaf[0].headings:
            if h not in of_heading:
                of_heading[h] = _said(cues[bisect_left(starts, h.start) : bisect_left(starts, h.end)])
            heading += of_heading[h]
        first, last = bisect_left(starts, of_leaf[0].start), bisect_left(starts, of_leaf[-1].end)
        out += _scopes_of_leaf(of_leaf, cues[first:last], heading)
    return out


def _scopes_of_leaf(statements: list[Statement], cues: list[Cue], heading: tuple[str, ...]) -> Iterator[Scope]:
    starts = [cue.start for cue in cues]
    before, behind = _before(cues), _behind(cues)
    for s in statements:
        a, b = bisect_left(starts, s.start), bisect_left(starts, s.end)
        own = cues[a:b]
        inside = _said(own)
        ahead = () if any(cue.status == "terminate" for cue in own) else before[a]
        yield Scope(inside, ahead, behind[b], heading, _verdict(s, inside, ahead, behind[b], heading))


def _said(cues: list[Cue]) -> tuple[str, ...]:
    """The statuses that cues name, once each."""
    return tuple(dict.fromkeys(cue.status for cue in cues if cue.status != "terminate"))


def _before(cues: list[Cue]) -> list[tuple[str, ...]]:
    """For the place before each cue and the last place: the statuses that reach it from the left, in text order."""
    out: list[tuple[str, ...]] = [()]
    for cue in cues:
        reaching = () if cue.status == "terminate" else out[-1]
        governs = cue.status not in ("terminate", *reaching) and cue.direction != "backward"
        out.append((*reaching, cue.status) if governs else reaching)
    return out


def _behind(cues: list[Cue]) -> list[tuple[str, ...]]:
    """For the same places: the statuses that reach them from the right, in text order."""
    out: list[tuple[str, ...]] = [()]
    for cue in reversed(cues):
        reaching = () if cue.status == "terminate" else out[-1]
        governs = cue.status != "terminate" and cue.direction != "forward"
        out.append((cue.status, *(s for s in reaching if s != cue.status)) if governs else reaching)
    return out[::-1]


def _verdict(
    statement: Statement,
    inside: tuple[str, ...],
    before: tuple[str, ...],
    behind: tuple[str, ...],
    heading: tuple[str, ...],
) -> str:
    if statement.ticked is False:
        return "hypothetical"
    for governing in (inside, before, behind, heading):
        for status in _STRENGTH:
            if status in governing:
                return status
    return _SECTION_STATUS.get(statement.section, "performed")


class Status:
    """spaCy component: writes ``doc.user_data["scopes"]``, one Scope a statement."""

    def __call__(self, doc: Doc) -> Doc:
        data = doc.user_data
        data["scopes"] = scopes_of(data["statements"], cues_of(data["mentions"], data["plain"]))
        return doc


@Language.factory("rehab_status")
def create_status(nlp: Language, name: str) -> Status:
    return Status()

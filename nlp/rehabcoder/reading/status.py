"""Status by scope: what the words near a statement, the headings above it and its section say about its status.

The scopes follow ConText (Harkema et al. 2009): a cue governs from its place to the end of its sentence, forward,
backward or both ways, unless a terminating cue stands between; a pseudo cue looks like one and governs nothing.
The verdict here is evidence for the trained status model of ``coding``, which decides.
"""

from __future__ import annotations

from bisect import bisect_left
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
    """What governs a statement: the statuses of the cues inside it, before it, behind it and in its headings."""

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
    of_heading: dict[tuple[Span, ...], tuple[str, ...]] = {}
    out: list[Scope] = []
    for _, group in groupby(statements, key=lambda s: s.leaf):
        of_leaf = list(group)
        headings = of_leaf[0].headings
        if headings not in of_heading:
            of_heading[headings] = tuple(
                cue.status
                for h in headings
                for cue in cues[bisect_left(starts, h.start) : bisect_left(starts, h.end)]
                if cue.status != "terminate"
            )
        own = cues[bisect_left(starts, of_leaf[0].start) : bisect_left(starts, of_leaf[-1].end)]
        out += [_scope(statement, own, of_heading[headings]) for statement in of_leaf]
    return out


def _scope(statement: Statement, cues: list[Cue], heading: tuple[str, ...]) -> Scope:
    inside: list[str] = []
    before: list[str] = []
    behind: list[str] = []
    for cue in cues:
        if cue.status == "terminate":
            if cue.start >= statement.end:
                break
            before.clear()
        elif cue.start < statement.start:
            if cue.direction != "backward":
                before.append(cue.status)
        elif cue.start < statement.end:
            inside.append(cue.status)
        elif cue.direction != "forward":
            behind.append(cue.status)
    verdict = _verdict(statement, inside, before, behind, heading)
    return Scope(tuple(inside), tuple(before), tuple(behind), heading, verdict)


def _verdict(
    statement: Statement, inside: list[str], before: list[str], behind: list[str], heading: tuple[str, ...]
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

"""The wording that a rule looks for (``lexicon/wording.csv``), and what the words around it make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from rehabcoder.records import Chart, Mention, Span, Statement

#: Sections whose words are not about what is done in this visit.
NOT_OF_THIS_VISIT = frozenset(("history", "home", "education", "precautions"))
#: Cues that take a wording out of the visit; "suggested monthly" and "so that she could unwind" still say it.
_UNSAID = frozenset(("negated", "historical", "home"))
_CONDITION = re.compile(r"\b(?:if|when|whenever|once|unless|until|till|should|in case)\b")


class Said(NamedTuple):
    """A rule's wording at a place: the statement that holds it and the words."""

    statement: Statement
    words: Mention

    @property
    def span(self) -> Span:
        return Span(self.words.start, self.words.end)


def said(chart: Chart, rule: str, *roles: str) -> Iterator[Said]:
    """Where a chart uses a rule's wording in one of these roles, in text order."""
    for statement in chart.statements:
        for mention in statement.mentions:
            if mention.kind == rule and mention.name in roles:
                yield Said(statement, mention)


def phrased(chart: Chart, rule: str, role: str, phrase: re.Pattern[str]) -> Iterator[Said]:
    """Where a chart uses a phrase that no list of terms can hold, in text order.

    A phrase may run over several statements of one line; it is said in the one that it begins in.
    """
    if not phrase.search(chart.plain):
        return
    for _, line in groupby(chart.statements, key=lambda s: s.leaf):
        told = list(line)
        for found in phrase.finditer(chart.plain, told[0].start, told[-1].end):
            statement = next((s for s in told if s.start <= found.start() < s.end), told[0])
            yield Said(statement, Mention(rule, role, found.start(), found.end()))


def is_unsaid(here: Said) -> bool:
    """Whether the words are negated, past or homework, by a cue in their statement or as all of it is; or unticked.

    A statement that documents a service of this visit can only be negated: "kneading before the ride home" is neither
    past nor homework.
    """
    statement, words = here
    if statement.code != "other" and statement.status not in ("performed", "planned"):
        return True
    unsaying = frozenset(("negated",)) if documents_service(statement) else _UNSAID
    governing = False
    for cue in statement.mentions:
        if cue.kind != "cue":
            continue
        if cue.name == "terminate":
            governing = governing and cue.start >= words.start
        elif cue.name in unsaying:
            before = cue.end <= words.start and cue.detail != "backward"
            behind = cue.start >= words.end and cue.detail != "forward"
            governing = governing or before or behind
    return governing or statement.ticked is False


def is_conditional(chart: Chart, here: Said) -> bool:
    """Whether "if", "when", "until" ... stand before the words in their statement."""
    return _CONDITION.search(chart.plain, here.statement.start, here.words.start) is not None


def documents_service(statement: Statement, *codes: str) -> bool:
    """Whether a statement documents a performed service (of one of these codes)."""
    return statement.code != "other" and statement.status == "performed" and (not codes or statement.code in codes)

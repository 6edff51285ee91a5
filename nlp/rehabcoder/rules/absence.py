"""Absence needs proof: how likely it is that a note says something at all, by the trained taggers and the lexicon.

A finding is raised only where that is clearly unlikely; in between a person should look, and that is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rehabcoder.records import Chart, Statement

#: Below this probability it is clearly unlikely that a note says something. Chosen on notes of authors that the shipped
#: model has not seen; the models of a cross-validation have read fewer notes, say less, and would want lower ones.
CLEARLY_UNLIKELY = {"objective": 0.72, "function": 0.62, "response": 0.62, "signature": 0.5}
#: What a term of the lexicon adds: the probability that a statement with such a term says it, were it by that alone.
_SUPPORT = {"objective": 0.2, "function": 0.2}
#: What is left of a statement's probability where a term says that there is none ("unchanged").
_DENIED = 0.1
#: The same figure twice is no change: "24 s (24 s in Jan)", "HA 3 -> 3".
_SAME_FIGURE = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)(?:\s?[a-z%]{1,4})?\s?(?:\(|->|\u2192|,? (?:was|last|and) )(?:[a-z]{1,5}\s)?\1(?![\d.])"
)


def best(statements: Iterable[Statement], saying: str) -> float:
    """The highest probability that one of the statements says it (0 where there is none)."""
    return max((s.says[saying] for s in statements), default=0.0)


def probability_said(chart: Chart, saying: str) -> float:
    """The probability that at least one statement of the note says it, each taken by itself; a blank says nothing."""
    unsaid = 1.0
    for statement in chart.statements:
        if not any(map(str.isalnum, chart.plain[statement.start : statement.end])):
            continue
        p = statement.says[saying]
        terms = kinds_said(statement, saying)
        if terms == {"none"} or _is_denied(chart, statement, saying):
            unsaid *= 1.0 - p * _DENIED
        else:
            unsaid *= (1.0 - p) * (1.0 - _SUPPORT.get(saying, 0.0) * bool(terms))
    return 1.0 - unsaid


def kinds_said(statement: Statement, saying: str) -> set[str | None]:
    """The kinds of the terms that a statement says it with; "no change since last visit" says none of a change."""
    kinds: set[str | None] = set()
    denied_to = -1
    for m in statement.mentions:
        if m.kind == saying:
            if m.detail == "none":
                denied_to = m.end + 1
            elif m.start <= denied_to:
                continue
            kinds.add(m.detail)
    return kinds


def _is_denied(chart: Chart, statement: Statement, saying: str) -> bool:
    """Whether a statement only looks like it: a figure that stayed the same, or a wish for comfort that is no task."""
    if saying == "response":
        return bool(_SAME_FIGURE.search(chart.plain, statement.start, statement.end))
    return saying == "function" and any(m.kind == "comfort-language" and m.name == "raise" for m in statement.mentions)


def clearly_absent(chart: Chart, saying: str) -> float | None:
    """How sure it is that the note does not say it, where that is clear; else None."""
    said = probability_said(chart, saying)
    return 1.0 - said if said < CLEARLY_UNLIKELY[saying] else None

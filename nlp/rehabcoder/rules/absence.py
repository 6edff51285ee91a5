"""Absence needs proof: how likely it is that a note says something at all, by the trained taggers and the lexicon.

A finding is raised only where that is clearly unlikely; in between a person should look, and that is no finding.
"""

from __future__ import annotations

from collections.abc import Iterable

from rehabcoder.records import Chart, Statement

#: Below this probability it is clearly unlikely that a note says something. Chosen on cross-validation by voice.
CLEARLY_UNLIKELY = {"objective": 0.45, "function": 0.6, "response": 0.5, "signature": 0.45}
#: What a term of the lexicon adds: the probability that a statement with such a term says it, were it by that alone.
_SUPPORT = {"objective": 0.1, "function": 0.2}
#: What is left of a statement's probability where the term says that there is none ("unchanged").
_DENIED = 0.3


def best(statements: Iterable[Statement], saying: str) -> float:
    """The highest probability that one of the statements says it (0 where there is none)."""
    return max((s.says[saying] for s in statements), default=0.0)


def probability_said(chart: Chart, saying: str) -> float:
    """The probability that at least one statement of the note says it, each taken by itself; a blank says nothing."""
    unsaid = 1.0
    for statement in chart.statements:
        if not any(c.isalnum() for c in chart.plain[statement.start : statement.end]):
            continue
        p = statement.says[saying]
        terms = {m.detail for m in statement.mentions if m.kind == saying}
        if terms == {"none"}:
            unsaid *= 1.0 - p * _DENIED
        else:
            unsaid *= (1.0 - p) * (1.0 - _SUPPORT.get(saying, 0.0) * bool(terms))
    return 1.0 - unsaid


def clearly_absent(chart: Chart, saying: str) -> float | None:
    """How sure it is that the note does not say it, where that is clear; else None."""
    said = probability_said(chart, saying)
    return 1.0 - said if said < CLEARLY_UNLIKELY[saying] else None

"""Absence needs proof: how likely it is that a note says something at all, by the trained taggers and the lexicon.

A finding is raised only where that is clearly unlikely; in between a person should look, and that is no finding.
"""

from __future__ import annotations

from collections.abc import Iterable

from rehabcoder.records import Chart, Statement

#: Below this probability it is clearly unlikely that a note says something. Chosen on cross-validation by voice.
CLEARLY_UNLIKELY = 0.45
#: What a term of the lexicon adds: the probability that a statement with such a term says it, were it by that alone.
_SUPPORT = 0.1
#: What is left of a statement's probability where the term says that there is none ("unchanged").
_DENIED = 0.3


def best(statements: Iterable[Statement], saying: str) -> float:
    """The highest probability that one of the statements says it (0 where there is none)."""
    return max((s.says[saying] for s in statements), default=0.0)


def probability_said(chart: Chart, saying: str) -> float:
    """The probability that at least one statement of the note says it, each taken by itself."""
    unsaid = 1.0
    for statement in chart.statements:
        unsaid *= 1.0 - statement.says[saying]
        for mention in statement.mentions:
            if mention.kind == saying:
                p = statement.says[saying]
                if mention.detail == "none":
                    unsaid *= (1.0 - p * _DENIED) / max(1e-9, 1.0 - p)
                else:
                    unsaid *= 1.0 - _SUPPORT
                break
    return 1.0 - unsaid

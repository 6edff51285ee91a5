"""Absence needs proof: whether nothing in a note says something, by the trained taggers and the lexicon.

A finding is raised only where the best candidate of the whole note is clearly low. Between the two limits of a rule a
person should look; that is no finding.
"""

from __future__ import annotations

from collections.abc import Iterable

from rehabcoder.records import Chart, Statement


def best(statements: Iterable[Statement], saying: str) -> float:
    """The highest probability that one of the statements says it (0 where there is none)."""
    return max((s.says.get(saying, 0.0) for s in statements), default=0.0)


def mentions(statements: Iterable[Statement], saying: str, *details: str) -> int:
    """How many of the lexicon's terms of a saying stand there (of these sorts)."""
    return sum(m.kind == saying and (not details or m.detail in details) for s in statements for m in s.mentions)


def nothing_says(chart: Chart, saying: str, below: float) -> float:
    """How sure it is that nothing in the note says it: 0 where a statement may (probability of ``below`` or more)."""
    highest = best(chart.statements, saying)
    return 1.0 - highest if highest < below else 0.0

"""What it checks: no response to this visit's treatment, and no change over time.

Why: payers pay for treatment that does something. "Tolerated well", "no change" and vital signs back at baseline are no
response; a change in a sign, a measure, a symptom or a task, after treatment or since an earlier visit, is. A visit
that only evaluates has nothing to respond to.

What the note could say: what was different after treatment, or since an earlier visit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from rehabcoder.records import Chart, Statement
from rehabcoder.rules import absence, visit
from rehabcoder.rules.registry import Raised, rule

#: From these probabilities on a statement may tell a finding of this visit. Chosen on cross-validation by voice.
_OBJECTIVE = 0.3
_RESPONSE = 0.1
_NOT_FOUND_NOW = frozenset(("goals", "plan", "history", "home", "education", "precautions"))
#: "flex" and "flexion" are one measure.
_STEM = 4
#: A measure and its figure, with the side before or behind the measure; a dose is no figure.
_FIGURE = re.compile(
    r"\b(?:(?P<before>l|r|left|right)\s)?(?P<measure>[a-z]{2,})\b[\s:=]*(?:(?:is|was|now|to|of|at|grade|gr)\s)?"
    r"(?:(?P<behind>l|r|left|right)\b[\s:]*)?(?P<figure>\d+(?:\.\d+)?(?:/\d+)?[+-]?)"
    r"(?![\d:/]|\s?(?:x\b|x\s?\d|min|reps|sec|s\b|ft|lbs?\b|#))"
)
_AFTER = re.compile(
    r"\b(?:after(?:wards?)?|post(?:[- ]?(?:tx|rx|treatment))?|(?:at|by) (?:the )?(?:end|exit)|leaving)\b"
)
#: Another, earlier figure in brackets: "96 (last 84)", "48 s (30 s visit 1)".
_EARLIER = re.compile(
    r"\b(?P<now>\d+(?:\.\d+)?)(?!\d)[^\s(]{0,4}\s?(?:[a-z%]{1,4}\s)?"
    r"\((?:(?:was|last|from|vs|prev|initially|eval)\b[^)]{0,12})?(?!(?P=now)(?![\d.]))[-+]?\d[^)]{0,18}\)"
)
#: A change in so many words: two figures, a comparison, or what is new.
_CHANGE = re.compile(
    r"\d\S{0,3},? (?:up |down )?(?:from|then) \d|[-+]\d+(?:\.\d+)? vs?\.? |\b(?:twice|half) as\b"
    r"|\bno longer\b|\bnew this\b|\bfor the first time\b"
    r"|\b(?:looser|softer|easier|lighter|smaller|stronger|steadier|quicker|faster)\b"
)


@rule(
    "no-response",
    severity="medium",
    message="No response to treatment, no change over time",
    fix="What was different after treatment, or since an earlier visit?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3",
)
def check(chart: Chart) -> Iterator[Raised]:
    if not chart.furnished or visit.only_evaluates(chart):
        return
    sure = absence.clearly_absent(chart, "response")
    if sure and not _shows_change(chart) and not _tells_change(chart):
        yield Raised(confidence=sure)


def _shows_change(chart: Chart) -> bool:
    """Whether figures tell a change that no words do: after treatment, an earlier one in brackets, or stated twice.

    "Rot L 50" before treatment and "rot L 62" below it are a response, though neither line is by itself.
    """
    figures: dict[tuple[str, str], set[str]] = defaultdict(set)
    for statement in chart.statements:
        if not _states_finding(statement):
            continue
        place = (statement.start, statement.end)
        if _EARLIER.search(chart.plain, *place) or (
            _AFTER.search(chart.plain, *place) and _FIGURE.search(chart.plain, *place)
        ):
            return True
        for found in _FIGURE.finditer(chart.plain, *place):
            side = (found["before"] or found["behind"] or "")[:1]
            figures[found["measure"][:_STEM], side].add(found["figure"])
    return any(len(stated) > 1 for stated in figures.values())


def _tells_change(chart: Chart) -> bool:
    """Whether the words for a change stand where this visit is told, beside no service."""
    return any(
        _CHANGE.search(chart.plain, s.start, s.end)
        for s in chart.statements
        if s.code == "other" and s.section not in _NOT_FOUND_NOW
    )


def _states_finding(statement: Statement) -> bool:
    """Whether a statement may tell what was found in this visit, and documents no service."""
    says = statement.says["objective"] >= _OBJECTIVE or statement.says["response"] >= _RESPONSE
    return says and statement.code == "other" and statement.section not in _NOT_FOUND_NOW

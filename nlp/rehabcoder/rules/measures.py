"""The named measures of a visit and their figures, small enough to be kept and compared without the note's text.

Which words name a measure, and why its figures count, stands in ``measures.toml``. "Rotation R 48, L 66" is the measure
``rotation`` with the figures ``r48`` and ``l66``. Figures of goals, plans, history and earlier visits are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, NamedTuple

from rehabcoder.records import Chart, Statement
from rehabcoder.rules import absence

#: Sections that do not say how the patient was in this visit.
_NOT_NOW = frozenset(("goals", "plan", "history", "home", "education", "precautions", "earlier"))
_SIDE = r"(?:left|right|bilat(?:eral)?|l|r|b)"
#: What may stand between a measure and its figure.
_LINK = (
    r"(?:[\s:=~(]|\b(?:is|was|now|today|currently|about|at|of|to|for|score|scores|level|rating|rated|limited|grade|remains?|still|"
    r"arom|prom|degrees|up|only|with|reports?|reported)\b)*"
)
#: What may stand between one figure of a measure and the next; a dash at a figure is its sign, but for that of a range.
_THEN = r"(?:[\s,;/()>\u2192]|-(?!\d)|(?<=\d)-|\b(?:and|to|then|from|now|was|deg|degrees|lbs?|kg|s|sec)\b|\u00b0)*"
_DIGIT = re.compile(r"\d")
#: Words that place a change within the visit and not between visits.
_WITHIN = re.compile(
    r"\b(?:after(?:wards?)?|post(?:[- ]?(?:tx|rx|treatment))?|(?:at|by) (?:the )?(?:end|exit)|leaving)\b"
)


class _Measure(NamedTuple):
    name: str
    kind: str
    said: re.Pattern[str]
    figure: re.Pattern[str]


def measures(chart: Chart) -> dict[str, list[str]]:
    """Measure -> its figures with their sides, in text order; what the note states of this visit."""
    found: dict[str, list[str]] = {}
    for start, end in _pieces(chart):
        text = chart.plain[start:end]
        word = _any_measure().search(text)
        if not word or not _DIGIT.search(text, word.end()):  # most stretches, which are done with at once
            continue
        for measure in _measures():
            for said in measure.said.finditer(text):
                sides = (said["before"] or said["behind"] or "")[:1]
                figures = [(side or "")[:1] + figure.replace(" ", "") for side, figure in _figures(measure, said)]
                figures[0] = sides + figures[0]
                found.setdefault(measure.name, []).extend(figures)
    return found


def kind_of(name: str) -> str:
    """pain, objective or function."""
    return next(measure.kind for measure in _measures() if measure.name == name)


def tells_progress(chart: Chart) -> bool:
    """Whether words tell a change or a gained task that is not placed after this visit's own treatment.

    A task with its figure ("can sit 20 min") is told by the figure.
    """
    return any(
        "change" in absence.kinds_said(s, "response")
        or ("gain" in absence.kinds_said(s, "function") and not _has_figure(chart, s))
        for s in chart.statements
        if _is_of_now(s) and not _WITHIN.search(chart.plain, s.start, s.end)
    )


def _has_figure(chart: Chart, statement: Statement) -> bool:
    text = chart.plain[statement.start : statement.end]
    return any(measure.said.search(text) for measure in _measures() if measure.kind == "function")


def _figures(measure: _Measure, said: re.Match[str]) -> Iterator[tuple[str | None, str]]:
    """The figures that follow a measure, each with its side."""
    place = said.start("first")
    while following := measure.figure.match(said.string, place):
        yield following["side"], following["figure"]
        place = following.end()


def _pieces(chart: Chart) -> Iterator[tuple[int, int]]:
    """The stretches of the note that say how the patient is in this visit: leaves that document no service."""
    for _, of_leaf in groupby(chart.statements, key=lambda s: s.leaf):
        for now, group in groupby(of_leaf, key=_is_of_now):
            if now:
                statements = list(group)
                yield statements[0].start, statements[-1].end


def _is_of_now(statement: Statement) -> bool:
    return statement.code == "other" and statement.section not in _NOT_NOW


@cache
def _measures() -> tuple[_Measure, ...]:
    return tuple(_measure(name, words, table) for table in _tables() for name, words in table["names"].items())


@cache
def _any_measure() -> re.Pattern[str]:
    """A word of any measure."""
    words = {word for table in _tables() for named in table["names"].values() for word in named}
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(words)))})\b")


@cache
def _tables() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads((files(__package__) / "measures.toml").read_text("utf-8"))["measures"]
    return tables


def _measure(name: str, words: list[str], table: dict[str, Any]) -> _Measure:
    named = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    said = re.compile(
        rf"(?<![\w-])(?:(?P<before>{_SIDE})\s)?(?:{named})\b{_LINK}(?:(?P<behind>{_SIDE})\b{_LINK})?"
        rf"(?P<first>(?<![\d.]){table['figure']})"
    )
    figure = re.compile(rf"{_THEN}(?:(?P<side>{_SIDE})\b[\s:]*)?(?P<figure>(?<![\d.]){table['figure']})")
    return _Measure(name, table["kind"], said, figure)

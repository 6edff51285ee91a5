"""What it checks: a re-evaluation that its own words call a matter of routine, in a note that gives it no reason.

Why: a re-evaluation is paid beside treatment where something calls for one: new findings, a marked change, no response
to the treatment, a discharge that is near. Reassessing is otherwise part of every treatment. Words of the routine have
to stand beside it, in its line or heading, and any word of a reason in the note is enough against it.

What the note could say: what had changed, or failed to, so that the patient was evaluated anew.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from rehabcoder.records import Chart, Service, Span, Statement
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule

_CODES = ("97164", "97168")
_SURE = 0.6


@rule(
    "re-evaluation-routine",
    severity="medium",
    message="A re-evaluation as a matter of routine",
    fix="What had changed, or failed to, that called for a re-evaluation?",
    source="NCCI Policy Manual for Medicare 2026, ch. XI s. P.3",
)
def check(chart: Chart) -> Iterator[Raised]:
    for service in visit.described(chart, *_CODES):
        if service.confidence < _SURE or _reason().search(chart.plain):
            continue
        if words := tuple(_routine_words(chart, service)):
            yield Raised(words, visit.ids([service]), service.confidence)


def _routine_words(chart: Chart, service: Service) -> Iterator[Span]:
    """Where the lines of a re-evaluation, or the headings over it, call it routine."""
    told = list(visit.statements_of(chart, service))
    leaves = {statement.leaf for statement in told}
    spans = {heading for statement in told for heading in statement.headings}
    spans |= {_line([s for s in chart.statements if s.leaf == leaf]) for leaf in leaves}
    for start, end in sorted(spans):
        for found in _called_routine().finditer(chart.plain, start, end):
            yield Span(*found.span())


def _line(statements: list[Statement]) -> Span:
    return Span(statements[0].start, statements[-1].end)


@cache
def _called_routine() -> re.Pattern[str]:
    """A routine's words and a re-evaluation's in one clause, in either order."""
    routine, name = _words("routine"), _words("names")
    between = r"(?![\w])[^.;\n]{0,30}?(?<![\w-])"
    return re.compile(rf"(?<![\w-])(?:{routine}{between}{name}|{name}{between}{routine})(?!\w)")


@cache
def _reason() -> re.Pattern[str]:
    """Words of a reason; a denied one ("no new findings") is none."""
    return re.compile(rf"(?<![\w-])(?<!\bno )(?<!\bany )(?<!\bwithout ){_words('reason')}(?!\w)")


def _words(kind: str) -> str:
    """The terms of a kind in ``re_evaluation_routine.toml``, hyphens or spaces between their words."""
    terms = tomllib.loads((files(__package__) / "re_evaluation_routine.toml").read_text("utf-8"))[kind]["terms"]
    longest_first = sorted(terms, key=len, reverse=True)
    return "(?:" + "|".join(r"[\s-]+".join(map(re.escape, term.split())) for term in longest_first) + ")"

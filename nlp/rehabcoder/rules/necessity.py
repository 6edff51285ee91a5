"""The chain of medical necessity: the impairment, why this technique treats it, the function that it is for.

Each link of a service is the words that tell it. The impairment is what was measured or palpated in the service's own
line or in its region, the reason a clinical purpose beside it, the function any limited, aimed-at or regained task of
the note. A link without words was not found, which does not prove that it is missing: that is for the rules to say.

Source: CMS Pub. 100-02 ch. 15 s. 220.2 (skilled, specific and effective treatment of a condition, to restore function).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rehabcoder.billing import regions
from rehabcoder.records import Chart, Mention, Service, Span, Statement
from rehabcoder.rules import visit
from rehabcoder.rules.wording import NOT_OF_THIS_VISIT, documents_service

#: The links in their order, and what each is called.
LINKS = {"impairment": "an impairment", "rationale": "a clinical purpose", "function": "a functional gain"}
#: Purposes that treat nothing.
NO_PURPOSE = frozenset(("relaxation", "maintenance"))
#: From this probability on a statement says it.
_SAID = 0.5
_NOT_NOW = NOT_OF_THIS_VISIT | {"goals", "plan", "earlier"}


def chain(chart: Chart, service: Service) -> dict[str, list[Span]]:
    """Link -> the words that tell it of a service, in text order."""
    beside = list(_beside(chart, service))
    return {
        "impairment": _in_order(_impairment(chart, service, beside)),
        "rationale": _in_order(_purposes(beside)) or _in_order(_reasons(beside)),
        "function": _in_order(s.span for s in chart.statements if s.says["function"] >= _SAID),
    }


def listed(names: Sequence[str], word: str) -> str:
    """The names as one reads them: "a, b or c"."""
    *first, last = names
    return f" {word} ".join([", ".join(first), last] if first else [last])


def but_told(names: Sequence[str]) -> str:
    """The end of a message about missing links: those that the note does tell."""
    return f"; the note tells {listed(names, 'and')}" if names else ""


def _beside(chart: Chart, service: Service) -> Iterator[Statement]:
    """The statements of a service, and those of the same line that document no other."""
    own = {s.span for s in visit.statements_of(chart, service)}
    lines = {s.leaf for s in visit.statements_of(chart, service)}
    for statement in chart.statements:
        if statement.span in own or (statement.leaf in lines and not documents_service(statement)):
            yield statement


def _impairment(chart: Chart, service: Service, beside: Iterable[Statement]) -> Iterator[Span]:
    for statement in beside:
        if statement.says["objective"] >= _SAID:
            yield statement.span
        else:
            yield from (Span(m.start, m.end) for m in _apart_from_techniques(statement) if m.kind == "objective")
    treated = {regions.coarse(region) for region in service.regions}
    there = {s.leaf for s in chart.statements if treated & _regions(s)}
    for statement in chart.statements:
        found = statement.says["objective"] >= _SAID and not documents_service(statement)
        if found and statement.leaf in there and statement.section not in _NOT_NOW:
            yield statement.span


def _regions(statement: Statement) -> set[str]:
    return {regions.coarse(m.name) for m in statement.mentions if m.kind == "region"}


def _apart_from_techniques(statement: Statement) -> list[Mention]:
    """The mentions that are no part of a technique's name: "trigger point release" finds no trigger point."""
    techniques = [Span(m.start, m.end) for m in statement.mentions if m.kind == "technique"]
    return [m for m in statement.mentions if not any(span.overlaps((m.start, m.end)) for span in techniques)]


def _purposes(beside: Iterable[Statement]) -> Iterator[Span]:
    """The words of the lexicon that name a clinical purpose."""
    for statement in beside:
        yield from (Span(m.start, m.end) for m in statement.mentions if m.kind == "intent" and m.name not in NO_PURPOSE)


def _reasons(beside: Iterable[Statement]) -> Iterator[Span]:
    """The statements that give a reason in other words, without those that give comfort or upkeep as one."""
    for statement in beside:
        idle = any(m.kind in ("comfort-language", "maintenance-language") for m in statement.mentions)
        if statement.says["rationale"] >= _SAID and not idle:
            yield statement.span


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(set(spans))

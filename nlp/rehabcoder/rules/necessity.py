"""The chain of medical necessity: the impairment, why this technique treats it, the function that it is for.

Each link of a service is the words that tell it. The impairment is what was measured or palpated in the service's own
line or in its region, the reason a clinical purpose beside it, the function any limited, aimed-at or regained task of
the note. A link without words was not found, which does not prove that it is missing: that is for the rules to say.

Source: CMS Pub. 100-02 ch. 15 s. 220.2 (skilled, specific and effective treatment of a condition, to restore function).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

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


class _Words(NamedTuple):
    """The words of some statements that tell an impairment, name a clinical purpose, or give a reason otherwise."""

    impairment: list[Span]
    purposes: list[Span]
    reasons: list[Span]


def chains(chart: Chart, services: Iterable[Service]) -> list[dict[str, list[Span]]]:
    """For each service, link -> the words that tell it, in text order."""
    lines = {
        leaf: _words([s for s in line if not documents_service(s)])
        for leaf, line in groupby(sorted(chart.statements, key=lambda s: s.leaf), key=lambda s: s.leaf)
    }
    function = _in_order(s.span for s in chart.statements if s.says["function"] >= _SAID)
    by_region = _findings_by_region(chart)

    def chain(service: Service) -> dict[str, list[Span]]:
        own = list(visit.statements_of(chart, service))
        words = [_words(own), *(lines[leaf] for leaf in {s.leaf for s in own})]
        treated = {regions.coarse(region) for region in service.regions}
        elsewhere = [span for region in treated for span in by_region.get(region, ())]
        return {
            "impairment": _in_order([span for w in words for span in w.impairment] + elsewhere),
            "rationale": _in_order(span for w in words for span in w.purposes)
            or _in_order(span for w in words for span in w.reasons),
            "function": list(function),
        }

    return [chain(service) for service in services]


def listed(names: Sequence[str], word: str) -> str:
    """The names as one reads them: "a, b or c"."""
    *first, last = names
    return f" {word} ".join([", ".join(first), last] if first else [last])


def but_told(names: Sequence[str]) -> str:
    """The end of a message about missing links: those that the note does tell."""
    return f"; the note tells {listed(names, 'and')}" if names else ""


def _words(statements: Sequence[Statement]) -> _Words:
    return _Words(list(_impairment(statements)), list(_purposes(statements)), list(_reasons(statements)))


def _impairment(statements: Iterable[Statement]) -> Iterator[Span]:
    """What was measured or palpated."""
    for statement in statements:
        if statement.says["objective"] >= _SAID:
            yield statement.span
        else:
            yield from (Span(m.start, m.end) for m in _apart_from_techniques(statement) if m.kind == "objective")


def _findings_by_region(chart: Chart) -> dict[str, list[Span]]:
    """Coarse region -> the findings of this visit in the lines that name it."""
    named: dict[int, set[str]] = {}
    for statement in chart.statements:
        of_line = named.setdefault(statement.leaf, set())
        of_line.update(regions.coarse(m.name) for m in statement.mentions if m.kind == "region")
    found: dict[str, list[Span]] = {}
    for statement in chart.statements:
        told = statement.says["objective"] >= _SAID and not documents_service(statement)
        if told and statement.section not in _NOT_NOW:
            for region in named[statement.leaf]:
                found.setdefault(region, []).append(statement.span)
    return found


def _apart_from_techniques(statement: Statement) -> list[Mention]:
    """The mentions that are no part of a technique's name: "trigger point release" finds no trigger point."""
    techniques = [Span(m.start, m.end) for m in statement.mentions if m.kind == "technique"]
    return [m for m in statement.mentions if not any(span.overlaps((m.start, m.end)) for span in techniques)]


def _purposes(statements: Iterable[Statement]) -> Iterator[Span]:
    """The words of the lexicon that name a clinical purpose."""
    for statement in statements:
        yield from (Span(m.start, m.end) for m in statement.mentions if m.kind == "intent" and m.name not in NO_PURPOSE)


def _reasons(statements: Iterable[Statement]) -> Iterator[Span]:
    """The statements that give a reason in other words, without those that give comfort or upkeep as one."""
    for statement in statements:
        idle = any(m.kind in ("comfort-language", "maintenance-language") for m in statement.mentions)
        if statement.says["rationale"] >= _SAID and not idle:
            yield statement.span


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(set(spans))

"""The chain of medical necessity: the impairment, why this technique treats it, the function that it is for.

Each link of a service is the words that tell it. The impairment is what was measured or palpated in the service's own
line or in its region, the reason a clinical purpose beside it, the function any limited, aimed-at or regained task of
the note. A link without words was not found, which does not prove that it is missing: that is for the rules to say.

Source: CMS Pub. 100-02 ch. 15 s. 220.2 (skilled, specific and effective treatment of a condition, to restore function).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rehabcoder.billing import regions
from rehabcoder.records import Chart, Mention, Service, Span, Statement
from rehabcoder.rules import visit
from rehabcoder.rules.wording import NOT_OF_THIS_VISIT, documents_service
from rehabcoder.vocabulary import TARGET_CODES

#: The links in their order, and what each is called.
LINKS = {"impairment": "an impairment", "rationale": "a clinical purpose", "function": "a functional gain"}
#: Purposes that treat nothing.
NO_PURPOSE = frozenset(("relaxation", "maintenance"))
#: From this probability on a statement says it.
_SAID = 0.5
_NOT_NOW = NOT_OF_THIS_VISIT | {"goals", "plan", "earlier"}


def link(chart: Chart) -> None:
    """Writes ``necessity`` into the services of target codes: link -> the words that tell it, in text order."""
    services = chart.performed(*TARGET_CODES)
    if not services:
        return
    functions = _in_order(s.span for s in chart.statements if s.says["function"] >= _SAID)
    found = _found_in_regions(chart)
    of_leaf: dict[int, list[Statement]] = {}
    for statement in chart.statements:
        of_leaf.setdefault(statement.leaf, []).append(statement)
    for service in services:
        beside = _beside(chart, service, of_leaf)
        treated = {regions.coarse(region) for region in service.regions}
        service.necessity = {
            "impairment": _in_order([*_found_beside(beside), *(span for r in treated for span in found.get(r, ()))]),
            "rationale": _in_order(_purposes(beside)) or _in_order(_reasons(beside)),
            "function": functions,
        }


def listed(names: Sequence[str], word: str) -> str:
    """The names as one reads them: "a, b or c"."""
    *first, last = names
    return f" {word} ".join([", ".join(first), last] if first else [last])


def but_told(names: Sequence[str]) -> str:
    """The end of a message about missing links: those that the note does tell."""
    return f"; the note tells {listed(names, 'and')}" if names else ""


def _beside(chart: Chart, service: Service, of_leaf: Mapping[int, list[Statement]]) -> list[Statement]:
    """The statements of a service, and those of the same lines that document no other."""
    own = list(visit.statements_of(chart, service))
    spans = {s.span for s in own}
    lines = [s for leaf in {s.leaf for s in own} for s in of_leaf[leaf]]
    return [s for s in lines if s.span in spans or not documents_service(s)]


def _found_beside(beside: Iterable[Statement]) -> Iterator[Span]:
    for statement in beside:
        if statement.says["objective"] >= _SAID:
            yield statement.span
        else:
            yield from (Span(m.start, m.end) for m in _apart_from_techniques(statement) if m.kind == "objective")


def _found_in_regions(chart: Chart) -> dict[str, list[Span]]:
    """Region -> what was measured or palpated in the lines that name it."""
    of_leaf: dict[int, set[str]] = {}
    for statement in chart.statements:
        of_leaf.setdefault(statement.leaf, set()).update(_regions(statement))
    found: dict[str, list[Span]] = {}
    for statement in chart.statements:
        objective = statement.says["objective"] >= _SAID and not documents_service(statement)
        if objective and statement.section not in _NOT_NOW:
            for region in of_leaf[statement.leaf]:
                found.setdefault(region, []).append(statement.span)
    return found


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

"""Who furnished a service: by what its own words say, else by who signs the note, else not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rehabcoder.billing.modifiers import credentials, is_signed
from rehabcoder.records import Chart, Service, Span, Statement
from rehabcoder.vocabulary import CMT_CODES

#: Roles in whose name a service can be furnished; a student's is the supervisor's.
_FURNISH = frozenset(
    ("therapist", "assistant", "chiropractor", "physician", "massage_therapist", "athletic_trainer", "aide")
)


def furnish(chart: Chart) -> dict[str, list[Span]]:
    """Writes ``furnished_by`` (``[{"role", "minutes"}]``) into the services; returns the words that say it, a service.

    A role named in a service's own statements furnished it. Otherwise the one role that signs did; where a therapist
    and an assistant both sign, or nobody, it stays unknown: a co-signature furnishes nothing.
    """
    signers: dict[str, list[Span]] = {}
    for person in credentials(chart):
        if person.role in _FURNISH and is_signed(chart, person.span):
            signers.setdefault(person.role, []).append(person.span)
    statements = {statement.span: statement for statement in chart.statements}
    words: dict[str, list[Span]] = {}
    for service in chart.services:
        named = dict(_named(statements, service)) or signers
        if len(named) == 1:
            [(role, spans)] = named.items()
            service.furnished_by = [{"role": role, "minutes": service.minutes}]
            words[service.id] = spans
    return words


def _named(statements: Mapping[Span, Statement], service: Service) -> Iterator[tuple[str, list[Span]]]:
    """The roles that a service's own statements name, with where; a manipulation's code (CMT) is no credential."""
    if service.code in CMT_CODES:
        return
    found: dict[str, list[Span]] = {}
    for span in sorted(statements.keys() & service.evidence):
        for m in statements[span].mentions:
            if m.kind == "role" and m.name in _FURNISH:
                found.setdefault(m.name, []).append(Span(m.start, m.end))
    yield from found.items()

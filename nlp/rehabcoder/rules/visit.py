"""What a visit consists of: the kinds of services that several rules ask for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from rehabcoder.billing.claim import are_confused
from rehabcoder.records import Chart, Service, Span, Statement

EVALUATIONS = frozenset(("97161", "97162", "97163", "97164", "97165", "97166", "97167", "97168"))
#: Passive modalities, taping and devices: no company for a massage (guide, section 5).
MODALITIES = frozenset(
    ("97010", "97012", "97014", "97016", "97018", "97022", "97032", "97033", "97034", "97035", "97036", "G0283", "none")
)
#: Codes whose minutes must be spent one on one (CMS Pub. 100-02 ch. 15 s. 230; billing manual s. 20.2).
ONE_ON_ONE = frozenset(
    (
        "97124",
        "97140",
        "97110",
        "97530",
        "97112",
        "97116",
        "97535",
        "97113",
        "97542",
        "97750",
        "97760",
        "97761",
        "97763",
    )
)


def described(chart: Chart, *codes: str) -> list[Service]:
    """Services of these codes, without those that are but the charge of another that is described.

    "97140 (16 min)" at the foot of a note is the kneading above it under another name, not a second service.
    """
    alone = [s for s in chart.services if is_charge_alone(chart, s)]
    whole = [s for s in chart.services if s not in alone]

    def stands_for_another(service: Service) -> bool:
        return any(s.code == service.code or are_confused(s.code, service.code) for s in whole)

    return [s for s in chart.performed(*codes) if s not in alone or not stands_for_another(s)]


def is_charge_alone(chart: Chart, service: Service) -> bool:
    """Whether a service was read in nothing but its code ("charged 97140 x2")."""
    return all(
        not any(m.kind == "technique" for m in s.mentions) and names_code(chart, s, service.code)
        for s in statements_of(chart, service)
    )


def names_code(chart: Chart, statement: Statement, code: str) -> bool:
    """Whether a statement writes the code itself."""
    return any(
        f.value["code"] == code and statement.start <= f.start < statement.end for f in chart.all_stated("written_code")
    )


def only_evaluates(chart: Chart) -> bool:
    """Whether every service of the visit is an evaluation or re-evaluation."""
    return bool(chart.services) and all(s.code in EVALUATIONS for s in chart.services)


def ids(services: Iterable[Service]) -> tuple[str, ...]:
    return tuple(s.id for s in services)


def evidence(services: Iterable[Service]) -> tuple[Span, ...]:
    """The surest words of each service."""
    return tuple(s.evidence[0] for s in services if s.evidence)


def statements_of(chart: Chart, service: Service) -> Iterator[Statement]:
    """The statements that document a service."""
    for span in sorted(set(service.evidence)):
        k = bisect_left(chart.statements, span.start, key=lambda s: s.start)
        if k < len(chart.statements) and chart.statements[k].span == span:
            yield chart.statements[k]


def evidence_of(services: Iterable[Service]) -> set[Span]:
    """All words of these services."""
    return {span for service in services for span in service.evidence}


def highest_probability(statements: Iterable[Statement], family: str) -> float:
    """The highest probability that one of the statements documents a service of a code family as performed."""
    return max((s.codes.get(family, 0.0) * _performed(s) for s in statements), default=0.0)


def _performed(statement: Statement) -> float:
    p = statement.status_probability
    return p if statement.status == "performed" else 1.0 - p

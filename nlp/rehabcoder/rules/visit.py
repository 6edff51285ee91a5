"""What a visit consists of: the kinds of services that several rules ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    spans = set(service.evidence)
    return (s for s in chart.statements if s.span in spans)


def highest_probability(chart: Chart, family: str) -> float:
    """The highest probability that a statement documents a service of a code family as performed."""
    return max((s.codes.get(family, 0.0) * _performed(s) for s in chart.statements), default=0.0)


def _performed(statement: Statement) -> float:
    p = statement.status_probability
    return p if statement.status == "performed" else 1.0 - p

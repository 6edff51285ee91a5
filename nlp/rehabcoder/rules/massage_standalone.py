"""What it checks: massage as the only skilled service of a visit.

Why: payers cover massage as part of a programme, beside active treatment on the same day. Heat, ice, stimulation,
ultrasound, traction and taping are no such company; exercise, activities, manual therapy, an evaluation or a
manipulation are.

What the note could say: the other treatment of the visit, if there was one; else why massage alone was the right
care on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rehabcoder.billing.claim import are_confused
from rehabcoder.coding.families import OTHER, UNKNOWN, codes_of
from rehabcoder.records import Chart, Service
from rehabcoder.rules import visit
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule

#: From this probability on a statement of the massage may document another service too.
_SHARES = 0.3


@rule(
    "massage-standalone",
    severity="medium",
    message="Massage is the only skilled service of the visit",
    fix="Was another service furnished in this visit?",
    source="Aetna CPB 0325; Medicare LCD L34428 (massage as adjunct to another procedure on the same day)",
)
def check(chart: Chart) -> Iterator[Raised]:
    massage = visit.described(chart, "97124")
    if not massage or _is_skilled(s.code for s in visit.described(chart)) or _may_have_company(chart, massage):
        return
    yield Raised(visit.evidence(massage), visit.ids(massage), max(s.confidence for s in massage))


def _may_have_company(chart: Chart, massage: list[Service]) -> bool:
    """Whether company may have been read as part of the massage, or is charged.

    Manual therapy is what massage is mistaken for: neither its charge nor its likeness is company.
    """
    if _is_skilled(code for code in charges(chart) if not are_confused(code, "97124")):
        return True
    own = visit.evidence_of(massage)
    statements = [s for s in chart.statements if s.span in own]
    families = {family for s in statements for family in s.codes} - {OTHER, UNKNOWN}
    return any(
        visit.highest_probability(statements, family) >= _SHARES
        for family in families
        if _is_skilled(codes_of(family)[:1]) and not are_confused(codes_of(family)[0], "97124")
    )


def _is_skilled(codes: Iterable[str]) -> bool:
    """Whether one of the codes is a skilled service other than massage."""
    return any(code != "97124" and code not in visit.MODALITIES for code in codes)

"""What it checks: a code that the note or its claim names, and that differs from what was done or was not done at all.

Why: the code is what was done, not what it is called. Strokes charged as manual therapy, or exercise charged as
activities, are denied on review even where the minutes are right. A legend, a template or a policy line that lists
codes charges nothing.

What the note could say: nothing to add; the code, or the description, is to be corrected by who furnished it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.claim import are_confused
from rehabcoder.billing.units import units_of
from rehabcoder.coding.families import family_of
from rehabcoder.records import Chart, Service, Stated
from rehabcoder.rules import visit, wording
from rehabcoder.rules.claim import Charge, charges, fair_readings, may_be_done
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import CODES, TIMED_CODES

#: A service read less surely than this does not speak against the code written beside it.
_SURE = 0.7
#: ... nor less surely than this against a charge elsewhere.
_SURE_WITHOUT_CODE = 0.85


@rule(
    "code-mismatch",
    severity="high",
    message="A code differs from what was done",
    fix="Which of the two is right: the code, or the description?",
    source="NCCI Policy Manual ch. I; CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    charged = charges(chart)
    named_otherwise = {named.value["code"] for s in chart.services if (named := _named_otherwise(chart, s))}
    for charge in charged.values():
        if charge.code in CODES and charge.code not in named_otherwise and not may_be_done(chart, charge.code, charged):
            yield Raised(charge.spans, message=f"{charge.code} is charged, but not described as done")
    for service in chart.services:
        named = _named_otherwise(chart, service)
        if named:
            message = f"{named.value['code']} is written for what reads as {service.code}"
            yield Raised((named.span, *service.evidence[:1]), (service.id,), service.confidence, message)
        elif instead := _charged_instead(chart, service, charged):
            message = f"{instead.code} is charged for what reads as {service.code}"
            yield Raised((*instead.spans, *service.evidence[:1]), (service.id,), service.confidence, message)
        elif service.code in charged and (group := _in_group(chart, service)):
            yield Raised((group.span,), (service.id,), message=f"{service.code} is charged for a group")


def _in_group(chart: Chart, service: Service) -> wording.Said | None:
    """Where a statement of a one-on-one service says that it was done in a group."""
    if service.code not in visit.ONE_ON_ONE:
        return None
    own = visit.evidence_of([service])
    said = wording.said(chart, "not-one-on-one", "group")
    return next((here for here in said if here.statement.span in own and not wording.is_unsaid(here)), None)


def _named_otherwise(chart: Chart, service: Service) -> Stated | None:
    """A code written beside a service, where none of those beside it is a fair reading of it."""
    own = {span for s in visit.statements_of(chart, service) for span in (s.span, *s.headings)}
    beside = [
        fact for fact in chart.all_stated("written_code") if any(span.start <= fact.start < span.end for span in own)
    ]
    fair = fair_readings(service)
    if not beside or service.code not in TIMED_CODES or service.confidence < _SURE:
        return None
    if any(family_of(f.value["code"]) in fair for f in beside):
        return None
    return beside[0]


def _charged_instead(chart: Chart, service: Service, charged: dict[str, Charge]) -> Charge | None:
    """A charge of a code that a service left off the claim is mistaken for, with units that its own services lack."""
    if service.code not in TIMED_CODES or service.code in charged or not service.minutes:
        return None
    if service.confidence < _SURE_WITHOUT_CODE:
        return None
    for charge in charged.values():
        if charge.units and are_confused(charge.code, service.code):
            own = [s.minutes for s in chart.performed(charge.code)]
            if None not in own and charge.units > units_of(sum(m for m in own if m is not None)):
                return charge
    return None

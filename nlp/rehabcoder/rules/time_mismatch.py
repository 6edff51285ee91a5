"""What it checks: itemised timed minutes that differ from the stated timed total, or exceed the stated visit time.

Why: the timed total decides the units and the visit time bounds it. Two figures that do not meet leave the claim
without arithmetic, whichever of them is right. A visit longer than its timed minutes is no mismatch: untimed services
and pauses lie between.

What the note could say: one set of minutes that adds up, or a dated correction of the wrong figure.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart, Service, Stated
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES

#: From this share on another code of a service is a fair reading of it.
_FAIR = 0.2


@rule(
    "time-mismatch",
    severity="high",
    message="The minutes do not add up to the stated total",
    fix="Which figure is right: the minutes of each service, or the total?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    timed = chart.performed(*TIMED_CODES)
    itemised = sum(s.minutes for s in timed if s.minutes is not None)
    if not itemised:
        return
    for kind, name in (("total_timed", "timed"), ("total_treatment", "visit")):
        stated = chart.timed_minutes_stated if kind == "total_timed" else chart.total_treatment_minutes
        if stated is None:
            continue
        totals = chart.all_stated(kind)
        if _met_without_one(timed, itemised, stated):
            return
        if itemised > stated or (kind == "total_timed" and _falls_short(chart, timed, itemised, totals)):
            spans = tuple(t.span for t in totals if t.value == stated)
            minutes = tuple(span for s in timed for span in s.slots.get("minutes", ()))
            message = f"{itemised} itemised timed minutes, {stated} minutes of {name} time stated"
            yield Raised((*spans, *minutes), visit.ids(timed), message=message)
            return


def _falls_short(chart: Chart, timed: list[Service], itemised: int, totals: list[Stated]) -> bool:
    """Whether complete minutes stay below every stated timed total, and no time is left over."""
    if chart.unassigned_times or any(s.minutes is None for s in timed):
        return False
    return all(itemised < total.value for total in totals)


def _met_without_one(timed: list[Service], itemised: int, stated: int) -> bool:
    """Whether the total is met without one of the services, and that one may not count towards it.

    It may be another told again where there is another of its code, or untimed where such a code is a fair reading.
    """
    codes = [s.code for s in timed]
    return any(
        s.minutes == itemised - stated and (codes.count(s.code) > 1 or _may_be_untimed(s)) for s in timed if s.minutes
    )


def _may_be_untimed(service: Service) -> bool:
    return any(code not in TIMED_CODES and share >= _FAIR for code, share in service.candidates)

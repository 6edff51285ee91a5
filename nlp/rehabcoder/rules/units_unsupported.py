"""What it checks: units charged that the stated minutes do not support.

Why: units come from minutes, pooled over the visit, and a stated total caps them. Without any minutes nothing can be
said here (that is missing-minutes). A service that was only mislabelled keeps its minutes: its code is another finding.

What the note could say: the minutes of each timed service, if they were more than the note says.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.units import cms, units_of
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.claim import Charge, charged_code, charges
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES


@rule(
    "units-unsupported",
    severity="high",
    message="More units charged than the minutes support",
    fix="Are the minutes complete, or the units too many?",
    source="CMS Pub. 100-04 ch. 5 s. 20.2.C",
)
def check(chart: Chart) -> Iterator[Raised]:
    charged = {code: charge for code, charge in charges(chart).items() if code in TIMED_CODES and charge.units}
    timed = chart.performed(*TIMED_CODES)
    if not charged or (chart.services and not timed):
        return
    minutes = _minutes_by_charge(chart, charged)
    total = _total_minutes(chart, minutes)
    units = sum(charge.units or 0 for charge in charged.values())
    if total is not None and units > units_of(total):
        spans = tuple(span for charge in charged.values() for span in charge.spans)
        message = f"{units} timed units charged, {total} minutes support {units_of(total)}"
        yield Raised(spans, visit.ids(timed), message=message)
        return
    supported = _supported_units(minutes)
    for code, charge in charged.items():
        if code in supported and (charge.units or 0) > supported[code]:
            message = f"{charge.units} units of {code} charged, {minutes[code]} minutes support {supported[code]}"
            yield Raised(charge.spans, visit.ids(s for s in timed if s.code == code), message=message)


def _minutes_by_charge(chart: Chart, charged: dict[str, Charge]) -> dict[str, int | None]:
    """Minutes by the code that the services stand under on the claim; None where one of them has none."""
    minutes: dict[str, int | None] = {}
    for service in chart.performed(*TIMED_CODES):
        code = charged_code(service, charged)
        before = minutes.get(code, 0)
        minutes[code] = None if before is None or service.minutes is None else before + service.minutes
    return minutes


def _total_minutes(chart: Chart, minutes: dict[str, int | None]) -> int | None:
    """Timed minutes of the visit, capped by the stated totals; None where nothing settles them."""
    if not chart.services:
        return 0
    bounds = [t for t in (chart.timed_minutes_stated, chart.total_treatment_minutes) if t is not None]
    if None not in minutes.values():
        bounds.append(sum(m for m in minutes.values() if m is not None))
    return min(bounds, default=None)


def _supported_units(minutes: dict[str, int | None]) -> dict[str, int]:
    """The most units that an allocation gives each code; where minutes are missing, what a code's own support alone."""
    known = {code: m for code, m in minutes.items() if m is not None}
    if len(known) < len(minutes):
        return {code: units_of(m) for code, m in known.items()}
    allocation = cms(known)
    return {code: max(units[code] for units in (allocation.units, *allocation.alternatives)) for code in known}

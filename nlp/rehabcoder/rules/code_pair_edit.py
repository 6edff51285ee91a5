"""What it checks: two services of one visit that the payer's code-pair edits do not pay together.

Why: Medicare pays one code of such a pair. With modifier indicator 0 no modifier changes that; with 1 both are paid
where the note shows separate services (another region, another stretch of time) and a modifier says so. Pairs of
massage, manual therapy and spinal manipulation in one region have rules of their own and are left to them.

What the note could say: where and when each of the two was done. Which edits hold on a date of service is told by
`rehabcoder edits show CODE CODE --date DATE`; a note without a date is held against the latest quarter known.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from rehabcoder.billing import edits
from rehabcoder.billing.profile import profiles
from rehabcoder.records import Chart, Service
from rehabcoder.rules import cmt_same_region, massage_manual_overlap, visit
from rehabcoder.rules.registry import Raised, rule

#: A service read less surely than this may be another.
_SURE = 0.6


@rule(
    "code-pair-edit",
    severity="medium",
    message="Two services that the payer's code-pair edits do not pay together",
    fix="Were the two separate services, in another region or another stretch of time?",
    source="NCCI procedure-to-procedure edits (Medicare), the quarter that the message names",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.profile is None or not profiles()[chart.profile].follows_ncci:
        return
    elsewhere = [*massage_manual_overlap.check(chart), *cmt_same_region.check(chart)]
    told = {service for raised in elsewhere for service in raised.services}
    by_code: dict[str, Service] = {}
    for service in chart.services:
        if service.code != "none" and service.confidence >= _SURE:
            by_code.setdefault(service.code, service)
    quarter = edits.latest()
    if quarter is None:
        return
    on = edits.day_of(chart.note.date_of_service) or edits.last_day(quarter)
    for a, b in combinations(by_code.values(), 2):
        found = edits.pair_edit(a.code, b.code, on)
        if found.edit is None or found.indicator is None or {a.id, b.id} <= told:
            continue
        lost, kept = found.edit.column2, found.edit.column1
        how = "no modifier changes that" if found.indicator == 0 else "unless a modifier tells separate services"
        known = f"NCCI {found.snapshot}" + (", as last known" if found.stale else "")
        yield Raised(
            visit.evidence((a, b)),
            visit.ids((a, b)),
            min(a.confidence, b.confidence),
            f"{lost} is not paid beside {kept}, {how} ({known})",
        )

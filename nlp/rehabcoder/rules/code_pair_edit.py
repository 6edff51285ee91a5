"""What it checks: two services of one visit that the payer's code-pair edits do not pay together.

Why: Medicare pays one code of such a pair. With modifier indicator 0 no modifier changes that; with 1 both are paid
where the note shows separate services (another region, another stretch of time) and a modifier says so. Pairs of
massage, manual therapy and spinal manipulation in one region have rules of their own and are left to them. Nothing is
said where the claim bears a modifier that the note supports (billing/separate_services.toml).

What the note could say: where and when each of the two was done. Which edits hold on a date of service is told by
`rehabcoder edits show CODE CODE --date DATE`; a note without a date is held against the latest quarter known.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing import separate_services
from rehabcoder.billing.profile import profiles
from rehabcoder.records import Chart
from rehabcoder.rules import cmt_same_region, massage_manual_overlap, visit
from rehabcoder.rules.registry import Raised, rule


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
    for pair in separate_services.joined_pairs(chart, profiles()[chart.profile]):
        a, b = pair.services
        if {a.id, b.id} <= told or _is_told_apart(chart, pair):
            continue
        how = "no modifier changes that" if pair.never else "unless a modifier tells separate services"
        if pair.modifier:
            how += f"; the note shows them: {pair.modifier} or 59"
        yield Raised(
            visit.evidence((a, b)),
            visit.ids((a, b)),
            min(a.confidence, b.confidence),
            f"{pair.edit.column2} is not paid beside {pair.edit.column1}, {how} ({pair.known})",
        )


def _is_told_apart(chart: Chart, pair: separate_services.JoinedPair) -> bool:
    """Whether the claim bears the modifier that the note supports, so that both are paid."""
    billed = {modifier for line in chart.note.billed or () if line.code in pair.codes for modifier in line.modifiers}
    return pair.modifier is not None and not billed.isdisjoint(("59", pair.modifier))

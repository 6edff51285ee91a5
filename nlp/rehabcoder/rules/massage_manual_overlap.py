"""What it checks: massage and manual therapy on one visit, not in separate regions.

Why: manual therapy includes the massage of the same tissue. Medicare's code-pair edit pays no massage beside it at all,
other payers only in another region. Separate are other coarse regions, or opposite single sides of one; a region that
is not stated is not separate.

What the note could say: the region and side of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing import regions
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule

#: A service read less surely may be the other one told again. Chosen on cross-validation by voice.
_SURE = 0.6


@rule(
    "massage-manual-overlap",
    severity="high",
    message="Massage and manual therapy are not in separate regions",
    fix="Which region and side did each of the two treat?",
    source="NCCI edit 97140/97124 (modifier indicator 0, 2024 Q3); NCCI Policy Manual ch. XI",
)
def check(chart: Chart) -> Iterator[Raised]:
    massage, manual = (
        [s for s in visit.described(chart, code) if s.confidence >= _SURE] for code in ("97124", "97140")
    )
    pairs = [(a, b) for a in massage for b in manual if not regions.are_separate(a.regions, b.regions)]
    if pairs:
        involved = [s for s in (*massage, *manual) if any(s in pair for pair in pairs)]
        confidence = max(min(a.confidence, b.confidence) for a, b in pairs)
        yield Raised(visit.evidence(involved), visit.ids(involved), confidence)

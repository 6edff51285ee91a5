"""What it checks: nothing but modalities in a visit.

Why: payers cover modalities as a preparation for active treatment, seldom alone for long. A visit with massage and
modalities alone is massage-standalone and not told again.

What the note could say: whether another service was furnished, and why a passive visit was needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule

_SURE = 0.6


@rule(
    "passive-only",
    severity="low",
    message="Only modalities were furnished in the visit",
    fix="Was an active service furnished too, or why was none possible?",
    source="Medicare LCD text (plans of passive modalities alone need strong support); NCCI Policy Manual ch. XI",
)
def check(chart: Chart) -> Iterator[Raised]:
    done = visit.described(chart)
    if not done or any(s.code not in visit.MODALITIES or s.confidence < _SURE for s in done):
        return
    modalities = [s for s in done if s.code != "none"]
    if modalities and not chart.unassigned_times:
        yield Raised(visit.evidence(modalities), visit.ids(modalities), min(s.confidence for s in modalities))

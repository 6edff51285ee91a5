"""What it checks: massage or manual therapy in a spinal region that also had a chiropractic manipulation.

Why: soft tissue work in the region of a manipulation is part of the manipulation. It may be reported only for another
region. Where either of the two names no region, they cannot be told apart.

What the note could say: the segments manipulated, and the region of the hands-on work.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import regions, visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "cmt-same-region",
    severity="high",
    message="Hands-on work in a spinal region that was manipulated",
    fix="Which segments were manipulated, and which region did the hands-on work treat?",
    source="NCCI Policy Manual ch. XI s. S",
)
def check(chart: Chart) -> Iterator[Raised]:
    manipulations = chart.performed("98940", "98941", "98942")
    manipulated = {regions.coarse(r) for s in manipulations for r in regions.spinal(s)}
    for service in chart.performed("97124", "97140"):
        if manipulated & {regions.coarse(r) for r in regions.spinal(service)}:
            involved = (*manipulations, service)
            yield Raised(visit.evidence(involved), visit.ids(involved), min(s.confidence for s in involved))

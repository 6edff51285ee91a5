"""What it checks: a performed massage or manual therapy that names no part of the body.

Why: the region ties the hands-on work to the diagnosis and keeps it apart from manual therapy or a manipulation
elsewhere. A region that only the diagnosis names is not the region that was treated.

What the note could say: the muscles or joints treated, with the side.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "missing-region",
    severity="medium",
    message="Hands-on work names no body region",
    fix="Which muscles or joints were treated, on which side?",
    source="NCCI Policy Manual ch. XI; payers' massage policies (area treated)",
)
def check(chart: Chart) -> Iterator[Raised]:
    nowhere = [s for s in chart.performed("97124", "97140") if not s.regions]
    if nowhere:
        yield Raised(visit.evidence(nowhere), visit.ids(nowhere), max(s.confidence for s in nowhere))

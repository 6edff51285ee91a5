"""What it checks: a performed massage or manual therapy that names no part of the body.

Why: the region ties the hands-on work to the diagnosis and keeps it apart from manual therapy or a manipulation
elsewhere. A region that only the diagnosis names is not the region that was treated.

What the note could say: the muscles or joints treated, with the side.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart, Service
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
    hands_on = visit.described(chart, "97124", "97140")
    nowhere = [s for s in hands_on if not s.regions and not _names_side(chart, s)]
    if nowhere:
        yield Raised(visit.evidence(nowhere), visit.ids(nowhere), max(s.confidence for s in nowhere))


def _names_side(chart: Chart, service: Service) -> bool:
    """Whether its statements name a side: then they name a part too, though by a word that is not known."""
    return any(m.kind == "side" for s in visit.statements_of(chart, service) for m in s.mentions)

"""What it checks: massage or manual therapy in a spinal region that also had a chiropractic manipulation.

Why: soft tissue work in the region of a manipulation is part of the manipulation. It may be reported only for another
region. Where either of the two names no region, they cannot be told apart.

What the note could say: the segments manipulated, and the region of the hands-on work.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing import regions
from rehabcoder.records import Chart, Statement
from rehabcoder.rules import visit
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule

_CMT = ("98940", "98941", "98942")
#: From this probability on a statement may name manipulated segments, where the note has a manipulation at all.
_SEEN = 0.15


@rule(
    "cmt-same-region",
    severity="high",
    message="Hands-on work in a spinal region that was manipulated",
    fix="Which segments were manipulated, and which region did the hands-on work treat?",
    source="NCCI Policy Manual ch. XI s. S",
)
def check(chart: Chart) -> Iterator[Raised]:
    manipulations = chart.performed(*_CMT)
    written = {fact.value["code"] for fact in chart.all_stated("written_code")}
    if not manipulations and written.union(charges(chart)).isdisjoint(_CMT):
        return
    places = [s for s in chart.statements if _may_manipulate(s)]
    manipulated = {regions.coarse(r) for s in manipulations for r in s.regions}
    manipulated |= {regions.coarse(m.name) for s in places for m in s.mentions if m.kind == "region"}
    for service in chart.performed("97124", "97140"):
        if manipulated & {regions.coarse(r) for r in regions.spinal(service)}:
            involved = (*manipulations, service)
            words = visit.evidence(involved) if manipulations else (*(s.span for s in places), *service.evidence[:1])
            yield Raised(words, visit.ids(involved), min(s.confidence for s in involved))


def _may_manipulate(statement: Statement) -> bool:
    """Whether a statement, in a note that has a manipulation, may say what was manipulated."""
    return statement.status == "performed" and statement.codes.get("cmt", 0.0) >= _SEEN

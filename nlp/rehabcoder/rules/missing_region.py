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

#: Below the first probability words may name a part that is not known; below the second, a service beside one that
#: names its part may be that one told again. So many characters hardly leave room for a part. All three were chosen on
#: cross-validation by voice.
_DOUBTFUL = 0.7
_SURE = 0.85
_FEW_WORDS = 60


@rule(
    "missing-region",
    severity="medium",
    message="Hands-on work names no body region",
    fix="Which muscles or joints were treated, on which side?",
    source="NCCI Policy Manual ch. XI; payers' massage policies (area treated)",
)
def check(chart: Chart) -> Iterator[Raised]:
    hands_on = visit.described(chart, "97124", "97140")
    placed = any(s.regions for s in hands_on)
    nowhere = [s for s in hands_on if not s.regions and not _may_be_placed(chart, s, placed)]
    if nowhere and not chart.unassigned_times:
        yield Raised(visit.evidence(nowhere), visit.ids(nowhere), max(s.confidence for s in nowhere))


def _may_be_placed(chart: Chart, service: Service, placed: bool) -> bool:
    """Whether a part may be named after all.

    By a word that is not known: where a side is named, or where a doubtful service has many words, or none that is a
    technique. Or elsewhere: where other hands-on work of the visit names its part, and this may be that work.
    """
    told = list(visit.statements_of(chart, service))
    if any(m.kind == "side" for s in told for m in s.mentions) or (placed and service.confidence < _SURE):
        return True
    wordy = not service.techniques or sum(s.end - s.start for s in told) > _FEW_WORDS
    return wordy and service.confidence < _DOUBTFUL

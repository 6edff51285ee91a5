"""What it checks: a performed timed service that has no minutes of its own.

Why: a timed code earns its units from minutes. Where one timed service of a visit has none, the units of the whole
visit cannot be shown, and the note fails the first arithmetic an auditor does. A time that several services share
belongs to none of them. "1 unit" and repetitions are no minutes.

What the note could say: the minutes beside each timed service.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES


@rule(
    "missing-minutes",
    severity="medium",
    message="A timed service has no minutes of its own",
    fix="How many minutes did each timed service take?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E; Pub. 100-04 ch. 5 s. 20.2",
)
def check(chart: Chart) -> Iterator[Raised]:
    untold = [s for s in chart.performed(*TIMED_CODES) if s.minutes is None]
    if untold:
        confidence = max(s.confidence for s in untold)
        yield Raised(visit.evidence(untold), visit.ids(untold), confidence)

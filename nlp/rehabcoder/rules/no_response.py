"""What it checks: no response to this visit's treatment, and no change over time.

Why: payers pay for treatment that does something. "Tolerated well", "no change" and vital signs back at baseline are no
response; a change in a sign, a measure, a symptom or a task, after treatment or since an earlier visit, is. A visit
that only evaluates has nothing to respond to.

What the note could say: what was different after treatment, or since an earlier visit.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import absence, visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "no-response",
    severity="medium",
    message="No response to treatment, no change over time",
    fix="What was different after treatment, or since an earlier visit?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3",
)
def check(chart: Chart) -> Iterator[Raised]:
    if not chart.furnished or visit.only_evaluates(chart):
        return
    if (said := absence.probability_said(chart, "response")) < absence.CLEARLY_UNLIKELY:
        yield Raised(confidence=1.0 - said)

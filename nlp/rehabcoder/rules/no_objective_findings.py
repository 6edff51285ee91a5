"""What it checks: nothing in the note was measured or palpated in this visit.

Why: medical necessity is shown by an impairment that the provider found: motion, strength, palpation, girth, a special
test, gait, balance or a functional test. A pain score or "feels tight" is what the patient says. An assistance level
for a named task, vital signs during exercise and timed tests are objective.

What the note could say: what was measured or palpated in this visit, before or after treatment.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import absence
from rehabcoder.rules.registry import Raised, rule


@rule(
    "no-objective-findings",
    severity="medium",
    message="Nothing measured or palpated in this visit",
    fix="Was anything measured or palpated in this visit?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (sure := absence.clearly_absent(chart, "objective")):
        yield Raised(confidence=sure)

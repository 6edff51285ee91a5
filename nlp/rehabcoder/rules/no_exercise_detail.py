"""What it checks: a performed exercise without a named exercise, or without anything measurable.

Why: "there ex per flow sheet" does not show skilled care. An exercise needs a name and a dose: sets, repetitions, a
hold, resistance, a level, or its own time. The minutes of the whole service are no dose.

What the note could say: which exercises, with sets, repetitions, hold or resistance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart, Service
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule

_DOSE = re.compile(
    r"\d\s?x\s?\d|\bx\s?\d|\d\s?x\b|\d\s?(?:reps?|sets?|times|lbs?|#|kg|kgs|pounds?|sec|secs|seconds?|s|\"|''|holds?|mph|watts?|w|rpm"
    r"|ea|each|steps?|laps?|cycles?|rounds?|ft|feet|m|metres?|meters?|yards?|breaths?|rir|rm)\b"
    r"|#\s?\d|\b(?:band|tubing|theraband|tband|thera-band|putty|level|lvl|l|resistance|rpe|rep|reps|sets|bw|weights?|dumbbells?"
    r"|kettlebell|rtb|gtb|ytb|btb|holds?|repetitions?|cuff)\b"
)


@rule(
    "no-exercise-detail",
    severity="low",
    message="Exercise without a name or a dose",
    fix="Which exercises were done, with what sets, repetitions, hold or resistance?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E; APTA documentation guidance",
)
def check(chart: Chart) -> Iterator[Raised]:
    vague = [s for s in chart.performed("97110") if not (_is_named(chart, s) and _is_dosed(chart, s))]
    if vague:
        yield Raised(visit.evidence(vague), visit.ids(vague), max(s.confidence for s in vague))


def _is_named(chart: Chart, service: Service) -> bool:
    return any(m.kind == "technique" for s in visit.statements_of(chart, service) for m in s.mentions)


def _is_dosed(chart: Chart, service: Service) -> bool:
    return any(_DOSE.search(chart.plain, *span) for span in service.evidence)

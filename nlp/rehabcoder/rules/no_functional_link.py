"""What it checks: no functional limitation, goal or gain anywhere in the note.

Why: therapy is covered to restore function. A note that speaks of tissue and pain alone does not say what the patient
cannot do, or can do again. Practising a task is a treatment, not a limitation. The message names the links of the chain
(impairment, purpose) that lead up to the missing one.

What the note could say: the task that is limited, aimed at or regained: driving, work, stairs, dressing, sleep, sport.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import absence, necessity
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TARGET_CODES


@rule(
    "no-functional-link",
    severity="medium",
    message="No functional limitation, goal or gain",
    fix="Which task does the problem limit, or has treatment given back?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2, 220.3",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (sure := absence.clearly_absent(chart, "function")):
        yield Raised(confidence=sure, message=_message(chart))


def _message(chart: Chart) -> str:
    """What is missing, and which links of the chain lead up to it in one service at least."""
    chains = [service.necessity for service in chart.performed(*TARGET_CODES)]
    noted = [name for link, name in necessity.LINKS.items() if link != "function" and any(c[link] for c in chains)]
    return "No functional limitation, goal or gain" + necessity.but_told(noted)

"""What it checks: care that is said to maintain or prevent, to go on without end, at a plateau, or after all goals met.

Why: most payers cover improvement, and Medicare covers maintenance only where it needs a therapist's skill and says
so. A medicine taken as needed, "if he plateaus", or a local aim in a programme that moves on are not maintenance.

What the note could say: the gain that is still expected, or why a therapist's skill is needed to keep what was won.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

ID = "maintenance-language"


@rule(
    ID,
    severity="medium",
    message="Care to maintain, without end or past its goals",
    fix="Which further gain is expected, or why does keeping it need a therapist?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2 (and Jimmo v. Sebelius)",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (found := maintains(chart)):
        yield Raised(tuple(here.span for here in found))


def maintains(chart: Chart) -> list[wording.Said]:
    """Where the note says that care maintains, prevents or goes on without an aim."""
    said = [
        here
        for here in wording.said(chart, ID, "raise", "goals_met", "visits", "open", "ends")
        if here.statement.section not in wording.NOT_OF_THIS_VISIT
        and not wording.is_unsaid(here)
        and not wording.is_conditional(chart, here)
    ]
    ends = any(here.words.name == "ends" for here in said)
    visits = {here.statement.leaf for here in said if here.words.name == "visits"}
    return [
        here
        for here in said
        if here.words.name == "raise"
        or (here.words.name == "goals_met" and not ends)
        or (here.words.name == "open" and here.statement.leaf in visits)
    ]

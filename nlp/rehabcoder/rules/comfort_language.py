"""What it checks: relaxation, stress relief, comfort or wellness as the purpose or benefit of a service.

Why: payers exclude care for comfort and general wellness. The words are judged in their place: "muscle relaxant",
"relaxed posture", "not for relaxation", an anxiety in the history, bolsters for comfort, progressive relaxation that is
taught, or a named muscle that relaxes under the hand are not the purpose of a service.

What the note could say: the impairment that was treated, where there was one; comfort care is not covered care.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

ID = "comfort-language"
_HANDS_ON = ("97124", "97140", "unknown")
_PURPOSE = 0.3


@rule(
    ID,
    severity="high",
    message="Comfort or relaxation as the purpose of a service",
    fix="Which impairment did this service treat?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2; payers' massage policies",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (found := comforts(chart)):
        yield Raised(tuple(here.span for here in found))


def comforts(chart: Chart) -> list[wording.Said]:
    """Where the note gives comfort as the purpose or benefit of a service."""
    return [here for here in wording.said(chart, ID, "raise", "hint") if _is_purpose(here)]


def _is_purpose(here: wording.Said) -> bool:
    statement = here.statement
    if statement.section in wording.NOT_OF_THIS_VISIT or wording.is_unsaid(here):
        return False
    if here.words.name == "raise":
        return True
    return wording.documents_service(statement, *_HANDS_ON) or statement.says["rationale"] >= _PURPOSE

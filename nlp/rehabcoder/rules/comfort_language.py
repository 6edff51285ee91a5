"""What it checks: relaxation, stress relief, comfort or wellness as the purpose or benefit of a service.

Why: payers exclude care for comfort and general wellness. The words are judged in their place: "muscle relaxant",
"relaxed posture", "not for relaxation", an anxiety in the history, bolsters for comfort, progressive relaxation that is
taught, or a named muscle that relaxes under the hand are not the purpose of a service.

What the note could say: the impairment that was treated, where there was one; comfort care is not covered care.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

ID = "comfort-language"
_HANDS_ON = ("97124", "97140", "unknown")
_PURPOSE = 0.3
#: How far behind "relax" or "calm" its object may begin, and what may stand between.
_NEAR = 30
_OBJECT = re.compile(
    r"\s*(?:of\s|down\s)?(?:(?:the|that|this|a|an|her|his|their|its|my|some|tight|\w+ed|\w+ive)\s+){0,3}"
)


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
    return [here for here in wording.said(chart, ID, "raise", "hint", "eases") if _is_purpose(chart, here)]


def _is_purpose(chart: Chart, here: wording.Said) -> bool:
    statement = here.statement
    if statement.section in wording.NOT_OF_THIS_VISIT or wording.is_unsaid(here):
        return False
    if _is_for_setup(chart, here) or _eases_tissue(chart, here):
        return False
    if here.words.name == "raise":
        return True
    return wording.documents_service(statement, *_HANDS_ON) or statement.says["rationale"] >= _PURPOSE


def _is_for_setup(chart: Chart, here: wording.Said) -> bool:
    """Whether the comfort is that of a pillow, a position or a brace named before it.

    In a statement of hands-on work it has to stand right before ("prone with bolsters for comfort").
    """
    statement, words = here
    if any(m.name == "mechanical_massage" for m in statement.mentions):
        return False
    beside = wording.documents_service(statement, *_HANDS_ON)
    return any(
        m.kind == ID
        and m.name == "setup"
        and m.end <= words.start
        and not (beside and chart.plain[m.end : words.start].strip())
        for m in statement.mentions
    )


def _eases_tissue(chart: Chart, here: wording.Said) -> bool:
    """Whether it is a muscle or its spasm that relaxes or calms down, named just behind the word."""
    statement, words = here
    for mention in statement.mentions:
        tissue = mention.kind in ("region", "objective") or (
            mention.kind == "intent" and mention.name == "reduce_spasm"
        )
        if tissue and 0 <= mention.start - words.end <= _NEAR:
            between = chart.plain[words.end : mention.start]
            if not any(c in between for c in ",;:.(") and _OBJECT.fullmatch(between):
                return True
    return False

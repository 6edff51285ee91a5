"""What it checks: a service furnished by an aide, a technician or a massage therapist.

Why: one-on-one services must be furnished by a therapist, an assistant or a physician; aides, technicians, chiropractic
assistants and massage therapists cannot, supervised or not. A student under a directing therapist can. An aide who sets
up, guards or fetches furnishes nothing.

What the note could say: who furnished which minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

_INELIGIBLE = frozenset(("aide", "massage_therapist"))


@rule(
    "ineligible-provider",
    severity="high",
    message="Furnished by someone who may not furnish it",
    fix="Who furnished which minutes?",
    source="42 CFR 410.60; CMS Pub. 100-02 ch. 15 s. 230",
)
def check(chart: Chart) -> Iterator[Raised]:
    if not chart.services:
        return
    found = [
        wording.Said(s, m) for s in chart.statements for m in s.mentions if m.kind == "role" and m.name in _INELIGIBLE
    ]
    found = [here for here in found if _furnishes(here)]
    if found:
        yield Raised(tuple(here.span for here in found))


def _furnishes(here: wording.Said) -> bool:
    statement = here.statement
    if statement.section in wording.NOT_OF_THIS_VISIT or wording.is_unsaid(here):
        return False
    return wording.documents_service(statement) or statement.says["signature"] >= 0.5

"""What it checks: a service furnished by an aide, a technician or a massage therapist.

Why: one-on-one services must be furnished by a therapist, an assistant or a physician; aides, technicians, chiropractic
assistants and massage therapists cannot, supervised or not. A student under a directing therapist can. An aide who sets
up, guards or fetches furnishes nothing.

What the note could say: who furnished which minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart, Statement
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

_INELIGIBLE = frozenset(("aide", "massage_therapist"))
#: What stands beside somebody who did the work.
_AGENT = re.compile(
    r"\b(?:by|did|gave|done|dn|performed|provided|applied|ran|led|carried out|rubbed|massaged|ranged|worked"
    r"|watched|supervised)\b"
)
#: What an aide does or gets that is no service: behind the role.
_HELPS = re.compile(
    r"\s?(?:[\w']+\s){0,5}?(?:set(?:s|ting)?[ -]?up|clean\w*|fetch\w*|brought|guard\w*|spott\w*|stood by|transport\w*"
    r"|shown|learn\w*|taught|trained|instructed|was off|not (?:in|here|available))\b"
)
#: From this probability of a signature on, a role beside it is that of the author.
_SIGNS = {"massage_therapist": 0.2, "aide": 0.4}


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
    served = {s.leaf for s in chart.statements if wording.documents_service(s)}
    found = [
        here
        for statement in chart.statements
        for mention in statement.mentions
        if mention.kind == "role" and mention.name in _INELIGIBLE
        if _furnishes(chart, here := wording.Said(statement, mention), served)
    ]
    if found:
        yield Raised(tuple(here.span for here in found))


def _furnishes(chart: Chart, here: wording.Said, served: set[int]) -> bool:
    """Whether a role did the work: it signs the note, its statement is a service, or says "by" beside work."""
    statement, words = here
    if statement.section in wording.NOT_OF_THIS_VISIT or _HELPS.match(chart.plain, words.end):
        return False
    if statement.says["signature"] >= _SIGNS[words.name] and not _names_eligible(statement):
        return True
    if wording.is_unsaid(here):
        return False
    if wording.documents_service(statement):
        return True
    beside_work = statement.leaf in served or any(m.kind in ("technique", "family") for m in statement.mentions)
    return beside_work and bool(_AGENT.search(chart.plain, max(0, words.start - 20), words.end + 25))


def _names_eligible(statement: Statement) -> bool:
    return any(m.kind == "role" and m.name not in _INELIGIBLE for m in statement.mentions)

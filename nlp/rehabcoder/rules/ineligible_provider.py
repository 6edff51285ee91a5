"""What it checks: a service furnished by an aide, a technician or a massage therapist.

Why: one-on-one services must be furnished by a therapist, an assistant or a physician; aides, technicians, chiropractic
assistants and massage therapists cannot, supervised or not. A student under a directing therapist can. An aide who sets
up, guards or fetches furnishes nothing.

What the note could say: who furnished which minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart, Mention, Statement
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

_INELIGIBLE = frozenset(("aide", "massage_therapist"))
#: What stands beside somebody who did the work.
_AGENT = re.compile(
    r"\b(?:by|did|gave|done|dn|performed|provided|applied|ran|led|carried out|rubbed|massaged|ranged|worked"
    r"|watched|supervised)\b"
)
#: Who did the work, in so many words: before the role ("run by Jo, rehab aide") or behind it ("the aide gave ...").
_DONE_BY = re.compile(
    r"\b(?:done|run|led|taken|rendered|performed|provided|furnished|given|applied|carried out|delivered)"
    r"\s+by\s(?:[\w.'-]+[\s,(]+){0,4}$"
)
_DID = re.compile(
    r"[\w.]{0,12}[,)]?\s(?:[\w.']+\s)?(?:gave|rubbed|massaged|kneaded|stroked|ranged|mobili[sz]ed|stretched"
    r"|took (?:him|her|them|the pt|pt|the patient) through|ran (?:him|her|them|the))\b"
)
#: A label before the author's name and credentials; it says nothing of the profession.
_LABELS = frozenset(("therapist", "clinician", "staff", "provider"))
#: What an aide does or gets that is no service: behind the role.
_HELPS = re.compile(
    r"\s?(?:[\w']+\s){0,5}?(?:set(?:s|ting)?[ -]?(?:up|out)|count\w*|standing by|stood by|clean\w*|fetch\w*|brought"
    r"|guard\w*|spott\w*|transport\w*|shown|learn\w*|taught|trained|instructed|was off|not (?:in|here|available))\b"
)
#: Credentials that massage therapists share with an adjustment: "C2 CMT" is one, "Ana Ruiz, CMT" is the other.
_CMT = re.compile(r"\b[A-Z][\w'.-]+(?P<comma>,)?\s(?P<cmt>CMT)\b(?!\s?(?:[CTL]\d|to\b|of\b|:))")
_SIGNED = 0.5
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
    found = [here for here in _roles(chart) if _furnishes(chart, here, served)]
    if found:
        yield Raised(tuple(here.span for here in found))


def _roles(chart: Chart) -> Iterator[wording.Said]:
    """Where the note names somebody who may not furnish a service.

    "CMT" behind a name and a comma, or in a signature, is a certified massage therapist and no manipulation.
    """
    for statement in chart.statements:
        for mention in statement.mentions:
            if mention.kind == "role" and mention.name in _INELIGIBLE:
                yield wording.Said(statement, mention)
    for found in _CMT.finditer(chart.note.text):
        words = Mention("role", "massage_therapist", *found.span("cmt"))
        for statement in chart.statements:
            signs = found["comma"] or statement.says["signature"] >= _SIGNED
            if signs and statement.start <= words.start < statement.end:
                yield wording.Said(statement, words)


def _furnishes(chart: Chart, here: wording.Said, served: set[int]) -> bool:
    """Whether a role did the work: it signs or ends the note, or its statement is a service or says who did it."""
    statement, words = here
    if _HELPS.match(chart.plain, words.end):
        return False
    if statement.says["signature"] >= _SIGNS[words.name] and not _names_eligible(chart, statement):
        return True
    if words.name == "massage_therapist" and not chart.plain[words.end :].strip(" .\n"):
        return True
    if statement.section in wording.NOT_OF_THIS_VISIT or wording.is_unsaid(here):
        return False
    if wording.documents_service(statement) or _DID.match(chart.plain, words.end):
        return True
    if _DONE_BY.search(chart.plain[max(0, words.start - 40) : words.start]):
        return True
    if words.name == "massage_therapist" and statement.leaf in served:
        return True
    beside_work = statement.leaf in served or any(m.kind in ("technique", "family") for m in statement.mentions)
    return beside_work and bool(_AGENT.search(chart.plain, max(0, words.start - 20), words.end + 25))


def _names_eligible(chart: Chart, statement: Statement) -> bool:
    """Whether a statement names somebody who may furnish the service, by more than a label."""
    return any(
        m.kind == "role" and m.name not in _INELIGIBLE and chart.plain[m.start : m.end] not in _LABELS
        for m in statement.mentions
    )

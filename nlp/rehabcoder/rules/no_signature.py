"""What it checks: no signature or credentials of the person who furnished the service.

Why: a treatment note needs the signature and the professional identification of who furnished or supervised it. A name
with credentials as the author, anywhere in the note (header, footer, e-signature), is one; a name alone or "clinic
office" is not. Nor is the name of somebody else: who referred the patient or gets a copy, or a physician in a
therapist's note.

What the note could say: name and credentials of who furnished the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rehabcoder.billing.modifiers import Credentials, credentials, discipline, is_signed
from rehabcoder.records import Chart, Span
from rehabcoder.rules import absence
from rehabcoder.rules.registry import Raised, rule

#: What stands before the name of somebody who did not furnish the service, up to the name.
_SOMEBODY_ELSE = re.compile(
    r"\b(?:refer\w*|order(?:s|ed|ing)?|prescri\w*|rx|script|cc|cop(?:y|ies|ied)|fax\w*|certif\w*|clear(?:ed|ance)"
    r"|pcp|surgeon|follow[ -]?up|f/u)\b(?:[^\n.;]|\b(?:[a-z]|dr)\.){0,40}$"
)
#: As far before a name as such a word may stand.
_REACH = 60


@rule(
    "no-signature",
    severity="high",
    message="No signature with credentials",
    fix="Who furnished the service, with which credentials?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    if not chart.furnished:
        return
    others = [_not_the_author(chart, person) for person in credentials(chart)]
    if None in others:
        return
    own = [s for s in chart.statements if not any(span and s.span.overlaps(span) for span in others)]
    if sure := absence.clearly_absent(replace(chart, statements=own), "signature"):
        yield Raised(confidence=sure)


def _not_the_author(chart: Chart, person: Credentials) -> Span | None:
    """The words that name somebody else than the author, None where they name the author.

    A physician is the author where the words are signed and nothing says that the note is a therapist's.
    """
    start, end = person.span
    before = _SOMEBODY_ELSE.search(chart.plain[max(0, start - _REACH) : start])
    if before:
        return Span(start - len(before[0]), end)
    if person.role == "physician" and (discipline(chart) or not is_signed(chart, person.span)):
        return person.span
    return None

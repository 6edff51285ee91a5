"""What it checks: no signature or credentials of the person who furnished the service.

Why: a treatment note needs the signature and the professional identification of who furnished or supervised it. A name
with credentials as the author, anywhere in the note (header, footer, e-signature), is one; a name alone or "clinic
office" is not.

What the note could say: name and credentials of who furnished the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import absence
from rehabcoder.rules.registry import Raised, rule

#: A capitalised name with credentials behind it, or a name in small letters with those that are no other word.
_AUTHOR = re.compile(
    r"\b[A-Z][\w'\u2019-]*\.?,?\s{0,3}[(,-]?\s{0,3}(?:D?PTA?|MS?PT|RPT|OTR?(?:/L)?|OTD|COTA(?:/L)?|DC|D\.C\.|P\.T\.(?:A\.)?"
    r"|LMT|ATC|DO|MD|M\.D\.|CLT|CHT)\b"
    r"|\b[a-z]{2,20}\s[a-z]{2,20}\s(?:pta|cota|dpt|lmt|otr|mpt)\b"
)


@rule(
    "no-signature",
    severity="high",
    message="No signature with credentials",
    fix="Who furnished the service, with which credentials?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    if not chart.furnished or _AUTHOR.search(chart.note.text):
        return
    if sure := absence.clearly_absent(chart, "signature"):
        yield Raised(confidence=sure)

"""What it checks: no signature or credentials of the person who furnished the service.

Why: a treatment note needs the signature and the professional identification of who furnished or supervised it. A name
with credentials as the author, anywhere in the note (header, footer, e-signature), is one; a name alone or "clinic
office" is not.

What the note could say: name and credentials of who furnished the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import absence
from rehabcoder.rules.registry import Raised, rule

#: Chosen on cross-validation by voice.
CLEARLY_LOW = 0.3


@rule(
    "no-signature",
    severity="high",
    message="No signature with credentials",
    fix="Who furnished the service, with which credentials?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (sure := absence.nothing_says(chart, "signature", CLEARLY_LOW)):
        yield Raised(confidence=sure)

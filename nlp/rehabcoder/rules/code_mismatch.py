"""What it checks: a code that the note or its claim names, and that differs from what was done or was not done at all.

Why: the code is what was done, not what it is called. Strokes charged as manual therapy, or exercise charged as
activities, are denied on review even where the minutes are right. A legend, a template or a policy line that lists codes
charges nothing.

What the note could say: nothing to add; the code, or the description, is to be corrected by who furnished it.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.coding.families import family_of
from rehabcoder.records import Chart
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import CODES

#: From this share on another code of a service is a fair reading of it.
_FAIR = 0.25


@rule(
    "code-mismatch",
    severity="high",
    message="A charged code differs from what was done",
    fix="Which of the two is right: the code, or the description?",
    source="NCCI Policy Manual ch. I; CMS Pub. 100-02 ch. 15 s. 220.3.E",
)
def check(chart: Chart) -> Iterator[Raised]:
    done = {family_of(s.code) for s in chart.services}
    done |= {family_of(code) for s in chart.services for code, p in s.candidates if p >= _FAIR}
    for charge in charges(chart):
        if charge.code in CODES and family_of(charge.code) not in done:
            yield Raised(charge.spans, message=f"{charge.code} is charged; the note does not describe it")

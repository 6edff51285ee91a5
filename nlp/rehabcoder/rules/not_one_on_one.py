"""What it checks: a one-on-one code whose time was shared with other patients, in a group, or unattended.

Why: these codes are paid for undivided contact. Two patients in the same minutes are a group for each of them; a
service that runs unattended is none. A group that is charted and coded as a group is right as it is.

What the note could say: which minutes were one on one.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.records import Chart
from rehabcoder.rules import visit, wording
from rehabcoder.rules.registry import Raised, rule

ID = "not-one-on-one"


@rule(
    ID,
    severity="high",
    message="A one-on-one code, but the time was shared or unattended",
    fix="Which minutes were spent one on one with this patient?",
    source="CMS Pub. 100-04 ch. 5 s. 20.3; Pub. 100-02 ch. 15 s. 230",
)
def check(chart: Chart) -> Iterator[Raised]:
    concerned = chart.performed(*visit.ONE_ON_ONE)
    if not concerned:
        return
    found = [
        here
        for here in wording.said(chart, ID, "raise")
        if here.statement.section not in wording.NOT_OF_THIS_VISIT and not wording.is_unsaid(here)
    ]
    if found:
        yield Raised(tuple(here.span for here in found), visit.ids(concerned))

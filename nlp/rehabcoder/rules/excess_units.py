"""What it checks: more units of a code in a day than Medicare's unit limit (MUE), more timed units than is usual.

Why: units above a limit by policy (adjudication indicator 2) are denied; above a usual limit (3) they need their reason
in the record. More than the usual timed units of a visit draw a review, whatever the minutes support.

What the note could say: why the visit needed more time than is usual.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing import edits
from rehabcoder.billing.profile import profiles
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES


@rule(
    "excess-units",
    severity="medium",
    message="More units than is usual in one day",
    fix="What made the visit longer than is usual?",
    source="Medicare MUE, the quarter that the message names; usual units a visit: the payer's profile",
)
def check(chart: Chart) -> Iterator[Raised]:
    charged = charges(chart)
    units = {line.code: line.units for line in chart.claim_lines} | {c.code: c.units for c in charged.values()}
    quarter = edits.latest()
    if chart.profile is None or quarter is None:
        return
    payer = profiles()[chart.profile]
    on = edits.day_of(chart.note.date_of_service) or edits.last_day(quarter)
    for code, n in units.items():
        limit = edits.unit_limit(code, on)
        if n is not None and limit and n > limit[0].units and code not in payer.bundled:
            kind = "by policy" if limit[0].mai == 2 else "as usual"
            done = chart.performed(code)
            spans = charged[code].spans if code in charged else visit.evidence(done)
            yield Raised(
                spans, visit.ids(done), message=f"{n} units of {code}, {limit[0].units} a day {kind} (MUE {limit[1]})"
            )
    timed = sum(n for code, n in units.items() if n is not None and code in TIMED_CODES)
    if timed > payer.usual_timed_units:
        done = chart.performed(*TIMED_CODES)
        message = f"{timed} timed units in one visit, {payer.usual_timed_units} are usual"
        yield Raised(visit.evidence(done), visit.ids(done), message=message)

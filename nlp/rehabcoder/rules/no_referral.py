"""What it checks: a visit before the date of the referral that its record gives.

Why: some payers cover therapy on a referral or prescription only, and Medicare takes an order on file in place of a
signature under the first plan. An evaluation may come first. Nothing is said where the record gives no referral, or no
date of service: that an export leaves a field out proves nothing. How long a referral holds differs and is not judged.

What the note could say: which referral or order covers the day, or that none is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.edits import day_of
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "no-referral",
    severity="low",
    message="The date of service lies before the referral",
    fix="Which referral or order covers this day, or is none needed?",
    source="89 FR 97912 (order on file, from 2025-01-01); survey of 26 massage policies, 27 % ask for a prescription "
    "(https://ijtmb.org/index.php/ijtmb/article/download/380/426?inline=1); both second-hand",
)
def check(chart: Chart) -> Iterator[Raised]:
    referred, on = day_of(chart.note.referral_date), day_of(chart.note.date_of_service)
    if chart.furnished and referred and on and on < referred and not visit.only_evaluates(chart):
        yield Raised(message=f"The date of service lies before the referral, which is of {referred}")

"""What it checks: 59, XE, XS, XP or XU on the claim for services that the note does not show to be separate.

Why: these modifiers lift a code-pair edit, for another site, encounter, practitioner or stretch of time, and 59 is the
last resort. They are wrong where the two services have a region in common, where the edit lets no modifier lift it
(Medicare's indicator 0), and where no edit joins the code with another of the visit. Neighbouring tissue, an unstated
region, and what one note cannot show (XE, XP) are left open: the first is a question of the service.

What the note could say: the site, the minutes and the aim of each of the two services.
"""

from __future__ import annotations

from collections.abc import Iterator

from rehabcoder.billing.profile import profiles
from rehabcoder.billing.separate_services import unsupported_modifiers
from rehabcoder.records import Chart
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule


@rule(
    "modifier-unsupported",
    severity="medium",
    message="A billed modifier for separate services that the note does not support",
    fix="What made this service a separate one?",
    source="NCCI Policy Manual for Medicare 2026, ch. I s. E and ch. XI; billing/separate_services.toml",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.profile is None:
        return
    for code, modifiers, why, services in unsupported_modifiers(chart, profiles()[chart.profile]):
        yield Raised(
            visit.evidence(services),
            visit.ids(services),
            min(service.confidence for service in services),
            f"{', '.join(modifiers)} on {code} is not supported by the note: {why}",
        )

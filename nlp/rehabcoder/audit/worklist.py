"""The worklist: every note of a run, the riskiest first, with the one reason and the one fix that matter most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: What a finding adds to the risk of its note, and each unit billed over what is supported (design.md section 3).
SEVERITY_RISK = {"high": 5, "medium": 2, "low": 1}
UNIT_RISK = 5
_OF_UNITS = "units-unsupported"
SEVERITIES = tuple(SEVERITY_RISK)

COLUMNS = (
    "risk",
    "note_id",
    "date_of_service",
    "patient_id",
    "provider",
    "payer",
    "primary_code",
    "high",
    "medium",
    "low",
) + ("units_over", "review", "reason", "fix", "findings", "source")


class Rank(NamedTuple):
    """Where a note stands in the worklist: by risk, then date (undated last), then id, then place in the run."""

    minus_risk: int
    undated: bool
    date: str
    note_id: str
    ordinal: int


def units_over(result: Mapping[str, Any]) -> int:
    """Units billed over what is supported."""
    return sum(line_over(result, line) for line in result["claim_check"])


def line_over(result: Mapping[str, Any], line: Mapping[str, Any]) -> int:
    """Units of a line of the claim check over what is supported; where the support is unknown, none.

    Where a person has suppressed the finding of these units, none either.
    """
    billed, supported = line.get("billed_units"), line.get("supported_units")
    if billed is None or supported is None:
        return 0
    if any(finding["rule"] == _OF_UNITS for finding in result.get("suppressed", ())):
        return 0
    return max(0, billed - supported)


def risk(result: Mapping[str, Any]) -> int:
    """The risk of a note: 5, 2 or 1 a finding by severity and 5 a unit billed over what is supported."""
    return sum(SEVERITY_RISK[finding["severity"]] for finding in result["findings"]) + UNIT_RISK * units_over(result)


def rank(result: Mapping[str, Any], ordinal: int = 0) -> Rank:
    date = result["date_of_service"]
    return Rank(-risk(result), not date, date or "", result["note_id"], ordinal)


def by_severity(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings, gravest first, then the surest."""
    return sorted(findings, key=lambda f: (SEVERITIES.index(f["severity"]), -f["confidence"]))


def reason_and_fix(result: Mapping[str, Any]) -> tuple[str, str]:
    """The one reason to look at this note, and what would mend it; empty where there is none.

    A high finding, else units billed over what is supported, else the gravest finding, else the reason for review.
    """
    findings = by_severity(result["findings"])
    over = next((line for line in result["claim_check"] if line_over(result, line)), None)
    if over and not (findings and findings[0]["severity"] == "high"):
        billed, supported = over["billed_units"], over["supported_units"]
        return f"{over['code']}: {billed} billed, {supported} supported", f"bill {supported} or document the minutes"
    for finding in findings:
        return finding["message"], finding["fix"]
    for reason in result["review"].get("reasons", []):
        return reason["text"], "read the note"
    return "", ""


def row(result: Mapping[str, Any]) -> Sequence[Any]:
    """The worklist row of a result record, in the order of ``COLUMNS``."""
    findings = by_severity(result["findings"])
    reason, fix = reason_and_fix(result)
    return (
        risk(result),
        *(result[name] for name in ("note_id", "date_of_service", "patient_id", "provider", "payer", "primary_code")),
        *(sum(finding["severity"] == severity for finding in findings) for severity in SEVERITIES),
        units_over(result),
        "yes" if result["review"].get("needed") else "no",
        reason,
        fix,
        [finding["rule"] for finding in findings],
        result["source"],
    )

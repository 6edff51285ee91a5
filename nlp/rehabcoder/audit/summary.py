"""The figures of a run: a plain dict, filled one result at a time, and the few lines that say it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from rehabcoder.audit import suppressions
from rehabcoder.audit.worklist import SEVERITIES, line_over, risk, units_over
from rehabcoder.vocabulary import TARGET_CODES

#: Upper ends of the risk bands.
RISK_BANDS = {"0": 0, "1-4": 4, "5-9": 9, "10-19": 19, "20+": None}
#: Fewer notes than this say little about a provider or a payer.
FEW = 5
NOT_STATED = "not stated"


class Tally:
    """Counts over result records; its size does not grow with the number of notes."""

    def __init__(self) -> None:
        self.notes = 0
        self.dates: list[str] = []
        self.with_target_code = 0
        self.with_findings: Counter[str] = Counter()
        self.review: Counter[str] = Counter()
        self.codes: dict[str, Counter[str]] = defaultdict(Counter)
        self.claim: dict[str, Counter[str]] = defaultdict(Counter)
        self.findings: dict[str, dict[str, Any]] = {}
        self.silent: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.claims = 0
        self.bands: Counter[str] = Counter()
        self.groups: dict[str, dict[str, Counter[str]]] = {
            "provider": defaultdict(Counter),
            "payer": defaultdict(Counter),
        }

    def add(self, result: Mapping[str, Any]) -> None:
        """Counts one result record."""
        self.notes += 1
        self.with_target_code += result["primary_code"] is not None
        if date := result["date_of_service"]:
            known = [*self.dates, date]
            self.dates = [min(known), max(known)]
        self._add_codes(result)
        self._add_claim(result)
        self._add_findings(result)
        self.bands[_band(risk(result))] += 1
        for reason in result["review"].get("reasons", []) if result["review"].get("needed") else []:
            self.review[reason["id"]] += 1
        for kind, groups in self.groups.items():
            _add_to_group(groups[result[kind] or NOT_STATED], result)

    def _add_codes(self, result: Mapping[str, Any]) -> None:
        for code in {service["code"] for service in result["services"]}:
            self.codes[code]["notes"] += 1
        for service in result["services"]:
            self.codes[service["code"]]["services"] += 1
            self.codes[service["code"]]["minutes"] += service["minutes"] or 0
        for line in result["claim_lines"]:
            self.codes[line["code"]]["units"] += line["units"] or 0
            self.codes[line["code"]]["lines_without_units"] += line["units"] is None

    def _add_claim(self, result: Mapping[str, Any]) -> None:
        self.claims += bool(result["claim_check"])
        for line in result["claim_check"]:
            self.verdicts[line["verdict"] or "unknown"] += 1
            billed, supported = line.get("billed_units"), line.get("supported_units")
            figures = self.claim[line["code"]]
            figures["billed"] += billed or 0
            figures["supported"] += supported or 0
            figures["unknown"] += (billed or 0) if supported is None else 0
            if billed is not None and supported is not None:
                figures["over"] += line_over(result, line)
                figures["under"] += max(0, supported - billed)

    def _add_findings(self, result: Mapping[str, Any]) -> None:
        for rule, severity in {finding["rule"]: finding["severity"] for finding in result["findings"]}.items():
            self.findings.setdefault(rule, {"severity": severity, "notes": 0})["notes"] += 1
        self.silent.update({finding["rule"] for finding in result["silent_findings"]})
        severities = {finding["severity"] for finding in result["findings"]}
        self.with_findings["any"] += bool(severities)
        self.with_findings.update(severities)

    def summary(self) -> dict[str, Any]:
        """The figures as plain data: counts of notes unless a name says otherwise; shares are of all notes."""
        notes = max(self.notes, 1)
        review = sum(group["review"] for group in self.groups["payer"].values())
        return {
            "notes": self.notes,
            "dates": self.dates,
            "with_target_code": self.with_target_code,
            "with_findings": {kind: self.with_findings[kind] for kind in ("any", *SEVERITIES)},
            "review": {"needed": review, "share": review / notes, "reasons": dict(self.review.most_common())},
            "codes": {
                code: _plain(self.codes[code])
                for code in sorted(
                    self.codes, key=lambda code: (code not in TARGET_CODES, -self.codes[code]["notes"], code)
                )
            },
            "findings": {
                rule: {**self.findings[rule], "share": self.findings[rule]["notes"] / notes}
                for rule in sorted(self.findings, key=lambda rule: (-self.findings[rule]["notes"], rule))
            },
            "suppressed": suppressions.Suppressions().summary(),
            "silent": dict(self.silent.most_common()),
            "claim": {
                "notes": self.claims,
                **{name: sum(f[name] for f in self.claim.values()) for name in _CLAIM_FIGURES},
                "verdicts": dict(sorted(self.verdicts.items())),
                "codes": {
                    code: {name: self.claim[code][name] for name in _CLAIM_FIGURES}
                    for code in sorted(self.claim, key=lambda code: (code not in TARGET_CODES, code))
                },
            },
            "risk": {band: self.bands[band] for band in RISK_BANDS},
            "providers": _groups(self.groups["provider"]),
            "payers": _groups(self.groups["payer"]),
        }


_CLAIM_FIGURES = ("billed", "supported", "unknown", "over", "under")
_GROUP_FIGURES = ("notes", "risk", "any", "high", "review", "billed", "over")


def _add_to_group(group: Counter[str], result: Mapping[str, Any]) -> None:
    group["notes"] += 1
    group["risk"] += risk(result)
    group["any"] += bool(result["findings"])
    group["high"] += any(finding["severity"] == "high" for finding in result["findings"])
    group["review"] += bool(result["review"].get("needed"))
    group["billed"] += sum(line.get("billed_units") or 0 for line in result["claim_check"])
    group["over"] += units_over(result)


def _groups(groups: Mapping[str, Counter[str]]) -> dict[str, dict[str, float]]:
    """Groups with the most risk a note first; those of a few notes last, their figure carries little."""
    rows = {name: {figure: group[figure] for figure in _GROUP_FIGURES} for name, group in groups.items()}
    order = sorted(rows, key=lambda name: (rows[name]["notes"] < FEW, -rows[name]["risk"] / rows[name]["notes"], name))
    return {name: {**rows[name], "risk_per_note": rows[name]["risk"] / rows[name]["notes"]} for name in order}


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("notes", "services", "minutes", "units", "lines_without_units")}


def _band(value: int) -> str:
    return next(band for band, top in RISK_BANDS.items() if top is None or value <= top)


def sentences(summary: Mapping[str, Any]) -> Iterator[str]:
    """The summary in words that a coder uses, a line each."""
    notes, claim = summary["notes"], summary["claim"]
    yield f"{notes} notes, {summary['with_target_code']} with a therapy code; {summary['review']['needed']} need review"
    for code in TARGET_CODES:
        if figures := summary["codes"].get(code):
            open_lines = (
                f" ({figures['lines_without_units']} without minutes)" if figures["lines_without_units"] else ""
            )
            yield f"  {code}: {figures['notes']} notes, {figures['minutes']} min, {figures['units']} units{open_lines}"
    if claim["notes"]:
        yield (
            f"Billed {claim['billed']} units on {claim['notes']} notes: "
            f"{claim['over']} over what the notes support, {claim['under']} under"
        )
    if summary["findings"]:
        found = summary["with_findings"]
        yield f"Findings in {found['any']} notes ({found['high']} with a high one):"
    for rule, figures in list(summary["findings"].items())[:5]:
        yield f"  {rule} ({figures['severity']}): {figures['notes']} notes"
    if summary["silent"]:
        measured = ", ".join(f"{rule} {notes} notes" for rule, notes in summary["silent"].items())
        yield f"Silent rules, measured and not shown: {measured}"
    yield from suppressions.sentences(summary["suppressed"])

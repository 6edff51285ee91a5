"""The report of a run: one page that opens anywhere, without a script and without the network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rehabcoder.audit import highlight
from rehabcoder.audit.plots import plots
from rehabcoder.audit.survey import Survey
from rehabcoder.audit.worklist import by_severity, reason_and_fix, risk, units_over

#: Characters of a note that the page shows; what the findings quote is shown wherever it stands.
SHOWN = 20_000
#: Groups (providers, payers) that the page lists.
GROUPS_SHOWN = 25


def write_report(path: Path, survey: Survey, texts: Mapping[str, str], run: Mapping[str, Any]) -> None:
    """Writes the page. ``texts`` maps a result's source to its note's text; a text that is not there is not shown."""
    page = _template().render(
        summary=survey.summary,
        plots=plots(survey.summary),
        cases=[_case(result, texts.get(result["source"])) for result in survey.riskiest],
        run=run,
        groups_shown=GROUPS_SHOWN,
    )
    path.write_text(page, encoding="utf-8")


def _case(result: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    """What the page shows of one note."""
    marks = highlight.marks_of(result)
    reason, fix = reason_and_fix(result)
    return {
        "result": result,
        "risk": risk(result),
        "units_over": units_over(result),
        "reason": reason,
        "fix": fix,
        "findings": [_finding(finding, text) for finding in by_severity(result["findings"])],
        "lines": _lines(result),
        "text": None if text is None else highlight.pieces(text, marks, 0, SHOWN),
        "cut": text is not None and len(text) > SHOWN,
    }


def _finding(finding: Mapping[str, Any], text: str | None) -> dict[str, Any]:
    marks = [
        highlight.Mark(span["start"], span["end"], finding["severity"], finding["rule"]) for span in finding["evidence"]
    ]
    return {**finding, "quotes": highlight.quotes(text, marks) if text is not None else []}


def _lines(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each code that was billed or is supported."""
    checks = {line["code"]: line for line in result["claim_check"]}
    suggested = {line["code"]: line for line in result["claim_lines"]}
    return [
        {
            "code": code,
            "minutes": suggested.get(code, {}).get("minutes"),
            "supported": suggested[code]["units"] if code in suggested else checks[code].get("supported_units"),
            "arithmetic": suggested.get(code, {}).get("arithmetic", ""),
            "billed": checks.get(code, {}).get("billed_units"),
            "verdict": checks.get(code, {}).get("verdict", ""),
        }
        for code in dict.fromkeys([*suggested, *checks])
    ]


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rehabcoder.audit", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2")

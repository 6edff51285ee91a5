"""The report of a run: one page that opens anywhere, without a script and without the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rehabcoder.audit import highlight
from rehabcoder.audit.plots import plots
from rehabcoder.audit.survey import Survey
from rehabcoder.audit.worklist import by_severity, reason_and_fix, risk, units_over

#: Characters of a note that the page shows; what the findings quote is shown wherever it stands.
SHOWN = 20_000
#: Groups (providers, payers) and codes that the page lists.
GROUPS_SHOWN = 25
CODES_SHOWN = 15


def write_report(path: Path, survey: Survey, texts: Mapping[str, str], run: Mapping[str, Any]) -> None:
    """Writes the page. ``texts`` maps a result's source to its note's text; a text that is not there is not shown."""
    page = _template().render(
        summary=survey.summary,
        plots=plots(survey.summary),
        cases=[_case(result, texts.get(result["source"])) for result in survey.riskiest],
        run=run,
        groups_shown=GROUPS_SHOWN,
        codes_shown=CODES_SHOWN,
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
        "findings": _findings(by_severity(result["findings"]), marks, text),
        "lines": _lines(result),
        "text": None if text is None else highlight.pieces(text, marks, 0, SHOWN),
        "cut": text is not None and len(text) > SHOWN,
    }


def _findings(
    findings: Sequence[Mapping[str, Any]], marks: Sequence[highlight.Mark], text: str | None
) -> list[dict[str, Any]]:
    """The findings with the lines that show them; a line is quoted once, under the gravest finding that it shows."""
    marks = [mark for mark in marks if mark.kind != "service"]
    quoted: set[tuple[int, int]] = set()
    out = []
    for finding in findings:
        spans = [(span["start"], span["end"]) for span in finding["evidence"]]
        lines = sorted(set(highlight.lines_round(text, spans)) - quoted) if text is not None else []
        quoted.update(lines)
        out.append({**finding, "quotes": [highlight.pieces(text or "", marks, *line) for line in lines]})
    return out


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
    return environment.get_template("report.html")

"""The audit of a run directory: worklist and report made again from what the run left there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rehabcoder.audit.report import write_report
from rehabcoder.audit.survey import survey


def audit_run(directory: Path, limit: int = 50) -> dict[str, Any]:
    """Writes ``worklist.csv`` and ``report.html`` of a run directory and returns the figures.

    Raises FileNotFoundError where the directory holds no ``results.jsonl``.
    """
    found = survey(directory / "results.jsonl", directory / "worklist.csv", limit)
    write_report(directory / "report.html", found, kept_texts(directory), run_facts(directory))
    return found.summary


def kept_texts(directory: Path) -> dict[str, str]:
    """Source -> text of the notes whose text the run kept."""
    path = directory / "notes.jsonl"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8") as lines:
        return {note["source"]: note["text"] for note in map(json.loads, lines)}


def run_facts(directory: Path) -> dict[str, Any]:
    """What ``run.json`` says of the run; empty where it is not there."""
    path = directory / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

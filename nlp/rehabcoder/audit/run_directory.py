"""The audit of a run directory: worklist and report made again from what the run left there."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rehabcoder.audit.episodes import write_episodes
from rehabcoder.audit.lock import locked
from rehabcoder.audit.report import write_report
from rehabcoder.audit.suppressions import Suppressions, kept
from rehabcoder.audit.survey import DamagedRun, Survey, survey


def audit_run(directory: Path, limit: int = 50) -> dict[str, Any]:
    """Makes ``worklist.csv``, ``episodes.csv``, ``visits.csv``, ``suppressed.csv`` and ``report.html`` of a run anew.

    Returns the figures. Nothing is rewritten before all of it is made.
    Raises FileNotFoundError where the directory holds no ``results.jsonl``, DamagedRun where a file is cut or changed,
    InUse where another command is writing there.
    """
    with locked(directory):
        return _audit(directory, limit)


def _audit(directory: Path, limit: int) -> dict[str, Any]:
    texts, facts = kept_texts(directory), run_facts(directory)
    suppressions = Suppressions(kept(directory))
    with TemporaryDirectory(prefix="unfinished-", dir=directory) as folder:
        made = Path(folder)
        found, _ = write_tables(directory / "results.jsonl", made, limit, suppressions)
        write_report(made / "report.html", found, texts, facts)
        (directory / "suppressed.csv").unlink(missing_ok=True)
        for path in made.iterdir():
            path.replace(directory / path.name)
    return found.summary


def write_tables(results: Path, folder: Path, limit: int, suppressions: Suppressions) -> tuple[Survey, dict[str, Any]]:
    """Writes the worklist and what is found across visits and suppressed; the figures of the run and across visits."""
    found = survey(results, folder / "worklist.csv", limit, suppressions)
    across = write_episodes(results, folder / "episodes.csv", suppressions)
    found.summary["suppressed"] = suppressions.summary()
    suppressions.write(folder / "suppressed.csv")
    return found, across


def kept_texts(directory: Path) -> dict[str, str]:
    """Source -> text of the notes whose text the run kept."""
    path = directory / "notes.jsonl"
    if not path.exists():
        return {}
    texts: dict[str, str] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                note = json.loads(line)
                texts[note["source"]] = note["text"]
            except (ValueError, LookupError, TypeError):
                raise DamagedRun(f"{path.name}, line {number}: not a note's source and text") from None
    return texts


def run_facts(directory: Path) -> dict[str, Any]:
    """What ``run.json`` says of the run; empty where it is not there."""
    path = directory / "run.json"
    if not path.exists():
        return {}
    try:
        facts = json.loads(path.read_bytes())
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise DamagedRun(f"{path.name}, line {line}: not JSON; run the batch again") from None
    if not isinstance(facts, dict):
        raise DamagedRun(f"{path.name}, line 1: not one JSON object; run the batch again")
    return facts

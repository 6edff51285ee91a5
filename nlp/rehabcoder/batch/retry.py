"""The records that a run set aside, tried again: after the export was mended, or the coder.

The run's own command is run again. Parts whose notes did not change are used as they are, but a part in which the coder
failed on a note is made anew. So the outputs are those of a run in which the mended records had been good at once.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rehabcoder.audit.lock import locked
from rehabcoder.audit.run_directory import run_facts
from rehabcoder.audit.suppressions import kept_copy
from rehabcoder.batch.run import Outcome, Settings, run_locked
from rehabcoder.batch.workers import CodesNotes
from rehabcoder.exports import Columns, Rejected


class NoRun(ValueError):
    """A directory that holds no run that could be done again."""


@dataclass(frozen=True)
class Retried:
    """What became of a record that had been set aside.

    ``now`` is the record where it is set aside still, for the same or another reason; otherwise ``coded`` says whether
    a note was read in its place. A mended charge line or file is no note, and neither is a record that was taken out.
    """

    before: Rejected
    coded: bool
    now: Rejected | None


def set_aside(directory: Path) -> list[Rejected]:
    """The quarantine of a run directory. Raises NoRun where there is none."""
    path = directory / "quarantine.csv"
    if not path.is_file():
        raise NoRun(f"{directory} holds no quarantine.csv; make it with: rehabcoder batch INPUT --out DIR")
    with path.open(encoding="utf-8", newline="") as file:
        return [Rejected(*(row[name] for name in Rejected._fields)) for row in csv.DictReader(file)]


def retry(
    directory: Path, load: Callable[[str | None], CodesNotes], workers: int
) -> tuple[Outcome, list[Retried], list[Rejected]]:
    """Runs a run again; what it came to, what became of each record set aside, and the records newly set aside.

    ``load`` gives the coder for a payer. Raises NoRun where the directory does not say what was run, ExportError where
    no input can be read any more, InUse where another command is writing there; then the outputs stay as they were.
    """
    with locked(directory):
        return _retry(directory.resolve(), load, workers)


def _retry(
    directory: Path, load: Callable[[str | None], CodesNotes], workers: int
) -> tuple[Outcome, list[Retried], list[Rejected]]:
    before = set_aside(directory)
    facts = run_facts(directory)
    command = facts.get("command")
    if command is None:
        raise NoRun(f"{directory / 'run.json'} does not say what was run; run the same batch again")
    if not Path(command["folder"]).is_dir():
        raise NoRun(f"{command['folder']}, where the batch was started, is not there; run the same batch again")
    settings = Settings(
        columns=Columns(facts["columns"]),
        workers=workers,
        keep_text=facts["text_kept"],
        limit=command["limit"],
        since=command["since"] and date.fromisoformat(command["since"]),
        claims=command["claims"] and Path(command["claims"]),
        on=tuple(command["on"]),
        suppressions=kept_copy(directory),
        again=frozenset(record.source for record in before),
    )
    with chdir(command["folder"]):  # where the names of the inputs, which are in every source, were given
        outcome = run_locked(load(facts["payer"]), [Path(name) for name in command["inputs"]], directory, settings)
    after = {record.source: record for record in set_aside(directory)}
    retried = [_retried(record, outcome.met_again, after.pop(record.source, None)) for record in before]
    return outcome, retried, list(after.values())


def _retried(record: Rejected, met: set[str], now: Rejected | None) -> Retried:
    return Retried(record, coded=now is None and record.source in met, now=now)

"""The records that a run set aside, tried again: after the export was mended, or the coder.

The run's own command is run again. Parts whose notes did not change are used as they are, but a part in which the coder
failed on a note is made anew. So the outputs are those of a run in which the mended records had been good at once.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from rehabcoder.audit.lock import locked
from rehabcoder.audit.run_directory import run_facts
from rehabcoder.audit.suppressions import kept_copy
from rehabcoder.audit.survey import DamagedRun
from rehabcoder.batch.run import Outcome, Settings, run_locked
from rehabcoder.batch.workers import CodesNotes
from rehabcoder.exports import Columns, Rejected


class NoRun(ValueError):
    """A directory that holds no run that could be done again."""


@dataclass(frozen=True)
class Retried:
    """What became of a record that had been set aside.

    ``now`` is the record where it is set aside still, for the same or another reason; otherwise ``coded`` says whether
    a note was read in its place, by its id where one is known. A mended file is no note, and neither is a record that
    was taken out or a charge line (``of_charges``).
    """

    before: Rejected
    coded: bool
    now: Rejected | None
    of_charges: bool


def set_aside(directory: Path) -> list[Rejected]:
    """The quarantine of a run directory. Raises NoRun where there is none, DamagedRun where it is not whole."""
    path = directory / "quarantine.csv"
    if not path.is_file():
        raise NoRun(f"{directory} holds no quarantine.csv; make it with: rehabcoder batch INPUT --out DIR")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file, strict=True)
        if tuple(head) != Rejected._fields:
            raise ValueError("other columns")
        return [Rejected(*row) for row in rows]
    except (ValueError, TypeError, csv.Error):
        raise DamagedRun(f"{path.name}: not the whole table of what was set aside; run the batch again") from None


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
    try:
        folder, inputs, payer, settings = _command(facts)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise NoRun(f"{directory / 'run.json'} does not say what was run; run the same batch again") from None
    if not folder.is_dir():
        raise NoRun(f"{folder}, where the batch was started, is not there; run the same batch again")
    again = frozenset(record.source for record in before)
    settings = replace(settings, workers=workers, suppressions=kept_copy(directory), again=again)
    with chdir(folder):  # where the names of the inputs, which are in every source, were given
        outcome = run_locked(load(payer), inputs, directory, settings)
    after = {record.source: record for record in set_aside(directory)}
    retried = [_retried(record, outcome.met_again, after, settings.claims) for record in before]
    return outcome, retried, list(after.values())


def _command(facts: Mapping[str, Any]) -> tuple[Path, list[Path], str | None, Settings]:
    """Folder, inputs, payer and settings of the command that a run's ``run.json`` tells."""
    command = facts["command"]
    settings = Settings(
        columns=Columns(facts["columns"]),
        keep_text=facts["text_kept"],
        limit=command["limit"],
        since=command["since"] and date.fromisoformat(command["since"]),
        claims=command["claims"] and Path(command["claims"]),
        on=tuple(command["on"]),
    )
    return Path(command["folder"]), [Path(name) for name in command["inputs"]], facts["payer"], settings


def _retried(record: Rejected, met: Mapping[str, str], after: dict[str, Rejected], charges: Path | None) -> Retried:
    """What became of a record by what stands in its place now; what is told of it is taken out of ``after``."""
    of_charges = charges is not None and record.source.startswith(f"{charges.name} ")
    now = after.get(record.source)
    if now and _may_be(record, now.note_id):
        return Retried(record, False, after.pop(record.source), of_charges)
    coded = now is None and record.source in met and _may_be(record, met[record.source])
    return Retried(record, coded, None, of_charges)


def _may_be(record: Rejected, note_id: str) -> bool:
    """Whether a note of this id may be the record's: a line that is taken out moves others into its place."""
    return note_id == record.note_id or not (note_id and record.note_id)

"""Charges: a file of charge lines beside the notes, joined to them by visit.

Each row is one line of a claim: the fields that it is joined on, a code, and where known units, modifiers, the line's
own id, and whether the row is new, updates a line that stood before, or removes one. The usual column names stand in
``charge_column_names.csv``, the words for the three in ``charge_status.csv``.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rehabcoder.exports.columns import FIELDS, Columns, iso_date, plain_name
from rehabcoder.exports.formats import BadRow
from rehabcoder.exports.problems import ExportError, Rejected
from rehabcoder.exports.stream import recognised, rows_of
from rehabcoder.records import BadRecord, Billed, Note, parse_billed

_PARTS = ("code", "units", "modifiers")


class Charges:
    """The claim lines of many visits, kept on disk; ``joined`` adds those of a note's visit to the note.

    A charge file says what was charged: its lines stand in place of those of the note's own record. A visit that it
    does not name keeps what its record says.
    """

    def __init__(self, store: sqlite3.Connection, on: Sequence[str]) -> None:
        self.store = store
        self.on = tuple(on)
        store.execute("CREATE TABLE lines (n INTEGER PRIMARY KEY, visit TEXT, line TEXT, code TEXT, billed TEXT)")
        store.execute("CREATE TABLE visits (visit TEXT PRIMARY KEY, met INTEGER DEFAULT 0)")
        store.execute("CREATE INDEX of_visit ON lines (visit)")

    def put(self, visit: str, line: str | None, status: str, billed: Billed) -> None:
        """Take one row of the file: a line of a visit, its correction, or its removal.

        A row without a line's id updates or removes the last line of its visit with the same code.
        """
        self.store.execute("INSERT OR IGNORE INTO visits (visit) VALUES (?)", (visit,))
        last = None
        if status != "new" or line is not None:
            same = ("line", line) if line is not None else ("code", billed.code)
            last = self.store.execute(
                f"SELECT n FROM lines WHERE visit = ? AND {same[0]} = ? ORDER BY n DESC", (visit, same[1])
            ).fetchone()
        row = (visit, line, billed.code, json.dumps(asdict(billed)))
        if status == "removed":
            self.store.execute("DELETE FROM lines WHERE n = ?", last or (None,))
        elif last:
            self.store.execute("UPDATE lines SET visit = ?, line = ?, code = ?, billed = ? WHERE n = ?", (*row, *last))
        else:
            self.store.execute("INSERT INTO lines (visit, line, code, billed) VALUES (?, ?, ?, ?)", row)

    def joined(self, note: Note) -> Note:
        """The note with the claim of its visit; as it is where the file does not name the visit."""
        visit = _visit(getattr(note, field) for field in self.on)
        if visit is None or not self.store.execute("UPDATE visits SET met = 1 WHERE visit = ?", (visit,)).rowcount:
            return note
        lines = self.store.execute("SELECT billed FROM lines WHERE visit = ? ORDER BY n", (visit,))
        return replace(note, billed=[Billed(**json.loads(billed)) for (billed,) in lines])

    def counts(self) -> dict[str, int]:
        """Lines and visits of the file, and the visits that no note was met of."""
        lines, visits, unmet = self.store.execute(
            "SELECT (SELECT COUNT(*) FROM lines), COUNT(*), COALESCE(SUM(1 - met), 0) FROM visits"
        ).fetchone()
        return {"lines": lines, "visits": visits, "visits_without_note": unmet}


@contextmanager
def charges(path: Path, on: Sequence[str], folder: Path, quarantine: Callable[[Rejected], None]) -> Iterator[Charges]:
    """The charges of a file, in a database below ``folder`` for as long as they are needed.

    ``on`` names the fields of a note that say which visit a line is of. A row that is no charge line goes to
    ``quarantine``. Raises ExportError where the file cannot be read or lacks a column.
    """
    for field in on:
        if field not in FIELDS:
            raise ExportError("missing-column", f"--on: no field is called {field}")
    with TemporaryDirectory(prefix="unfinished-", dir=folder) as place:
        # Whichever thread reads the notes asks it, and only that one.
        store = sqlite3.connect(Path(place) / "charges.db", check_same_thread=False)
        try:
            store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            found = Charges(store, on)
            _load(found, path, quarantine)
            yield found
        finally:
            store.close()


def _load(found: Charges, path: Path, quarantine: Callable[[Rejected], None]) -> None:
    layout = recognised(path, path.name)
    columns: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows_of(layout, path, path.name):
        source = f"{path.name} {layout.row_word} {row.number}"
        if isinstance(row, BadRow):
            quarantine(Rejected(source, "", "reading", row.code, f"{source}: {row.message}"))
            continue
        names = tuple(row.cells)
        if names not in columns:
            columns.clear()
            columns[names] = _columns(names, found.on, path.name)
        cells = {field: row.cells.get(name) for field, name in columns[names].items()}
        try:
            found.put(*_charge(cells, found.on))
        except BadRecord as error:
            quarantine(Rejected(source, "", "reading", "bad-field", f"{source}, {error}"))


def _columns(names: Sequence[str], on: Sequence[str], file: str) -> dict[str, str]:
    """Field -> column of a charge file. Raises ExportError where the code or a field to join on has none."""
    plain = {plain_name(name): name for name in reversed(names)}
    out = {field: column for column, field in Columns().fields_of(names).items() if field in on}
    for alias, field in _aliases().items():
        if alias in plain and field not in out:
            out[field] = plain[alias]
    for field in (*on, "code"):
        if field not in out:
            raise ExportError("missing-column", f"{file}: no column for {field} among {len(names)}")
    return out


def _charge(cells: Mapping[str, Any], on: Sequence[str]) -> tuple[str, str | None, str, Billed]:
    """Visit, line id, status and claim line of a row. Raises BadRecord naming the field."""
    visit = _visit(cells[field] for field in on)
    if visit is None:
        raise BadRecord(f"field {' or '.join(on)}: empty")
    word = str(cells.get("status") or "new").strip().lower()
    status = _statuses().get(word)
    if status is None:
        raise BadRecord("field status: neither new nor updated nor removed")
    line = cells.get("line")
    (billed,) = parse_billed([{part: cells.get(part) for part in _PARTS if cells.get(part) not in (None, "")}])
    return visit, None if line in (None, "") else str(line).strip(), status, billed


def _visit(values: Iterator[Any]) -> str | None:
    """What a visit is known by: the fields that are joined on, dates in one form; None where one is empty."""
    parts = ["" if value is None else iso_date(str(value)) for value in values]
    return "\x1f".join(parts) if all(parts) else None


@cache
def _aliases() -> dict[str, str]:
    return {plain_name(row["alias"]): row["field"] for row in _table("charge_column_names.csv")}


@cache
def _statuses() -> dict[str, str]:
    return {row["word"]: row["status"] for row in _table("charge_status.csv")}


def _table(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader((files(__package__) / name).read_text(encoding="utf-8").splitlines())

"""Suppressions: findings that a person has looked at and set aside, each with a reason, a name and a date.

A file of them is a CSV table with the columns of ``FIELDS``, or a TOML file with a ``[[suppression]]`` table each. One
names a finding by its fingerprint, or every finding of a rule in a note by ``note_id`` and ``rule``; ``until`` is the
last day on which it holds. A suppressed finding is out of the worklist and the risk, and listed with its reason.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from rehabcoder.audit import spreadsheet

FIELDS = ("fingerprint", "note_id", "rule", "reason", "who", "date", "until")
_FOUND = ("fingerprint", "rule", "severity", "note_id", "date_of_service", "patient_id", "message")
COLUMNS = (*_FOUND, "reason", "who", "date", "until")
#: The copies of the file that a run directory may hold, for ``rehabcoder audit``.
COPIES = ("suppressions.csv", "suppressions.toml")


class SuppressionError(ValueError):
    """A suppression that cannot be used; the message names file, row and field."""


class Suppression(NamedTuple):
    """One line of the file; what is not given is empty."""

    fingerprint: str
    note_id: str
    rule: str
    reason: str
    who: str
    date: str
    until: str

    @property
    def name(self) -> str:
        return self.fingerprint or f"{self.rule} of note {self.note_id}"

    @property
    def key(self) -> str | tuple[str, str]:
        """What it is found by."""
        return self.fingerprint or _key_of(self.note_id, self.rule)


class Suppressions:
    """The suppressions of a run, and what they have suppressed so far."""

    def __init__(self, entries: Iterable[Suppression] = (), today: date | None = None) -> None:
        day = (today or date.today()).isoformat()
        entries = list(entries)
        self.expired = [entry for entry in entries if entry.until and entry.until < day]
        self.holding = [entry for entry in entries if entry not in self.expired]
        self._by_name: dict[str | tuple[str, str], Suppression] = {}
        self._used: set[Suppression] = set()
        self._twice: dict[str, None] = {}
        for entry in self.holding:
            if self._by_name.setdefault(entry.key, entry) is not entry:
                self._twice[entry.name] = None
        self._suppressed: dict[tuple[str | None, str, str], tuple[Suppression, tuple[Any, ...]]] = {}

    def covers(self, finding: Mapping[str, Any], note: Mapping[str, Any]) -> bool:
        """Whether a finding of a note (or across visits, told at it) is suppressed; it is listed then.

        ``note`` has the fields of a result record that tell the note, among them ``source``, its place in the export.
        """
        keys = (finding["fingerprint"], _key_of(note["note_id"], finding["rule"]))
        entries = [self._by_name[key] for key in keys if key in self._by_name]
        if not entries:
            return False
        self._used.update(entries)
        entry, *others = entries
        self._twice.update({other.name: None for other in others})
        row = tuple({**note, **finding}[name] for name in _FOUND)
        self._suppressed[note["source"], note["note_id"], finding["fingerprint"]] = (entry, row)
        return True

    def applied(self, result: dict[str, Any]) -> dict[str, Any]:
        """The result record; its suppressed findings, if there are any, stand under ``suppressed``."""
        taken = [finding for finding in result["findings"] if self.covers(finding, result)]
        if not taken:
            return result
        shown = [finding for finding in result["findings"] if finding not in taken]
        return {**result, "findings": shown, "suppressed": taken}

    def summary(self) -> dict[str, Any]:
        """Counts by rule, each suppressed finding as a row of ``COLUMNS``, and what suppressed nothing or twice."""
        rows = [
            dict(zip(COLUMNS, (*row, entry.reason, entry.who, entry.date, entry.until), strict=True))
            for entry, row in self._suppressed.values()
        ]
        return {
            "findings": dict(Counter(row["rule"] for row in rows).most_common()),
            "rows": rows,
            "unknown": [entry.name for entry in self._by_name.values() if entry not in self._used],
            "twice": list(self._twice),
            "expired": [entry.name for entry in self.expired],
        }

    def write(self, path: Path) -> None:
        """Writes ``suppressed.csv``; where there are no suppressions, an earlier one goes."""
        if not self.holding and not self.expired:
            path.unlink(missing_ok=True)
            return
        rows = [tuple(row.values()) for row in self.summary()["rows"]]
        path.write_text(spreadsheet.rows([COLUMNS, *rows]), encoding="utf-8", newline="")


def read_suppressions(path: Path) -> list[Suppression]:
    """The suppressions of a CSV or TOML file. Raises SuppressionError where one cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        records = _toml(text) if path.suffix.lower() == ".toml" else _table(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error):
        raise SuppressionError(f"{path.name}: neither a CSV table in UTF-8 nor a TOML file of suppressions") from None
    if not records:
        raise SuppressionError(f"{path.name}: no suppression stands in it")
    return [_suppression(record, f"{path.name}, suppression {n}") for n, record in enumerate(records, 1)]


def keep_copy(path: Path | None, directory: Path) -> None:
    """Keeps the file in the run directory, so that the audit can be made again; without a file an earlier one goes."""
    kept_as = path and COPIES[path.suffix.lower() == ".toml"]
    if path and kept_as:
        unfinished = directory / f"{kept_as}.tmp"
        unfinished.write_bytes(path.read_bytes())
        unfinished.replace(directory / kept_as)
    for name in COPIES:
        if name != kept_as:
            (directory / name).unlink(missing_ok=True)


def kept_copy(directory: Path) -> Path | None:
    """The file of suppressions that a run directory keeps, if there is one."""
    return next((directory / name for name in COPIES if (directory / name).exists()), None)


def kept(directory: Path) -> list[Suppression]:
    """The suppressions that a run directory keeps."""
    copy = kept_copy(directory)
    return read_suppressions(copy) if copy else []


def sentences(summary: Mapping[str, Any]) -> Iterator[str]:
    """What was suppressed and what suppressed nothing, in words."""
    if total := sum(summary["findings"].values()):
        rules = ", ".join(f"{rule} {count}" for rule, count in summary["findings"].items())
        yield f"Suppressed: {total} findings ({rules}), see suppressed.csv"
    for name in summary["unknown"]:
        yield f"No finding here for the suppression of {name}"
    for name in summary["twice"]:
        yield f"Suppressed twice, the first entry counts: {name}"
    for name in summary["expired"]:
        yield f"No longer suppressed, its last day is over: {name}"


def _key_of(note_id: str, rule: str) -> tuple[str, str]:
    """Note and rule; an id that was copied out of the worklist stands there as a cell (``'-D1`` for ``-D1``)."""
    return spreadsheet.cell(note_id), rule


def _table(text: str) -> list[dict[str, Any]]:
    """The rows of a table whose cells a comma, a semicolon or a tab parts; rows without a word are passed over."""
    text = text.lstrip("\r\n")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    return [row for row in csv.DictReader(StringIO(text), delimiter=delimiter) if any(row.values())]


def _toml(text: str) -> list[dict[str, Any]]:
    records = tomllib.loads(text).get("suppression", [])
    return records if isinstance(records, list) else [records]


def _suppression(record: Any, place: str) -> Suppression:
    if not isinstance(record, Mapping):
        raise SuppressionError(f"{place}: not a table of fields")
    if None in record:
        raise SuppressionError(f"{place}: more cells than the head of the table names")
    if not record.keys() <= set(FIELDS):  # not quoted: without a head, what stands there is no name
        raise SuppressionError(f"{place}: a field that is not one of {', '.join(FIELDS)}")
    entry = Suppression(*(str(record.get(name) or "").strip() for name in FIELDS))
    if not entry.fingerprint and not (entry.note_id and entry.rule):
        raise SuppressionError(f"{place}, field fingerprint: empty, and no note_id with a rule in its place")
    for name in ("reason", "who", "date"):
        if not getattr(entry, name):
            raise SuppressionError(f"{place}, field {name}: empty")
    for name in ("date", "until"):
        try:
            _ = date.fromisoformat(getattr(entry, name) or "2000-01-01")
        except ValueError:
            raise SuppressionError(f"{place}, field {name}: not a day; write it like 2024-08-01") from None
    return entry._replace(
        date=date.fromisoformat(entry.date).isoformat(),
        until=entry.until and date.fromisoformat(entry.until).isoformat(),
    )

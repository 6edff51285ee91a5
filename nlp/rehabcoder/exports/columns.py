"""Which column of an export is which field of a note, and a row's cells as a note record.

The usual names stand in ``column_names.csv`` (alias, field; case, spaces and punctuation do not count; of two columns
for one field the one whose alias stands first wins). ``billed.code`` is a part of a field.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from rehabcoder.exports.problems import ExportError
from rehabcoder.records import BadRecord, Note

FIELDS = tuple(f.name for f in fields(Note) if f.name != "source")
DATE_FIELDS = ("date_of_service", "onset_date", "referral_date")


class Columns:
    """The mapping from columns to fields: the user's choice first, the usual names for the rest.

    >>> Columns.parse("text=NOTE_TXT").fields_of(["MRN", "NOTE_TXT"])
    {'NOTE_TXT': 'text', 'MRN': 'patient_id'}
    """

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        """``chosen`` maps a field (or ``billed.code``, ``plan_of_care.start`` ...) to the name of its column."""
        self.chosen = dict(chosen or {})
        known = {*FIELDS, *_aliases().values()}
        for field in self.chosen:
            if field not in known:
                raise ExportError("missing-column", f"--columns: no field is called {field}; fields: {_listed(known)}")

    @classmethod
    def parse(cls, option: str) -> Columns:
        """The mapping of a command line option, ``text=NOTE_TXT,note_id=VISIT``."""
        chosen = {}
        for part in filter(None, (part.strip() for part in option.split(","))):
            field, equals, column = part.partition("=")
            if not (field and equals and column):
                raise ExportError("missing-column", "--columns: write FIELD=COLUMN,FIELD=COLUMN")
            chosen[field.strip()] = column.strip()
        return cls(chosen)

    def fields_of(self, names: Iterable[str]) -> dict[str, str]:
        """Column name -> field, for these columns of an export; columns that are no field are left out."""
        names = list(names)
        found = {column: field for field, column in self.chosen.items() if column in names}
        taken = set(self.chosen)
        by_alias: dict[str, str] = {}
        for name in names:
            by_alias.setdefault(plain_name(name), name)
        for alias, field in _aliases().items():
            column = by_alias.get(alias)
            if column is not None and column not in found and field not in taken:
                found[column] = field
                taken.add(field)
        return found

    def missing_from(self, names: Iterable[str]) -> list[str]:
        """The columns that the user named and that are not there."""
        return sorted(set(self.chosen.values()) - set(names))


def note_record(cells: Mapping[str, Any], fields_of: Mapping[str, str]) -> dict[str, Any]:
    """The note record (design.md section 3) of one row's cells. Raises BadRecord naming the field."""
    record: dict[str, Any] = {}
    for column, field in fields_of.items():
        value = _plain_value(cells.get(column))
        if value is None or value == "":
            continue
        whole, _, part = field.partition(".")
        if not part:
            record[whole] = value
        elif isinstance(record.setdefault(whole, {}), dict):
            record[whole][part] = value
    for field in DATE_FIELDS:
        if isinstance(record.get(field), str):
            record[field] = iso_date(record[field])
    if isinstance(record.get("diagnoses"), str):
        record["diagnoses"] = re.split(r"[;,|\s]+", record["diagnoses"].strip(" ;,|"))
    if "billed" in record:
        record["billed"] = _billed(record["billed"])
    return record


def iso_date(value: str) -> str:
    """A date of one of the usual forms (2024-03-05, 20240305, 3/5/2024 with the month first) as YYYY-MM-DD.

    A time of day after it is dropped; anything else is left as given.
    """
    head = value.strip().split("T")[0].split(" ")[0]
    for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(head, form).date().isoformat()
        except ValueError:
            continue
    return value.strip()


def _billed(value: Any) -> Any:
    """Claim lines of a cell: the text form is left to the record, JSON is read, one line's parts become a line."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise BadRecord("field billed: not readable as JSON") from None
    if isinstance(value, Mapping):
        value = [value] if value.get("code") else []
    return value


def _plain_value(value: Any) -> Any:
    """A cell as plain data: dates as text, whole floats as integers, not-a-number as nothing."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        if value != value:
            return None
        return int(value) if value.is_integer() else value
    return value


def plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _aliases() -> dict[str, str]:
    """Plain alias -> field, in order of preference."""
    table = (files(__package__) / "column_names.csv").read_text(encoding="utf-8")
    return {plain_name(row["alias"]): row["field"] for row in csv.DictReader(table.splitlines())}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))

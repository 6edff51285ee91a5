"""CMS's quarterly files of edits and limits, as published (xlsx or tab-separated text), made into snapshots.

Only codes that the shipped snapshot or this package knows are kept, and of them numbers, dates and indicators alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rehabcoder.billing.edits import SETTINGS, EditsError, first_day, snapshots, user_folder
from rehabcoder.vocabulary import CODES

_PAIRS = ("column1", "column2", *SETTINGS, "effective", "deleted")
_LIMITS = ("code", *SETTINGS, *(f"{s}_mai" for s in SETTINGS))
_LONGEST_PREAMBLE = 60


def import_file(path: Path, quarter: str, setting: str) -> tuple[Path, int]:
    """Writes the edits or limits of a published file into the user's snapshot of a quarter; returns it and a count.

    What the snapshot holds for the other claim form stays. Raises EditsError where the file is neither kind.
    """
    first_day(quarter)
    rows = _cells(path)
    for _, row in zip(range(_LONGEST_PREAMBLE), rows, strict=False):
        names = [" ".join(cell.casefold().split()) for cell in row]
        if names[:2] == ["column 1", "column 2"]:
            return _write(quarter, "pairs", _PAIRS, 2, _pairs(path, names, rows, setting))
        if names and names[0] in ("hcpcs/cpt code", "hcpcs/ cpt code") and any("mue value" in n for n in names):
            return _write(quarter, "mue", _LIMITS, 1, _limits(path, names, rows, setting))
    raise EditsError(f"{path.name}: neither a file of code-pair edits nor of unit limits (no such header row)")


def _cells(path: Path) -> Iterator[list[str]]:
    if path.suffix.casefold() == ".xlsx":
        from openpyxl import load_workbook

        try:
            sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        except Exception as error:
            raise EditsError(f"{path.name}: no readable workbook ({type(error).__name__})") from None
        for row in sheet.iter_rows(values_only=True):
            yield ["" if cell is None else str(cell).strip() for cell in row]
        return
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(file, delimiter="\t"):
            yield [cell.strip() for cell in row]


def _pairs(path: Path, names: list[str], rows: Iterable[list[str]], setting: str) -> Iterator[dict[str, str]]:
    effective, deleted, modifier = (
        _column(path, names, start) for start in ("effective date", "deletion date", "modifier")
    )
    known = _known_codes()
    for row in rows:
        if len(row) > modifier and row[0] in known and row[1] in known:
            yield {
                "column1": row[0],
                "column2": row[1],
                setting: row[modifier][:1],
                "effective": _date(row[effective]),
                "deleted": _date(row[deleted]),
            }


def _limits(path: Path, names: list[str], rows: Iterable[list[str]], setting: str) -> Iterator[dict[str, str]]:
    value = next(k for k, name in enumerate(names) if "mue value" in name)
    mai = _column(path, names, "mue adjudication indicator")
    known = _known_codes()
    for row in rows:
        if len(row) > max(value, mai) and row[0] in known:
            yield {"code": row[0], setting: row[value], f"{setting}_mai": row[mai][:1]}


def _column(path: Path, names: list[str], start: str) -> int:
    for k, name in enumerate(names):
        if name.startswith(start):
            return k
    raise EditsError(f"{path.name}: there is no column {start!r}")


def _date(written: str) -> str:
    """20240701 or 2024-07-01 00:00:00 as 2024-07-01; nothing for the asterisk that stands for no date."""
    m = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", written)
    return "-".join(m.groups()) if m else ""


def _known_codes() -> frozenset[str]:
    return frozenset(CODES).union(*(s.codes for s in snapshots()))


def _write(
    quarter: str, kind: str, columns: tuple[str, ...], keys: int, found: Iterable[dict[str, str]]
) -> tuple[Path, int]:
    folder = user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{quarter}-{kind}.csv"
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = {tuple(row[c] for c in columns[:keys]): row for row in csv.DictReader(file)}
    count = 0
    for row in found:
        key = tuple(row[c] for c in columns[:keys])
        # A pair may be listed once as deleted and once as it holds now: what holds now is kept.
        if not (kind == "pairs" and row["deleted"] and key in rows and not rows[key].get("deleted")):
            rows[key] = rows.get(key, {}) | row
        count += 1
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))
    unfinished.replace(path)
    snapshots.cache_clear()
    return path, count

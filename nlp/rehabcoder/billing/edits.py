"""CMS's code-pair edits and unit limits (NCCI), as dated snapshots: what applies to two codes on a day, and
who says so.

A snapshot is a quarter's files, ``2024Q3-pairs.csv`` and ``2024Q3-mue.csv``. The package ships one; those of the user's
own directory (``edits import``) take precedence. Nothing is said of a day or a code that no snapshot covers: "no data"
is never "no edit".

Source: NCCI Policy Manual for Medicare, ch. I; the modifier indicator is 0 (never paid together), 1 (paid with a
modifier where the services are separate) or 9 (the edit was deleted).
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path

APPLIES, DOES_NOT_APPLY, NO_DATA = "applies", "does not apply", "no data for this date"
#: The two claim forms that CMS publishes edits for.
SETTINGS = ("practitioner", "hospital")
#: Where a user's own snapshots lie; the variable of the environment wins.
DATA_VARIABLE = "REHABCODER_DATA"
_QUARTER = re.compile(r"(\d{4})Q([1-4])")


class EditsError(ValueError):
    """A snapshot that cannot be read. The message names the file and the line."""


@dataclass(frozen=True, slots=True)
class PairEdit:
    """One edit: ``column2`` is not paid beside ``column1``; None where CMS has no such edit for a claim form."""

    column1: str
    column2: str
    practitioner: int | None
    hospital: int | None
    effective: date | None
    deleted: date | None


@dataclass(frozen=True, slots=True)
class UnitLimit:
    """Medically unlikely edit: most units of a code a day. ``mai`` 2 is a limit by policy, 3 by what is usual."""

    code: str
    units: int
    mai: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The edits and limits of one quarter."""

    quarter: str
    pairs: dict[frozenset[str], PairEdit]
    limits: dict[str, dict[str, UnitLimit]]
    codes: frozenset[str]

    @property
    def first_day(self) -> date:
        return first_day(self.quarter)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of two codes on a day; ``stale`` where the day lies past the quarter of the deciding snapshot."""

    answer: str
    snapshot: str | None = None
    stale: bool = False
    edit: PairEdit | None = None
    indicator: int | None = None


def pair_edit(one: str, other: str, on: date, setting: str = "practitioner") -> Answer:
    """Whether Medicare's edits pay two codes of one day together.

    An edit that came without dates holds from its snapshot's quarter on, as last known.
    """
    snapshot = snapshot_of(on)
    if snapshot is None or not {one, other} <= snapshot.codes:
        return Answer(NO_DATA)
    edit = snapshot.pairs.get(frozenset((one, other)))
    indicator = getattr(edit, setting) if edit else None
    ended = edit is not None and edit.deleted is not None and edit.deleted < on
    begun = edit is not None and (edit.effective is None or edit.effective <= on)
    applies = indicator in (0, 1) and begun and not ended
    return Answer(
        APPLIES if applies else DOES_NOT_APPLY,
        snapshot.quarter,
        on > last_day(snapshot.quarter),
        edit,
        indicator if applies else None,
    )


def unit_limit(code: str, on: date, setting: str = "practitioner") -> tuple[UnitLimit, str] | None:
    """Most units of a code on a day, with the quarter that says so; None where no snapshot does."""
    snapshot = snapshot_of(on)
    limit = snapshot.limits[setting].get(code) if snapshot else None
    return (limit, snapshot.quarter) if snapshot and limit else None


def snapshot_of(on: date) -> Snapshot | None:
    """The latest snapshot whose quarter has begun on a day."""
    begun = [s for s in snapshots() if s.first_day <= on]
    return max(begun, key=lambda s: s.first_day, default=None)


@cache
def snapshots() -> tuple[Snapshot, ...]:
    """Every snapshot, the user's in place of a shipped one of the same quarter."""
    shipped = Path(str(files("rehabcoder.billing") / "snapshots"))
    found: dict[str, Path] = {}
    for folder in (shipped, user_folder()):
        for path in sorted(folder.glob("*-pairs.csv")) + sorted(folder.glob("*-mue.csv")):
            found[path.name] = path
    quarters = sorted({name.partition("-")[0] for name in found})
    return tuple(_snapshot(quarter, found) for quarter in quarters if _QUARTER.fullmatch(quarter))


def latest() -> str | None:
    """The quarter of the latest snapshot ("2024Q3"), for the versions of a result."""
    return max((s.quarter for s in snapshots()), default=None)


def user_folder() -> Path:
    """The directory of the user's own snapshots, which may not exist."""
    return data_folder() / "edits"


def data_folder() -> Path:
    """The directory of the user's own data, which may not exist: REHABCODER_DATA, else the platform's."""
    import click

    return Path(os.environ.get(DATA_VARIABLE) or click.get_app_dir("rehabcoder"))


def day_of(written: str | None) -> date | None:
    """A date of service as exports write it (2024-08-01, 8/1/2024, 08/01/24); None where it is none of these."""
    iso = re.match(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", written or "")
    american = re.match(r"\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)", written or "")
    if iso:
        year, month, day = map(int, iso.groups())
    elif american:
        month, day, year = map(int, american.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def first_day(quarter: str) -> date:
    """The first day of a quarter such as "2024Q3". Raises EditsError where that is none."""
    m = _QUARTER.fullmatch(quarter)
    if m is None:
        raise EditsError(f"{quarter!r} is no quarter; write it like 2024Q3")
    return date(int(m[1]), 3 * int(m[2]) - 2, 1)


def last_day(quarter: str) -> date:
    """The last day of a quarter."""
    begins = first_day(quarter)
    after = date(begins.year + 1, 1, 1) if begins.month == 10 else date(begins.year, begins.month + 3, 1)
    return after - timedelta(days=1)


def _snapshot(quarter: str, found: dict[str, Path]) -> Snapshot:
    pairs: dict[frozenset[str], PairEdit] = {}
    limits: dict[str, dict[str, UnitLimit]] = {setting: {} for setting in SETTINGS}
    if path := found.get(f"{quarter}-pairs.csv"):
        for where, row in _rows(path, ("column1", "column2", *SETTINGS, "effective", "deleted")):
            edit = PairEdit(
                row["column1"],
                row["column2"],
                _number(where, row["practitioner"]),
                _number(where, row["hospital"]),
                _date(where, row["effective"]),
                _date(where, row["deleted"]),
            )
            pairs[frozenset((edit.column1, edit.column2))] = edit
    if path := found.get(f"{quarter}-mue.csv"):
        for where, row in _rows(path, ("code", *SETTINGS, *(f"{s}_mai" for s in SETTINGS))):
            for setting in SETTINGS:
                units, mai = _number(where, row[setting]), _number(where, row[f"{setting}_mai"])
                if units is not None and mai is not None:
                    limits[setting][row["code"]] = UnitLimit(row["code"], units, mai)
    codes = frozenset().union(*pairs, *limits.values())
    return Snapshot(quarter, pairs, limits, codes)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, row) of a snapshot's file, without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
    reader = csv.DictReader(lines[first:])
    if tuple(reader.fieldnames or ()) != columns:
        raise EditsError(f"{path.name}: the columns are not {','.join(columns)}")
    for number, row in enumerate(reader, start=first + 2):
        yield f"{path.name} line {number}", row


def _number(where: str, written: str | None) -> int | None:
    if not written:
        return None
    if not written.isdigit():
        raise EditsError(f"{where}: {written!r} is no number")
    return int(written)


def _date(where: str, written: str | None) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise EditsError(f"{where}: {written!r} is no date") from None

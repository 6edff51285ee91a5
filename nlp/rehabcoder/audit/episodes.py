"""Episodes: the visits of each patient, put together from a run's results, and what the rules across visits find there.

The visits wait in a database on disk, so that memory holds those of one patient; they come back in order of days
whatever the order of the results, so the findings do not depend on it either.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rehabcoder.audit import spreadsheet
from rehabcoder.audit.suppressions import Suppressions
from rehabcoder.audit.survey import DamagedRun
from rehabcoder.billing.edits import day_of
from rehabcoder.billing.modifiers import DISCIPLINES
from rehabcoder.billing.profile import DEFAULT, profiles
from rehabcoder.billing.visits import JoinedVisit
from rehabcoder.rules.across import FindingAcross, Visit, findings
from rehabcoder.rules.across.visit_units import is_addendum, joined_visits

VISIT_COLUMNS = (
    "patient_id",
    "date_of_service",
    "notes",
    "code",
    "minutes",
    "units",
    "units_note_by_note",
    "billed_units",
    "verdict",
    "arithmetic",
)
#: The fields of a result record that its visit is made of.
RECORD_FIELDS = (
    "note_id",
    "patient_id",
    "visit_id",
    "date_of_service",
    "note_type",
    "amends",
    "provider",
    "discipline",
    "source",
    "claim_lines",
    "claim_check",
    "sketch",
    "measures",
    "tells_progress",
    "versions",
)
#: Patient, day, note, source, and the rest as JSON.
_Row = tuple[str, str, str, str, str]


def write_episodes(results: Path, episodes_csv: Path, suppressions: Suppressions | None = None) -> dict[str, Any]:
    """Writes what is found across visits; returns counts of patients, visits, notes left out, and findings by rule.

    Visits that several notes tell are written to ``visits.csv`` beside it, with what those support together.

    Notes without a patient or a date, repeated ones and those that another note amends are left out, and counted.
    Raises DamagedRun where a result is not whole, or its payer's profile is not there.
    """
    suppressions = suppressions or Suppressions()
    left_out: Counter[str] = Counter()
    found: Counter[str] = Counter()
    patients = visits_read = joined = 0
    unfinished = episodes_csv.with_name(episodes_csv.name + ".tmp")
    visits_csv = episodes_csv.with_name("visits.csv")
    unfinished_visits = visits_csv.with_name(visits_csv.name + ".tmp")
    with (
        TemporaryDirectory(prefix="unfinished-", dir=episodes_csv.parent) as folder,
        unfinished.open("w", encoding="utf-8") as out,
        unfinished_visits.open("w", encoding="utf-8") as told_by_several,
    ):
        out.write(spreadsheet.rows([FindingAcross._fields]))
        told_by_several.write(spreadsheet.rows([VISIT_COLUMNS]))
        for visits in _by_patient(results, Path(folder) / "visits.db", left_out):
            patients += 1
            visits_read += len(visits)
            for notes, visit in joined_visits(visits):
                joined += 1
                told_by_several.write(spreadsheet.rows(visit_rows(notes, visit)))
            told = [
                finding
                for finding in findings(visits)
                if not suppressions.covers(finding._asdict(), {**finding._asdict(), "source": finding.note_source})
            ]
            found.update(finding.rule for finding in told)
            if told:
                out.write(spreadsheet.rows(told))
    unfinished.replace(episodes_csv)
    unfinished_visits.replace(visits_csv)
    return {
        "patients": patients,
        "visits": visits_read,
        "visits_of_several_notes": joined,
        "left_out": dict(sorted(left_out.items())),
        "findings": dict(sorted(found.items())),
    }


def visit_rows(notes: Sequence[Visit], joined: JoinedVisit) -> Iterator[Sequence[Any]]:
    """A row of ``VISIT_COLUMNS`` for each code that the notes support or that is billed."""
    lines = {line.code: line for line in joined.lines}
    checks = {row["code"]: row for row in joined.check}
    for code in dict.fromkeys([*lines, *checks]):
        line, check = lines.get(code), checks.get(code, {})
        apart = [note.units[code] for note in notes if code in note.units]
        yield (
            notes[0].patient_id,
            notes[0].day.isoformat(),
            [note.note_id for note in notes],
            code,
            line and line.minutes,
            line and line.units,
            None if None in apart else sum(units for units in apart if units is not None),
            check.get("billed_units"),
            check.get("verdict"),
            line and line.arithmetic,
        )


def _by_patient(results: Path, database: Path, left_out: Counter[str]) -> Iterator[list[Visit]]:
    with closing(sqlite3.connect(database)) as store:
        store.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        store.execute("CREATE TABLE visits (patient TEXT, day TEXT, note TEXT, source TEXT, record TEXT)")
        with results.open(encoding="utf-8") as lines:
            store.executemany("INSERT INTO visits VALUES (?, ?, ?, ?, ?)", _rows(lines, left_out))
        store.commit()
        rows = store.execute("SELECT * FROM visits ORDER BY patient, day, note, source")
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield _as_they_stand([_visit(row) for row in group], left_out)


def visits_of_patient(results: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """The visits of one patient, in order of days, of result records in any order; ``RECORD_FIELDS`` of them suffice.

    Those without a day, repeated ones and those that another note amends are left out.
    """
    rows = sorted(row for row in map(_row, results) if row)
    return _as_they_stand([_visit(row) for row in rows], Counter())


def _rows(lines: Iterable[str], left_out: Counter[str]) -> Iterator[_Row]:
    for number, line in enumerate(lines, 1):
        try:
            result = json.loads(line)
            row, profile = _row(result), _profile(result)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise DamagedRun(f"results.jsonl, line {number}: not a whole result record; run the batch again") from None
        if profile not in profiles():
            raise DamagedRun(f"results.jsonl, line {number}: no profile for {profile}; run the batch again")
        if row:
            yield row
        else:
            left_out["no patient or no date"] += 1


def _row(result: Mapping[str, Any]) -> _Row | None:
    """What a visit is made of, after what orders it; None for a note without a patient or a day."""
    day = day_of(result["date_of_service"])
    if result["patient_id"] is None or day is None:
        return None
    record = {
        "provider": result["provider"],
        "profile": _profile(result),
        "note_type": result["note_type"] or "",
        "amends": result["amends"],
        "units": {line["code"]: line["units"] for line in result["claim_lines"]},
        "sketch": result["sketch"],
        "measures": result["measures"],
        "tells_progress": result["tells_progress"],
        "discipline": _discipline(result),
        "visit_id": result["visit_id"],
        "minutes": {line["code"]: line["minutes"] for line in result["claim_lines"]},
        "billed": _billed(result["claim_check"]),
    }
    place = (result["patient_id"], day.isoformat(), result["note_id"], result["source"] or "")
    return (*place, json.dumps(record))


def _profile(result: Mapping[str, Any]) -> str:
    return result["versions"].get("profile", DEFAULT)


def _discipline(result: Mapping[str, Any]) -> str | None:
    """The discipline of the note's lines, else that of its record."""
    modifiers = {modifier["code"] for line in result["claim_lines"] for modifier in line.get("modifiers", ())}
    of_lines = [name for modifier, name in DISCIPLINES.items() if modifier in modifiers]
    return of_lines[0] if of_lines else (result["discipline"] or "").strip().upper() or None


def _billed(check: Sequence[Mapping[str, Any]]) -> dict[str, int | None] | None:
    """The units of the claim that was held against the note."""
    billed = {row["code"]: row["billed_units"] for row in check if row["verdict"] != "missing-from-claim"}
    return billed or None


def _visit(row: _Row) -> tuple[Visit, str | None]:
    """A visit, and the note that it amends."""
    patient, day, note, source, text = row
    record = json.loads(text)
    visit = Visit(
        patient,
        date.fromisoformat(day),
        note,
        source or None,
        record["provider"],
        record["profile"],
        record["note_type"],
        record["units"],
        tuple(record["sketch"]),
        record["measures"],
        record["tells_progress"],
        record["discipline"],
        record["visit_id"],
        record["minutes"],
        record["billed"],
    )
    return visit, record["amends"]


def _as_they_stand(visits: list[tuple[Visit, str | None]], left_out: Counter[str]) -> list[Visit]:
    """The visits without those that another note amends, each once; an addendum stands beside what it adds to."""
    amended = {amends for visit, amends in visits if amends and not is_addendum(visit.note_type)}
    seen = set()
    out = []
    for visit, _ in visits:
        minutes = tuple(sorted(visit.minutes.items()))  # of the text's figures the sketch knows nothing
        what = (visit.day, visit.provider, visit.visit_id, minutes, visit.sketch)
        if visit.note_id in amended:
            left_out["amended by another note"] += 1
        elif visit.sketch and what in seen:
            left_out["repeated"] += 1
        else:
            seen.add(what)
            out.append(visit)
    return out

"""Episodes: the visits of each patient, put together from a run's results, and what the rules across visits find there.

The visits wait in a database on disk, so that memory holds those of one patient; they come back in order of days
whatever the order of the results, so the findings do not depend on it either.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rehabcoder.audit import spreadsheet
from rehabcoder.billing.edits import day_of
from rehabcoder.billing.profile import DEFAULT
from rehabcoder.rules.across import FindingAcross, Visit, findings


def write_episodes(results: Path, episodes_csv: Path) -> dict[str, Any]:
    """Writes what is found across visits; returns counts of patients, visits, notes left out, and findings by rule.

    Notes without a patient or a date, repeated ones and those that another note amends are left out, and counted.
    """
    left_out: Counter[str] = Counter()
    found: Counter[str] = Counter()
    patients = visits_read = 0
    unfinished = episodes_csv.with_name(episodes_csv.name + ".tmp")
    with (
        TemporaryDirectory(prefix="unfinished-", dir=episodes_csv.parent) as folder,
        unfinished.open("w", encoding="utf-8") as out,
    ):
        out.write(spreadsheet.rows([FindingAcross._fields]))
        for visits in _by_patient(results, Path(folder) / "visits.db", left_out):
            patients += 1
            visits_read += len(visits)
            told = list(findings(visits))
            found.update(finding.rule for finding in told)
            if told:
                out.write(spreadsheet.rows(told))
    unfinished.replace(episodes_csv)
    return {
        "patients": patients,
        "visits": visits_read,
        "left_out": dict(sorted(left_out.items())),
        "findings": dict(sorted(found.items())),
    }


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


def _rows(lines: Any, left_out: Counter[str]) -> Iterator[tuple[str, str, str, str, str]]:
    for line in lines:
        result = json.loads(line)
        day = day_of(result["date_of_service"])
        if result["patient_id"] is None or day is None:
            left_out["no patient or no date"] += 1
            continue
        record = {
            "provider": result["provider"],
            "profile": result["versions"].get("profile", DEFAULT),
            "note_type": result["note_type"] or "",
            "amends": result["amends"],
            "units": {line["code"]: line["units"] for line in result["claim_lines"]},
            "sketch": result["sketch"],
        }
        place = (result["patient_id"], day.isoformat(), result["note_id"], result["source"] or "")
        yield (*place, json.dumps(record))


def _visit(row: tuple[str, str, str, str, str]) -> tuple[Visit, str | None]:
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
    )
    return visit, record["amends"]


def _as_they_stand(visits: list[tuple[Visit, str | None]], left_out: Counter[str]) -> list[Visit]:
    """The visits without those that another note amends, each once."""
    amended = {amends for _, amends in visits if amends}
    seen: set[tuple[date, str | None, tuple[int, ...]]] = set()
    out = []
    for visit, _ in visits:
        what = (visit.day, visit.provider, visit.sketch)
        if visit.note_id in amended:
            left_out["amended by another note"] += 1
        elif visit.sketch and what in seen:
            left_out["repeated"] += 1
        else:
            seen.add(what)
            out.append(visit)
    return out

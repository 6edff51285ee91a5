"""Episodes: results of a run put together by patient, whatever their order."""

from __future__ import annotations

import csv
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rehabcoder.audit.episodes import write_episodes
from rehabcoder.audit.suppressions import Suppression, Suppressions

SKETCH = list(range(1000, 1032))


def result(note: str, day: str | None, patient: str | None = "P1", **fields: Any) -> dict[str, Any]:
    return {
        "note_id": note,
        "patient_id": patient,
        "date_of_service": day,
        "source": f"x.csv row {note[1:]}",
        "provider": "A. Roe",
        "note_type": None,
        "amends": None,
        "versions": {"profile": "generic"},
        "claim_lines": [{"code": "97110", "units": 2, "minutes": 30}],
        "sketch": SKETCH,
        "measures": {},
        "tells_progress": False,
        "visit_id": None,
        "discipline": "PT",
        "claim_check": [],
    } | fields


@pytest.fixture
def run(tmp_path: Path):
    def of(results: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, str]]]:
        (tmp_path / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in results))
        counts = write_episodes(tmp_path / "results.jsonl", tmp_path / "episodes.csv")
        return counts, list(csv.DictReader((tmp_path / "episodes.csv").open(encoding="utf-8")))

    return of


def test_a_copy_is_told_with_its_patient_and_place(run):
    counts, rows = run([result("N1", "2024-03-05"), result("N2", "3/8/2024")])
    assert [(r["rule"], r["patient_id"], r["date_of_service"], r["note_source"]) for r in rows] == [
        ("cloned-note", "P1", "2024-03-08", "x.csv row 2")
    ]
    assert counts == {
        "patients": 1,
        "visits": 2,
        "visits_of_several_notes": 0,
        "left_out": {},
        "findings": {"cloned-note": 1},
    }


def test_other_patients_notes_are_no_copies(run):
    assert run([result("N1", "2024-03-05"), result("N2", "2024-03-08", patient="P2")])[1] == []


def test_what_cannot_be_put_in_order_is_counted(run):
    counts, _ = run([result("N1", None), result("N2", "soon"), result("N3", "2024-03-08", patient=None)])
    assert counts["left_out"] == {"no patient or no date": 3}


def test_an_amended_note_gives_way_and_a_repeated_one_counts_once(run):
    counts, rows = run(
        [
            result("N1", "2024-03-05", sketch=list(range(32))),
            result("N2", "2024-03-05", amends="N1"),
            result("N3", "2024-03-05"),
        ]
    )
    assert rows == []
    assert counts["visits"] == 1
    assert counts["left_out"] == {"amended by another note": 1, "repeated": 1}


@pytest.mark.parametrize("other", [{"claim_lines": [{"code": "97110", "units": 1, "minutes": 15}]}, {"visit_id": "V2"}])
def test_a_second_session_in_the_same_words_is_no_repeated_note(run, other):
    counts, _ = run([result("N1", "2024-03-05"), result("N2", "2024-03-05", **other)])
    assert (counts["visits"], counts["left_out"]) == (2, {})


def test_visits_that_several_notes_tell_and_what_is_suppressed_of_them(tmp_path: Path):
    def session(note: str, patient: str, **fields: Any) -> dict[str, Any]:
        lines = [{"code": "97110", "units": 1, "minutes": 10, "modifiers": [{"code": "GP"}]}]
        claim = [
            {"code": "97110", "billed_units": 1, "verdict": "over"},
            {"code": "97140", "billed_units": None, "verdict": "missing-from-claim"},
        ]
        told = {"claim_lines": lines, "claim_check": claim, "discipline": None, "provider": None, "visit_id": note}
        return result(note, "2024-03-05", patient, **told) | {"sketch": [int(note[1:])]} | fields

    results = [session(f"N{n}", patient) for patient, n in (("P1", 1), ("P1", 2), ("P2", 4), ("P2", 5))]
    results.append(session("N3", "P1", note_type="Addendum", amends="N1", claim_check=[]))
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in results))
    looked_at = Suppression("", "N3", "visit-units", "billed in two sessions", "A. Roe", "2026-11-27", "")
    suppressions = Suppressions([looked_at], date(2026, 11, 27))
    counts = write_episodes(tmp_path / "results.jsonl", tmp_path / "episodes.csv", suppressions)
    told = list(csv.DictReader((tmp_path / "episodes.csv").open(encoding="utf-8")))
    assert [(row["rule"], row["note_id"], row["message"]) for row in told] == [
        ("visit-units", "N5", "the 2 notes of the visit together (N4, N5): 97110: 2 billed, 1 supported")
    ]
    assert (counts["visits_of_several_notes"], counts["findings"]) == (2, {"visit-units": 1})
    assert [row["note_id"] for row in suppressions.summary()["rows"]] == ["N3"]
    visits = list(csv.DictReader((tmp_path / "visits.csv").open(encoding="utf-8")))
    assert [tuple(row.values())[:-1] for row in visits] == [
        ("P1", "2024-03-05", "N1; N2; N3", "97110", "20", "1", "3", "2", "over"),
        ("P2", "2024-03-05", "N4; N5", "97110", "20", "1", "2", "2", "over"),
    ]


def test_the_order_of_the_results_does_not_matter(run):
    results = [result(f"N{n}", f"2024-03-{1 + n:02}", patient=f"P{n % 3}") for n in range(25)]
    in_order = run(results)
    random.Random(1).shuffle(results)
    assert run(results) == in_order
    assert len(in_order[1]) == 22

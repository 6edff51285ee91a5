"""Suppressions: findings that a person set aside, with a reason, out of the worklist and the risk but never lost."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rehabcoder.audit.suppressions import (
    Suppression,
    SuppressionError,
    Suppressions,
    keep_copy,
    kept,
    read_suppressions,
    sentences,
)
from rehabcoder.audit.worklist import risk

TODAY = date(2026, 11, 27)
HEAD = "fingerprint,note_id,rule,reason,who,date,until\n"
BY_FINGERPRINT = Suppression("f1", "", "", "flow sheet has the minutes", "A. Roe", "2026-11-20", "")
BY_NOTE = Suppression("", "N1", "no-response", "seen in the next note", "A. Roe", "2026-11-20", "2026-12-31")


def finding(rule: str, fingerprint: str) -> dict[str, Any]:
    return {"rule": rule, "severity": "high", "fingerprint": fingerprint, "message": "m"}


def result(note: str = "N1", source: str = "x.csv row 2") -> dict[str, Any]:
    return {
        "note_id": note,
        "source": source,
        "date_of_service": "2026-11-01",
        "patient_id": "P1",
        "findings": [finding("units-unsupported", "f1"), finding("no-response", "f2"), finding("no-signature", "f3")],
        "claim_check": [{"code": "97110", "billed_units": 3, "supported_units": 1, "verdict": "over"}],
    }


def test_a_suppressed_finding_has_no_risk_and_is_listed_with_its_reason() -> None:
    suppressions = Suppressions([BY_FINGERPRINT, BY_NOTE], TODAY)
    shown = suppressions.applied(result())
    assert [f["rule"] for f in shown["findings"]] == ["no-signature"]
    assert (risk(result()), risk(shown)) == (25, 5)
    summary = suppressions.summary()
    assert summary["findings"] == {"units-unsupported": 1, "no-response": 1}
    assert [row["reason"] for row in summary["rows"]] == ["flow sheet has the minutes", "seen in the next note"]


def test_other_notes_keep_theirs() -> None:
    assert len(Suppressions([BY_NOTE], TODAY).applied(result("N2"))["findings"]) == 3


def test_a_note_that_is_looked_at_twice_counts_once() -> None:
    suppressions = Suppressions([BY_NOTE], TODAY)
    suppressions.applied(result())
    suppressions.applied(result())
    assert suppressions.summary()["findings"] == {"no-response": 1}


def test_notes_of_one_id_are_listed_each() -> None:
    suppressions = Suppressions([BY_NOTE], TODAY)
    suppressions.applied(result())
    suppressions.applied(result(source="y.csv row 2"))
    assert suppressions.summary()["findings"] == {"no-response": 2}


def test_what_suppresses_nothing_and_what_is_over_is_told() -> None:
    over = BY_NOTE._replace(until="2026-11-26")
    suppressions = Suppressions([BY_FINGERPRINT._replace(fingerprint="f9"), over], TODAY)
    assert len(suppressions.applied(result())["findings"]) == 3
    assert list(sentences(suppressions.summary())) == [
        "No finding here for the suppression of f9",
        "No longer suppressed, its last day is over: no-response of note N1",
    ]


def test_two_entries_for_one_finding_are_told_and_the_first_counts() -> None:
    again, by_note = BY_NOTE._replace(reason="again"), BY_FINGERPRINT._replace(fingerprint="f2")
    suppressions = Suppressions([BY_NOTE, again], TODAY)
    suppressions.applied(result())
    assert [row["reason"] for row in suppressions.summary()["rows"]] == ["seen in the next note"]
    assert "Suppressed twice, the first entry counts: no-response of note N1" in sentences(suppressions.summary())
    suppressions = Suppressions([by_note, BY_NOTE], TODAY)
    suppressions.applied(result())
    assert list(sentences(suppressions.summary()))[1:] == [
        "Suppressed twice, the first entry counts: no-response of note N1"
    ]


@pytest.mark.parametrize("written", ["-D1", "'-D1"])
def test_an_id_may_be_written_as_the_worklist_shows_it(written: str) -> None:
    suppressions = Suppressions([BY_NOTE._replace(note_id=written)], TODAY)
    assert len(suppressions.applied(result("-D1"))["findings"]) == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_as_spreadsheets_write_it(tmp_path: Path, delimiter: str) -> None:
    rows = ["", HEAD.strip(), "", "f1,,,flow sheet has the minutes,A. Roe,2026-11-20,", ",,,,,,", ""]
    (tmp_path / "s.csv").write_text("\ufeff" + "\r\n".join(rows).replace(",", delimiter), newline="")
    assert read_suppressions(tmp_path / "s.csv") == [BY_FINGERPRINT]


def test_the_last_day_still_counts() -> None:
    assert not Suppressions([BY_NOTE._replace(until="2026-11-27")], TODAY).expired


def test_a_disk_that_is_full_leaves_the_copy_that_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.csv").write_text(HEAD + "f1,,,flow sheet has the minutes,A. Roe,2026-11-20,\n")
    (tmp_path / "s.toml").write_text("")
    run = tmp_path / "run"
    run.mkdir()
    keep_copy(tmp_path / "s.csv", run)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    for name in ("s.csv", "s.toml"):
        with monkeypatch.context() as disk, pytest.raises(OSError):
            disk.setattr(Path, "write_bytes", full)
            keep_copy(tmp_path / name, run)
        assert kept(run) == [BY_FINGERPRINT]


def test_csv_and_toml_say_the_same(tmp_path: Path) -> None:
    table, toml = tmp_path / "s.csv", tmp_path / "s.toml"
    table.write_text(HEAD + "f1,,,flow sheet has the minutes,A. Roe,2026-11-20,\n")
    toml.write_text(
        '[[suppression]]\nfingerprint = "f1"\n'
        'reason = "flow sheet has the minutes"\nwho = "A. Roe"\ndate = 2026-11-20\n'
    )
    assert read_suppressions(table) == read_suppressions(toml) == [BY_FINGERPRINT]


@pytest.mark.parametrize(
    "row, message",
    [
        ("f1,,,,A. Roe,2026-11-20,", "s.csv, suppression 1, field reason: empty"),
        (",N1,,why,A. Roe,2026-11-20,", "s.csv, suppression 1, field fingerprint: empty, and no note_id with a rule"),
        ("f1,,,why, and more,A. Roe,2026-11-20,,", "s.csv, suppression 1: more cells than the head"),
        ("f1,,,why,A. Roe,20 Nov,", "s.csv, suppression 1, field date: not a day; write it like 2024-08-01"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_by_row_and_field(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "s.csv").write_text(HEAD + row + "\n")
    with pytest.raises(SuppressionError, match=message):
        read_suppressions(tmp_path / "s.csv")


@pytest.mark.parametrize(
    "name, content",
    [
        ("s.csv", ""),
        ("s.csv", HEAD),
        ("s.csv", '{"fingerprint": "f1", "reason": "seen", "who": "A. Roe", "date": "2026-11-20"}'),
        ("s.csv", "\x01\x02"),
        ("s.toml", ""),
        ("s.toml", '[[supression]]\nfingerprint = "f1"\nreason = "seen"\nwho = "A. Roe"\ndate = 2026-11-20\n'),
    ],
)
def test_a_file_that_says_nothing_is_no_file_of_suppressions(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SuppressionError, match=f"{name}: no suppression stands in it"):
        read_suppressions(tmp_path / name)


def test_the_run_directory_keeps_the_file_for_the_next_audit(tmp_path: Path) -> None:
    file, run = tmp_path / "mine.csv", tmp_path / "run"
    run.mkdir()
    file.write_text(HEAD + ",N1,no-response,seen in the next note,A. Roe,2026-11-20,2026-12-31\n")
    keep_copy(file, run)
    assert kept(run) == [BY_NOTE]
    suppressions = Suppressions(kept(run), TODAY)
    suppressions.applied(result())
    suppressions.write(run / "suppressed.csv")
    [row] = csv.DictReader((run / "suppressed.csv").open(encoding="utf-8"))
    assert (row["note_id"], row["rule"], row["reason"]) == ("N1", "no-response", "seen in the next note")
    keep_copy(None, run)
    assert kept(run) == []

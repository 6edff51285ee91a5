"""``rehabcoder batch``: exit codes, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import rehabcoder
from rehabcoder.cli import main

GOOD = '{"id": "A-1", "text": "massage to R UT x 15 min", "billed": "97124x3"}\n'
BAD = '{"id": "A-2", "text": ""}\n'


@pytest.fixture(autouse=True)
def coder(monkeypatch: pytest.MonkeyPatch, stand_in: Any) -> None:
    monkeypatch.setattr(rehabcoder, "load", stand_in)


def run_on(tmp_path: Path, content: str, *options: Any) -> Result:
    (tmp_path / "x.jsonl").write_text(content)
    arguments = ["batch", str(tmp_path / "x.jsonl"), "--out", str(tmp_path / "out"), "--workers", "1", *options]
    return CliRunner().invoke(main, arguments)


def test_done(tmp_path: Path) -> None:
    result = run_on(tmp_path, GOOD)
    assert result.exit_code == 0
    assert "97124: 1 notes, 15 min, 1 units" in result.output
    assert "Billed 3 units on 1 notes: 2 over" in result.output
    assert "15  A-1: Massage stands alone" in result.output
    assert str(tmp_path / "out" / "report.html") in result.output


def test_a_dry_run_says_what_would_be_read(tmp_path: Path) -> None:
    result = run_on(tmp_path, GOOD + BAD, "--dry-run")
    assert result.exit_code == 1
    assert "Would code 1 notes and set 1 records aside" in result.output
    assert "x.jsonl line 2, field text: missing or empty" in result.output
    assert not (tmp_path / "out").exists()


def test_a_suppressed_finding_is_counted_and_no_risk(tmp_path: Path) -> None:
    file = tmp_path / "looked-at.csv"
    file.write_text(
        "note_id,rule,fingerprint,reason,who,date\n"
        "A-1,massage-standalone,,exercise is in the flow sheet,A. Roe,2026-11-20\n"
        ",,0123456789abcdef,seen,A. Roe,2026-11-20\n"
    )
    result = run_on(tmp_path, GOOD, "--suppressions", str(file))
    assert "10  A-1" in result.output
    assert "Suppressed: 1 findings (massage-standalone 1), see suppressed.csv" in result.output
    assert "No finding here for the suppression of 0123456789abcdef" in result.output
    out = tmp_path / "out"
    assert "exercise is in the flow sheet" in (out / "suppressed.csv").read_text()
    assert "exercise is in the flow sheet" in (out / "report.html").read_text()
    assert json.loads((out / "run.json").read_text())["suppressed"] == {"massage-standalone": 1}
    assert "Suppressed: 1 findings" in CliRunner().invoke(main, ["audit", str(out)]).output
    assert "Suppressed" not in run_on(tmp_path, GOOD).output
    assert not (out / "suppressed.csv").exists()


def test_a_suppression_without_a_reason_ends_it(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("fingerprint,who,date\nf1,A. Roe,2026-11-20\n")
    result = run_on(tmp_path, GOOD, "--suppressions", str(tmp_path / "s.csv"))
    assert result.exit_code == 2
    assert "s.csv, suppression 1, field reason: empty" in result.stderr


def test_claims_from_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "charges.csv").write_text("visit,cpt,units\nA,97124,3\nB,97110,1\n")
    note = '{"id": "A-1", "visit_id": "A", "text": "massage to R UT x 15 min"}\n'
    result = run_on(tmp_path, note, "--claims", str(tmp_path / "charges.csv"), "--workers", "2")
    assert result.exit_code == 0
    assert "Billed 3 units on 1 notes: 2 over" in result.output
    assert "Claims: 2 lines of 2 visits, 1 of them without a note here" in result.output
    facts = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (facts["claims"]["name"], facts["claims"]["on"]) == ("charges.csv", ["visit_id"])
    again = run_on(tmp_path, note, "--claims", str(tmp_path / "charges.csv"))
    assert "Billed 3 units on 1 notes: 2 over" in again.output


@pytest.mark.parametrize(("allowed", "exit_code"), [("100%", 1), ("50%", 1), ("1", 1), ("49%", 3), ("0", 3), ("0%", 3)])
def test_some_records_set_aside(tmp_path: Path, allowed: str, exit_code: int) -> None:
    result = run_on(tmp_path, GOOD + BAD, "--max-bad", allowed)
    assert result.exit_code == exit_code
    assert "Set aside: 1 records (no-text 1)" in result.output


def test_nothing_readable_is_one_line(tmp_path: Path) -> None:
    result = run_on(tmp_path, "")
    assert result.exit_code == 2
    assert result.stderr == "Error: x.jsonl: the file is empty\n"


def test_an_export_of_bad_records_only_is_not_done(tmp_path: Path) -> None:
    result = run_on(tmp_path, BAD * 2)
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: no note could be read; set aside: no-text 2, see ")
    assert (tmp_path / "out" / "quarantine.csv").read_text().count("no-text") == 2


def test_a_payer_without_a_profile(tmp_path: Path) -> None:
    result = run_on(tmp_path, GOOD, "--payer", "medicrae")
    assert result.exit_code == 2
    assert "no profile for medicrae; known are " in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("results.jsonl", b'{"note_id": "A-1", "serv', "results.jsonl, line 1: not a whole result record"),
        ("results.jsonl", b"{}\n", "results.jsonl, line 1: not a whole result record"),
        ("run.json", b"{\n broken", "run.json, line 2: not JSON"),
        ("run.json", b"[]", "run.json, line 1: not one JSON object"),
        ("run.json", b"\xff", "run.json, line 1: not JSON"),
        ("notes.jsonl", b'{"source": "x"}\n', "notes.jsonl, line 1: not a note's source and text"),
    ],
)
def test_audit_of_a_damaged_run(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    run_on(tmp_path, GOOD)
    (tmp_path / "out" / name).write_bytes(content)
    result = CliRunner().invoke(main, ["audit", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.pop("measures"), "not a whole result record; run the batch again"),
        (lambda record: record["versions"].update(profile="lakeside"), "no profile for lakeside; run the batch again"),
    ],
)
def test_audit_of_an_old_run_changes_nothing(tmp_path: Path, change: Any, said: str) -> None:
    run_on(tmp_path, GOOD.replace('"id"', '"patient_id": "P1", "date_of_service": "2024-03-04", "id"'))
    out = tmp_path / "out"
    record = json.loads((out / "results.jsonl").read_text())
    change(record)
    (out / "results.jsonl").write_text(json.dumps(record) + "\n")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    result = CliRunner().invoke(main, ["audit", str(out), "--limit", "0"])
    assert (result.exit_code, result.stderr) == (2, f"Error: results.jsonl, line 1: {said}\n")
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "options",
    [["--columns", "text"], ["--columns", "txt=A"], ["--columns", "text=A"]]
    + [["--max-bad", bad] for bad in ("few", "nan%", "inf", "-1", "-0.5%", "1%%")],
)
def test_usage(tmp_path: Path, options: list[str]) -> None:
    assert run_on(tmp_path, GOOD, *options).exit_code == 2


def dated(day: str | None) -> str:
    return GOOD.replace('"A-1"', f'"A-{day}", "date_of_service": "{day}"') if day else GOOD


def test_notes_of_earlier_days_can_be_left_out(tmp_path: Path) -> None:
    content = dated("2024-03-04") + dated("3/5/2024") + dated(None)
    result = run_on(tmp_path, content, "--since", "2024-03-05")
    assert result.exit_code == 0
    assert "2 notes, 2 with a therapy code" in result.output
    assert "Left out by --since: 1 notes" in result.output
    assert run_on(tmp_path, content, "--since", "soon").exit_code == 2
    assert run_on(tmp_path, dated("2024-03-04"), "--since", "2024-03-05").exit_code == 0


def test_what_was_set_aside_is_listed_by_reason(tmp_path: Path) -> None:
    run_on(tmp_path, GOOD + BAD + "{\n" + BAD)
    listed = CliRunner().invoke(main, ["quarantine", "list", str(tmp_path / "out")]).output
    assert listed.splitlines()[:2] == [
        "2 no-text: a row or a document has no note text",
        "1 bad-json: a line is not one JSON object",
    ]
    assert "x.jsonl line 3" in listed
    only = CliRunner().invoke(main, ["quarantine", "list", str(tmp_path / "out"), "--code", "bad-json"]).output
    assert "no-text" not in only and "1 bad-json" in only
    none = CliRunner().invoke(main, ["quarantine", "list", str(tmp_path / "out"), "--code", "nul-bytes"]).output
    assert none == "No record with this code: nul-bytes\n"


def test_nothing_set_aside_and_no_run(tmp_path: Path) -> None:
    run_on(tmp_path, GOOD)
    assert CliRunner().invoke(main, ["quarantine", "list", str(tmp_path / "out")]).output == "Nothing was set aside.\n"
    assert CliRunner().invoke(main, ["quarantine", "list", str(tmp_path)]).exit_code == 2

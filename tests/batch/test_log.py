"""The log of a run: what happened, in numbers and hashes."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from rehabcoder.batch.log import LOG_FILE, SALT_FILE, SALT_VARIABLE, Log
from rehabcoder.batch.run import run
from rehabcoder.exports import ExportError


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.jsonl"
    path.write_text('{"id": "N1", "text": "massage x 15 min"}\n{"id": "N2", "text": ""}\n')
    return path


def log_of(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / LOG_FILE).read_text().splitlines()]


def test_a_run_is_told_from_start_to_end(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    start, bad, part, end = log_of(tmp_path / "out")
    assert [event["event"] for event in (start, bad, part, end)] == ["start", "bad", "part", "end"]
    assert (start["inputs"], start["workers"], start["versions"]) == (1, 1, stand_in.versions)
    assert (bad["code"], bad["stage"]) == ("no-text", "reading")
    assert (part["notes"], part["bad"], part["reused"]) == (1, 1, False) and part["seconds"] >= 0
    assert end["counts"] == {"in": 2, "ok": 1, "quarantined": 1, "skipped": 0} and end["quarantine"] == {"no-text": 1}
    assert len({event["run"] for event in log_of(tmp_path / "out")}) == 1


def test_runs_follow_each_other(stand_in: Any, export: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run(stand_in(), [export], tmp_path / "out")
    parts = [event for event in log_of(tmp_path / "out") if event["event"] == "part"]
    assert [part["reused"] for part in parts] == [False, True]
    assert len({event["run"] for event in log_of(tmp_path / "out")}) == 2


def test_a_run_that_ends_early_is_told_by_its_code(stand_in: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        run(stand_in(), [tmp_path / "missing.csv"], tmp_path / "out")
    failed = log_of(tmp_path / "out")[-1]
    assert (failed["event"], failed["error"], failed["code"]) == ("failed", "ExportError", "missing-file")


def test_hashes_belong_to_the_directory_unless_a_salt_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    hashed = Log(one).hashed("N1")
    assert hashed == Log(one).hashed("N1") != Log(one).hashed("N2")
    assert hashed != Log(other).hashed("N1")
    assert (one / SALT_FILE).stat().st_mode & 0o077 == 0
    monkeypatch.setenv(SALT_VARIABLE, "of the clinic group")
    assert Log(one).hashed("N1") == Log(other).hashed("N1") != hashed


@pytest.mark.parametrize("cut", ["", '{"time": "2024-', '{"time": "2024-' + "x" * 200_000])
def test_a_line_that_was_cut_short_is_taken_away(tmp_path: Path, cut: str) -> None:
    (tmp_path / LOG_FILE).write_text(cut)
    for _ in range(2):
        Log(tmp_path).tell("start")
        with (tmp_path / LOG_FILE).open("a") as file:
            file.write(cut)
    Log(tmp_path).tell("end")
    assert [event["event"] for event in log_of(tmp_path)] == ["start", "start", "end"]


def test_of_a_long_log_only_the_end_is_read(tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).write_bytes(b'{"event": "part"}\n' * 1_000_000)
    tracemalloc.start()
    Log(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
    assert (tmp_path / LOG_FILE).stat().st_size == 18_000_000

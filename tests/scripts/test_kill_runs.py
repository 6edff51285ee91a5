"""Runs that are killed at random moments, in short: a stand-in codes, a few runs, a fixed seed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kill_runs
from rehabcoder.batch import run as batch_run
from rehabcoder.batch.run import Settings, run
from rehabcoder.records import Result


class Slow:
    """Reads nothing in a note, slowly."""

    versions = {"model": "slow"}
    payer = None

    def pipe(self, notes: Any) -> Iterator[Result]:
        for note in notes:
            time.sleep(0.002)
            yield Result(note, review={"needed": False, "reasons": []})


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "CHUNK", 10)


def test_the_output_is_that_of_an_undisturbed_run(tmp_path: Path) -> None:
    export, claims = tmp_path / "export.csv", tmp_path / "charges.csv"
    kill_runs.make_export(export, claims, 200)
    told = kill_runs.kill_runs(Slow(), [export], tmp_path, Settings(claims=claims), runs=3, seed=1)
    assert (told["runs"], told["different"]) == (3, 0)
    assert told["kills"] >= 3


def test_runs_that_all_fail_are_not_taken_for_runs_that_end_alike(tmp_path: Path) -> None:
    with pytest.raises(kill_runs.RunFailed, match="exit code 1"):
        kill_runs.kill_runs(Slow(), [tmp_path / "missing.csv"], tmp_path, Settings(), runs=1, seed=1)


def test_what_a_killed_run_left_would_be_told(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"text": "massage"}\n')
    for out in ("one", "other"):
        run(Slow(), [tmp_path / "x.jsonl"], tmp_path / out)
    assert kill_runs.files(tmp_path / "one") == kill_runs.files(tmp_path / "other")
    (tmp_path / "other" / "unfinished-1").mkdir()
    assert kill_runs.files(tmp_path / "one") != kill_runs.files(tmp_path / "other")
    (tmp_path / "other" / "unfinished-1").rmdir()
    facts = json.loads((tmp_path / "other" / "run.json").read_text())
    (tmp_path / "other" / "run.json").write_text(json.dumps(facts | {"counts": {"ok": 2}}))
    assert kill_runs.files(tmp_path / "one") != kill_runs.files(tmp_path / "other")

"""The lock of a run directory: of two commands that write there, the second one ends at once and changes nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import rehabcoder
from rehabcoder.audit.lock import locked
from rehabcoder.cli import main
from rehabcoder.records import Result

NOTES = '{"id": "A-1", "text": "massage"}\n{"id": "A-2", "text": ""}\n'


class ReadsNothing:
    versions = {"model": "reads nothing"}
    payer = None

    def __init__(self, payer: str | None = None) -> None:
        pass

    def pipe(self, notes: Any) -> Iterator[Result]:
        for note in notes:
            yield Result(note, review={"needed": False, "reasons": []})


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a run that is over."""
    monkeypatch.setattr(rehabcoder, "load", ReadsNothing)
    (tmp_path / "x.jsonl").write_text(NOTES)
    assert call("batch", tmp_path / "x.jsonl", "--out", tmp_path / "out") == (1, "")
    return tmp_path / "out"


def call(*arguments: Any) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.stderr


@contextmanager
def another_command_in(directory: Path) -> Iterator[None]:
    """Another process holds the lock; a child that outlives it, as a worker may for a moment, does not."""
    reader, writer = os.pipe()

    def hold() -> None:
        with locked(directory):
            child = os.fork()
            if child:
                os.write(writer, child.to_bytes(4))
            time.sleep(60)

    process = multiprocessing.get_context("fork").Process(target=hold)
    process.start()
    child = int.from_bytes(os.read(reader, 4))
    try:
        yield
        process.kill()
        process.join()
        assert call("audit", directory)[0] == 0
    finally:
        process.kill()
        os.kill(child, signal.SIGKILL)


def test_a_second_command_ends_at_once_and_changes_nothing(out: Path) -> None:
    unfinished = out / "results.jsonl.tmp"
    unfinished.write_text("what the first command is at")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    said = (2, f"Error: {out}: another command is at work there; wait for its end\n")
    with another_command_in(out):
        assert call("batch", out.parent / "x.jsonl", "--out", out) == said
        assert call("audit", out) == said
        assert call("quarantine", "retry", out) == said
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert call("batch", out.parent / "x.jsonl", "--out", out) == (1, "")
    assert not unfinished.exists()

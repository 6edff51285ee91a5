"""Runs killed at random moments (kill -9) and started again: is the final output that of an undisturbed run?

usage: python scripts/kill_runs.py [--runs 50] [--notes 870] [--seed 1]

The export is demo/export.csv, repeated under other ids, with a bad row here and there and a table of charge lines. Each
run has one to three processes and is killed one to three times, each time at a moment drawn from the time that an
undisturbed run takes; then it is left to end. All files of the run directory are compared byte by byte, ``run.json``
without the entries that tell of the run itself; the log is not compared. Exit code 1 where any differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import rehabcoder
from rehabcoder.batch import run as batch_run
from rehabcoder.batch.log import LOG_FILE, SALT_FILE
from rehabcoder.batch.run import Settings, run
from rehabcoder.batch.workers import CodesNotes

DEMO = Path(__file__).resolve().parent.parent / "demo" / "export.csv"
#: Notes of a chunk: fewer than usual, so that a short run has many parts.
CHUNK = 25
#: What of ``run.json`` tells of the run itself.
OF_THE_RUN = ("seconds", "notes_per_second", "parts", "workers")


class RunFailed(RuntimeError):
    """A run that was not killed failed: there is nothing to compare."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--notes", type=int, default=870)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    batch_run.CHUNK = CHUNK
    with TemporaryDirectory() as folder:
        export, claims = Path(folder) / "export.csv", Path(folder) / "charges.csv"
        make_export(export, claims, options.notes)
        started = time.monotonic()
        told = kill_runs(rehabcoder.load(), [export], Path(folder), Settings(claims=claims), options.runs, options.seed)
        print(f"{options.notes} notes, {told['runs']} runs in {time.monotonic() - started:.0f} s, seed {options.seed}")
    print(f"kills: {told['kills']}, {told['while coding']} while notes were coded, {told['while writing']} after that")
    print(f"runs whose output differs from the undisturbed one: {told['different']}")
    sys.exit(1 if told["different"] else 0)


def kill_runs(
    coder: CodesNotes, inputs: Sequence[Path], folder: Path, settings: Settings, runs: int, seed: int
) -> Counter[str]:
    """Counts of runs, of kills (while coding, while writing: when all parts were there) and of different outputs."""
    draw = Random(seed)
    started = time.monotonic()
    _to_its_end(_run(coder, inputs, folder / "undisturbed", replace(settings, workers=2)))
    seconds = time.monotonic() - started
    expected = files(folder / "undisturbed")
    if "results.jsonl" not in expected:
        raise RunFailed("the undisturbed run left no results")
    all_parts = sum(name.startswith("parts/") for name in expected)
    told: Counter[str] = Counter()
    for number in range(runs):
        out = folder / f"run-{number}"
        for _ in range(draw.randint(1, 3)):
            process = _run(coder, inputs, out, replace(settings, workers=draw.randint(1, 3)))
            process.join(draw.uniform(0, seconds))
            if process.is_alive():
                parts = len(list(out.glob("parts/*.json")))
                process.kill()
                told.update(["kills", "while coding" if parts < all_parts else "while writing"])
            process.join()
        _to_its_end(_run(coder, inputs, out, replace(settings, workers=draw.randint(1, 3))))
        told.update(["runs"] + ["different"] * (files(out) != expected))
    return told


def _to_its_end(process: multiprocessing.process.BaseProcess) -> None:
    process.join()
    if process.exitcode:
        raise RunFailed(f"a run that was left to end came to exit code {process.exitcode}")


def files(directory: Path) -> dict[str, bytes]:
    """Every file and folder below a run directory by its path there; of ``run.json`` what does not tell of the run."""
    found = {}
    for path in directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        if path.name == "run.json":
            facts = json.loads(content)
            content = json.dumps({name: facts[name] for name in facts if name not in OF_THE_RUN}).encode()
        found[path.relative_to(directory).as_posix()] = content
    return {name: content for name, content in found.items() if name not in (LOG_FILE, SALT_FILE)}


def make_export(export: Path, claims: Path, notes: int) -> None:
    """The demo export, repeated, every fiftieth note without text; charges of its visits, every tenth unreadable."""
    with DEMO.open(encoding="utf-8", newline="") as file:
        demo = list(csv.DictReader(file))
    with export.open("w", encoding="utf-8", newline="") as out, claims.open("w", encoding="utf-8") as lines:
        table = csv.DictWriter(out, demo[0])
        table.writeheader()
        lines.write("visit_id,code,units\n")
        for number in range(notes):
            row = dict(demo[number % len(demo)])
            for name in ("Note ID", "Visit ID", "Patient ID"):
                row[name] += f"-{number // len(demo)}"
            if number % 50 == 49:
                row["Note Text"] = ""
            table.writerow(row)
            lines.write(f"{row['Visit ID']},97140,{'many' if number % 10 == 9 else 1}\n")


def _run(
    coder: CodesNotes, inputs: Sequence[Path], out: Path, settings: Settings
) -> multiprocessing.process.BaseProcess:
    """A run in a process of its own, with a coder that is loaded already: kills meet the run and not its loading."""
    process = multiprocessing.get_context("fork").Process(target=run, args=(coder, inputs, out, settings))
    process.start()
    return process


if __name__ == "__main__":
    main()

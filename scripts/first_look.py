"""The first look: scores a set of notes that nobody has looked at, once, with the committed model.

usage: python scripts/first_look.py SET      (SET is the name of a file in training_data/first_look, such as look-1)

A figure on unseen notes is honest once. So this refuses where the set was scored before, where the set is not
committed, or where the tree has changes that are not: the row that it appends to training_data/first_look.csv names
the commit, and whoever checks that commit out gets the same figures. Only figures are shown, no misses.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rehabcoder
from rehabcoder.evaluation import Figures, evaluate

ROOT = Path(__file__).resolve().parent.parent
SETS = Path("training_data/first_look")
RECORD = Path("training_data/first_look.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", metavar="SET")
    name = parser.parse_args().set
    if reason := refusal(ROOT, name):
        sys.exit(f"{name} is not scored: {reason}")
    gold = [
        json.loads(line) for line in (ROOT / SETS / f"{name}.jsonl").read_text("utf-8").splitlines() if line.strip()
    ]
    coder = rehabcoder.load()
    figures = evaluate(gold, [result.to_dict() for result in coder.pipe(gold)])
    row = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "set": name,
        "commit": git(ROOT, "rev-parse", "HEAD"),
        "model": coder.model.version,
        "notes": figures.notes,
        **flat(figures),
    }
    append(ROOT / RECORD, row)
    for field, value in row.items():
        print(f"{field:32s} {value}")


def refusal(root: Path, name: str) -> str | None:
    """Why a set must not be scored now; None where it may be."""
    if name in (row["set"] for row in rows(root / RECORD)):
        return "it was scored before"
    if not git(root, "ls-files", "--", str(SETS / f"{name}.jsonl")):
        return "there is no such committed set"
    # The record itself may have grown by another set's row.
    if git(root, "status", "--porcelain", "--", ".", f":!{RECORD}"):
        return "the tree has changes that are not committed"
    return None


def rows(record: Path) -> list[dict[str, str]]:
    """The first looks so far."""
    if not record.exists():
        return []
    with record.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def append(record: Path, row: dict[str, Any]) -> None:
    """Add a row; figures that came later than the record's first row get columns of their own."""
    every_row = [*rows(record), row]
    columns = list(dict.fromkeys(column for each in every_row for column in each))
    with record.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(every_row)


def flat(figures: Figures) -> dict[str, str]:
    """Every score, the exact code set with its interval."""
    out = {name: f"{figure.value:.3f}" for name, figure in figures.scores.items()}
    exact = figures.scores["code_set_exact"]
    return {"code_set_exact_low": f"{exact.low:.3f}", "code_set_exact_high": f"{exact.high:.3f}", **out}


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()

"""How right each rule is on gold notes: nlp/rehabcoder/rules/measured.csv, which `rehabcoder rules ID` shows.

usage: python scripts/measure_rules.py [--cv out/cv]

Two sets: the corpus, each note read by a model that has seen no note of its voice (the last `make evaluate`), and the
first-look sets, notes of fresh authors that no model was trained on (read here with the shipped model; their misses
were read after the first score, so the figures of training_data/first_look.csv are the unspoilt ones).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import rehabcoder
from rehabcoder.evaluation import wilson
from rehabcoder.vocabulary import NOTE_FINDINGS

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / "nlp" / "rehabcoder" / "rules" / "measured.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cv", type=Path, default=ROOT / "out" / "cv")
    options = parser.parse_args()
    looks = [note for path in sorted((ROOT / "training_data" / "first_look").glob("*.jsonl")) for note in records(path)]
    results = [result.to_dict() for result in rehabcoder.load().pipe(looks)]
    rows = [
        *rows_of("corpus, voice unseen", records(options.cv / "gold.jsonl"), records(options.cv / "results.jsonl")),
        *rows_of("first looks", looks, results),
    ]
    table = pd.DataFrame(rows)
    table.to_csv(MEASURED, index=False)
    print(table.to_string(index=False))


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows_of(name: str, gold: Iterable[dict[str, Any]], results: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row a rule: notes that raise it, that should, that do both; precision and recall with their 95 % intervals."""
    raised: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    both: Counter[str] = Counter()
    found = {result["note_id"]: {finding["rule"] for finding in result["findings"]} for result in results}
    for note in gold:
        should, does = set(note["flags"]), found[note["id"]]
        raised.update(does)
        expected.update(should)
        both.update(should & does)
    for rule in NOTE_FINDINGS:
        row: dict[str, Any] = {"rule": rule, "notes": name, "raised": raised[rule], "expected": expected[rule]}
        row["right"] = both[rule]
        for figure, n in (("precision", raised[rule]), ("recall", expected[rule])):
            share = both[rule] / n if n else float("nan")
            low, high = wilson(share, n) if n else (float("nan"), float("nan"))
            row |= {figure: round(share, 2), f"{figure}_low": round(low, 2), f"{figure}_high": round(high, 2)}
        yield row


if __name__ == "__main__":
    main()

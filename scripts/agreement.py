"""How far two people agree: a second, blind annotation of gold notes against the gold.

usage: python scripts/agreement.py [SECOND.jsonl] [--write]      (default: training_data/second_annotation.jsonl)

The second annotation has gold records (annotation guide, section 7) under the ids of gold notes. It is scored as if it
were a result of the product, by ``rehabcoder.evaluation``, so agreement and the product's figures can be compared.
Findings and target codes also get Cohen's kappa over notes. Prints the table; the interval is evaluation's 95 %, kappa
is left empty where neither annotator ever used the label.

With --write it also writes training_data/agreement.csv. The committed one is of the gold before the disagreements were
resolved (training_data/resolved_disagreements.csv); the gold has since been corrected by this very annotation, so
figures of now are no longer of two blind annotations.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rehabcoder.coding.gold import quote_spans
from rehabcoder.coding.train import notes_in
from rehabcoder.evaluation import evaluate
from rehabcoder.vocabulary import NOTE_FINDINGS, TARGET_CODES

DATA = Path(__file__).resolve().parent.parent / "training_data"
Gold = Mapping[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("second", nargs="?", type=Path, default=DATA / "second_annotation.jsonl")
    parser.add_argument("--write", action="store_true", help="overwrite training_data/agreement.csv")
    options = parser.parse_args()
    second = [json.loads(line) for line in options.second.read_text(encoding="utf-8").splitlines() if line.strip()]
    by_id = {note["id"]: note for note in notes_in(DATA / "notes")}
    if strangers := [note["id"] for note in second if note["id"] not in by_id]:
        sys.exit(f"no gold note has the id {strangers[0]}")
    table = pd.DataFrame(agreement([by_id[note["id"]] for note in second], second)).round(3)
    if options.write:
        table.to_csv(DATA / "agreement.csv", index=False)
    print(table.to_string(index=False, na_rep=""))


def agreement(gold: Sequence[Gold], second: Sequence[Gold]) -> Iterator[dict[str, Any]]:
    """One row a figure: its name, value, interval, number of cases, and kappa where it is about a label of notes."""
    results = [as_result(other, note["text"]) for note, other in zip(gold, second, strict=True)]
    figures = evaluate([dict(note) for note in gold], results)
    both = list(zip(gold, second, strict=True))
    for name, figure in figures.scores.items():
        yield {"figure": name, **figure._asdict()}
    for total in ("total_timed_minutes", "total_treatment_minutes"):
        yield {"figure": f"{total}_exact", "value": share(a[total] == b[total] for a, b in both), "n": len(both)}
    for code in TARGET_CODES:
        pairs = [(code in codes(a), code in codes(b)) for a, b in both]
        yield {"figure": f"code {code}", "value": f1(pairs), "n": sum(a for a, _ in pairs), "kappa": kappa(pairs)}
    every_pair = []
    for finding in NOTE_FINDINGS:
        pairs = [(finding in a["flags"], finding in b["flags"]) for a, b in both]
        every_pair += pairs
        yield {"figure": f"flag {finding}", "value": f1(pairs), "n": sum(a for a, _ in pairs), "kappa": kappa(pairs)}
    yield {
        "figure": "flags together",
        "value": f1(every_pair),
        "n": sum(a for a, _ in every_pair),
        "kappa": kappa(every_pair),
    }


def as_result(annotation: Gold, text: str) -> dict[str, Any]:
    """An annotation in the shape of a result record, as far as evaluation looks at it."""
    targets = [service for service in annotation["services"] if service["code"] in TARGET_CODES]
    return {
        "note_id": annotation["id"],
        "services": [
            {**service, "evidence": [{"start": s.start, "end": s.end} for s in quote_spans(text, service["quotes"])]}
            for service in annotation["services"]
        ],
        "claim_lines": [{"code": code, "units": units} for code, units in (annotation["units"] or {}).items()],
        "primary_code": max(targets, key=lambda s: s["minutes"] or 0)["code"] if targets else None,
        "findings": [{"rule": flag} for flag in annotation["flags"]],
    }


def codes(annotation: Gold) -> set[str]:
    return {service["code"] for service in annotation["services"]}


def share(cases: Iterable[bool]) -> float:
    """The share of cases that hold."""
    answers = list(cases)
    return sum(answers) / len(answers)


def f1(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Twice what both gave over all that either gave; None where neither gave anything."""
    given = sum(a + b for a, b in pairs)
    return 2 * sum(a and b for a, b in pairs) / given if given else None


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two yes-or-no annotators; None where chance alone explains full agreement."""
    first, second = share(a for a, _ in pairs), share(b for _, b in pairs)
    by_chance = first * second + (1 - first) * (1 - second)
    return (share(a == b for a, b in pairs) - by_chance) / (1 - by_chance) if by_chance < 1 else None


if __name__ == "__main__":
    main()

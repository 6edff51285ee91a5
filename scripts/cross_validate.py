"""Grouped cross-validation by voice: every note is read by a model that has seen no note of its voice.

usage: python scripts/cross_validate.py [--folds 6] [--reuse] [--no-lexicon] [--out out/cv]

Writes gold.jsonl and results.jsonl to the out folder and prints the figures of `rehabcoder evaluate` on them.
--reuse keeps the fold models of the last run: right while only assembly, billing or rules have changed.
"""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from rehabcoder.coder import Coder
from rehabcoder.coding import train
from rehabcoder.coding.model import Model, load_model, save_model

ROOT = Path(__file__).resolve().parent.parent


def fold_model(folder: Path, examples: train.Examples | None, held_out: set[str]) -> Model:
    """The model of one fold: trained on all other voices, or kept from the last run."""
    if examples is None:
        return load_model(folder)
    model = train.fit_calibrated(examples.of(set(examples.group) - held_out), "fold", n_folds=2)
    save_model(model, folder, {"held_out": sorted(held_out)})
    return model


def fold_results(
    notes: list[dict[str, Any]], examples: train.Examples | None, held_out: set[str], folder: Path, use_lexicon: bool
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The notes of the voices held out, each with the result record that the fold's model gives."""
    if examples is None:
        held_out = set(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["held_out"])
    coder = Coder(fold_model(folder, examples, held_out), use_lexicon=use_lexicon)
    own = [n for n in notes if n["voice"] in held_out]
    return [(note, result.to_dict()) for note, result in zip(own, coder.pipe(own), strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=6)
    parser.add_argument("--reuse", action="store_true")
    parser.add_argument("--no-lexicon", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "cv")
    options = parser.parse_args()
    notes = list(train.notes_in(ROOT / "training_data" / "notes"))
    examples = None if options.reuse else train.examples_of(notes)
    options.out.mkdir(parents=True, exist_ok=True)
    gold_path, results_path = options.out / "gold.jsonl", options.out / "results.jsonl"
    folds = train.folds((n["voice"] for n in notes), options.folds)
    read = Parallel(n_jobs=-1)(
        delayed(fold_results)(notes, examples, held_out, options.out / f"fold-{k}", not options.no_lexicon)
        for k, held_out in enumerate(folds)
    )
    with gold_path.open("w", encoding="utf-8") as gold, results_path.open("w", encoding="utf-8") as results:
        for note, result in chain.from_iterable(read):
            gold.write(json.dumps(note, ensure_ascii=False) + "\n")
            results.write(json.dumps(result, ensure_ascii=False) + "\n")
    print(f"wrote {gold_path} and {results_path}")


if __name__ == "__main__":
    main()

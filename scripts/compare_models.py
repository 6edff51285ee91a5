"""Models for the code of a statement, compared by grouped cross-validation by voice.

usage: python scripts/compare_models.py [--folds 5]

Every statement is read by a model that has seen no statement of its voice. The models:

- keywords: the statement's first lexicon term says the code; nothing is learned
- concepts: the linear model of ``rehabcoder train`` on lexicon features alone
- n-grams: the same on everything but lexicon features (words, parts of words, neighbours, headings, layout)
- both: the one that is shipped
- boosting: gradient-boosted trees on the lexicon features

Macro F1 is over the target codes, accuracy over all classes ("other", no intervention, is the largest). The spread is
the standard deviation over folds. Cost is the time from features to codes, on one core. Prints the table and writes it
to training_data/model_comparison.csv.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from rehabcoder.coding import train
from rehabcoder.coding.families import OTHER
from rehabcoder.coding.features import LEXICON
from rehabcoder.vocabulary import TARGET_CODES

DATA = Path(__file__).resolve().parent.parent / "training_data"
FAMILY = f"{LEXICON}c:"
_WORST = 3

Features = Sequence[Sequence[str]]
#: The codes of statements, from their features.
Reader = Callable[[Features], list[str]]
Learner = Callable[[train.Examples], Reader]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    notes = list(train.notes_in(DATA / "notes"))
    start = time.perf_counter()
    examples = train.examples_of(notes)
    reading = time.perf_counter() - start
    print(
        f"{len(notes)} notes, {len(examples.features)} statements, read in {1000 * reading / len(notes):.1f} ms a note"
    )
    rows = []
    for name, learner in LEARNERS.items():
        answers = list(cross_validate(learner, examples, options.folds))
        seconds = sum(fold.seconds for fold in answers)
        rows.append({"model": name, **summary(answers), "ms_a_note": 1000 * seconds / len(notes)})
        print(f"{name}: macro F1 {rows[-1]['macro_f1']:.3f}", flush=True)
    table = pd.DataFrame(rows).round(3)
    table.to_csv(DATA / "model_comparison.csv", index=False)
    print(table.to_string(index=False))


class Answers(NamedTuple):
    """What a model says about the statements of voices that it has not seen; ``seconds`` is what that took."""

    voices: list[str]
    truth: list[str]
    predicted: list[str]
    seconds: float


def cross_validate(learner: Learner, examples: train.Examples, n_folds: int) -> Iterator[Answers]:
    """The answers of each fold, in the order of ``train.folds``."""
    everyone = set(examples.group)
    for held_out in train.folds(everyone, n_folds):
        read = learner(examples.of(everyone - held_out))
        unseen = examples.of(held_out)
        start = time.perf_counter()
        predicted = read(unseen.features)
        yield Answers(unseen.group, unseen.codes, predicted, time.perf_counter() - start)


# -- figures ----------------------------------------------------------------------------------------------------------


def summary(answers: Sequence[Answers]) -> dict[str, float | str]:
    """Mean and spread over folds, and the voices with the lowest macro F1."""
    folds = pd.DataFrame([scores(a.truth, a.predicted) for a in answers])
    worst = voice_scores(answers).head(_WORST)["macro_f1"]
    return {
        "macro_f1": folds["macro_f1"].mean(),
        "macro_f1_spread": folds["macro_f1"].std(),
        "accuracy": folds["accuracy"].mean(),
        "accuracy_spread": folds["accuracy"].std(),
        "worst_voices": ", ".join(f"{voice} {value:.2f}" for voice, value in worst.items()),
    }


def voice_scores(answers: Iterable[Answers]) -> pd.DataFrame:
    """``scores`` of each voice, the lowest macro F1 first."""
    statements = pd.concat(
        [pd.DataFrame({"voice": a.voices, "truth": a.truth, "predicted": a.predicted}) for a in answers]
    )
    rows = {voice: scores(of["truth"].tolist(), of["predicted"].tolist()) for voice, of in statements.groupby("voice")}
    return pd.DataFrame.from_dict(rows, orient="index").sort_values("macro_f1")


def scores(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """Accuracy over all classes, and macro F1 over the target codes that the truth holds."""
    pairs = list(zip(truth, predicted, strict=True))
    right = Counter(t for t, p in pairs if t == p)
    told, held = Counter(predicted), Counter(truth)
    f1 = [2 * right[code] / (told[code] + held[code]) for code in TARGET_CODES if held[code]]
    return {"macro_f1": float(np.mean(f1)), "accuracy": sum(right.values()) / len(pairs)}


# -- the models -------------------------------------------------------------------------------------------------------


def keywords(_: train.Examples) -> Reader:
    """The family of a statement's first mention."""
    return lambda features: [
        next((name.removeprefix(FAMILY) for name in names if name.startswith(FAMILY)), OTHER) for names in features
    ]


def linear(keep: Callable[[str], bool]) -> Learner:
    """The shipped linear model, trained on the features whose names are kept."""

    def learn(examples: train.Examples) -> Reader:
        kept = [[name for name in names if keep(name)] for names in examples.features]
        model = train.fit(codes_only(examples._replace(features=kept))).statements
        classes = np.array(model.heads["code"].classes)
        return lambda features: classes[model.predict(features)["code"].argmax(axis=1)].tolist()

    return learn


def codes_only(examples: train.Examples) -> train.Examples:
    """The examples without what statements say and intend: the heads for codes and statuses fit as before, sooner."""
    nothing: list[frozenset[str]] = [frozenset()] * len(examples.features)
    return examples._replace(says=nothing, intents=nothing)


def boosting(examples: train.Examples) -> Reader:
    """Trees on the concepts; rare ones left out and leaves held small, since rare classes make boosting unstable."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import CountVectorizer

    columns = CountVectorizer(analyzer=concepts, min_df=20, binary=True, dtype=np.uint8)
    trees = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, max_features=0.2, l2_regularization=5.0, early_stopping=False, random_state=0
    )
    trees.fit(columns.fit_transform(examples.features).toarray(), examples.codes)
    return lambda features: trees.predict(columns.transform(features).toarray()).tolist()


def is_concept(name: str) -> bool:
    return name.startswith(LEXICON)


def concepts(names: Sequence[str]) -> list[str]:
    return [name for name in names if is_concept(name)]


LEARNERS: dict[str, Learner] = {
    "keywords": keywords,
    "concepts": linear(is_concept),
    "n-grams": linear(lambda name: not is_concept(name)),
    "both": linear(lambda name: True),
    "boosting": boosting,
}


if __name__ == "__main__":
    main()

"""Training: a few annotated notes in, a model out; the same notes give the same model."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rehabcoder.coding import train
from rehabcoder.coding.features import LEXICON
from rehabcoder.coding.model import LinearModel, load_model
from rehabcoder.vocabulary import SAYINGS, STATUSES

STROKES = ("kneading", "effleurage", "tapotement")
PARTS = ("right calf", "left calf", "upper back", "neck", "left forearm")
EXERCISES = ("rows 3x10", "bridges 2x15")


def annotated(number: int, stroke: str, part: str, exercise: str) -> dict[str, Any]:
    """A gold note (annotation guide, section 7) of massage, exercise and something left out."""
    minutes, more = 8 + number % 7, 9 + number % 5
    massage = f"{stroke.capitalize()} to the {part} for spasm, {minutes} min"
    training = f"{exercise.capitalize()} for strength, {more} min"
    left_out = "No ultrasound today" if number % 2 else "Joint mobs next visit"
    total = f"Total timed minutes: {minutes + more}"
    return {
        "text": f"S: Sore today.\nO: Tender {part}.\nTx: {massage}. {training}. {left_out}.\n{total}\nAna Ruiz, PT",
        "billed": None,
        "voice": f"voice-{number % 5}",
        "services": [
            {"code": "97124", "minutes": minutes, "intents": ["reduce_spasm"], "quotes": [massage]},
            {"code": "97110", "minutes": more, "intents": ["increase_strength"], "quotes": [training]},
        ],
        "not_performed": [
            {
                "code": "97035" if number % 2 else "97140",
                "status": "negated" if number % 2 else "planned",
                "quotes": [left_out],
            }
        ],
        "says": {"objective": [f"Tender {part}"], "totals": [total], "signature": ["Ana Ruiz, PT"]},
        "total_timed_minutes": minutes + more,
        "total_treatment_minutes": None,
    }


NOTES = [annotated(number, *parts) for number, parts in enumerate(product(STROKES, PARTS, EXERCISES))]


@pytest.fixture(scope="module")
def examples() -> train.Examples:
    return train.examples_of(NOTES)


@pytest.fixture(scope="module")
def trained(examples):
    return train.fit(examples, "first")


def test_every_statement_and_every_time_is_an_example(nlp, examples):
    docs = [nlp(note["text"]) for note in NOTES]
    assert len(examples.features) == sum(len(doc.user_data["statements"]) for doc in docs)
    assert len(examples.time_features) == sum(len(doc.user_data["times"]) for doc in docs)
    assert {"97124", "97110", "97035", "97140", "other"} == set(examples.codes)
    assert {"service", "total_timed"} <= set(examples.time_kinds)


def same_arrays(one: LinearModel, two: LinearModel) -> bool:
    return one.vocabulary == two.vocabulary and all(
        np.array_equal(one.heads[n].weights, two.heads[n].weights)
        and np.array_equal(one.heads[n].intercept, two.heads[n].intercept)
        for n in one.heads
    )


def test_training_twice_gives_the_same_arrays(trained):
    again = train.fit(train.examples_of(NOTES), "second")
    assert same_arrays(trained.statements, again.statements)
    assert same_arrays(trained.times, again.times)


def test_a_trained_model_reads_what_it_was_trained_on(examples, trained):
    codes = trained.statements.predict(examples.features)["code"].argmax(axis=1)
    assert [trained.statements.heads["code"].classes[k] for k in codes] == examples.codes
    kinds = trained.times.predict(examples.time_features)["kind"].argmax(axis=1)
    assert [trained.times.heads["kind"].classes[k] for k in kinds] == examples.time_kinds


def test_codes_are_read_with_the_lexicon_switched_off(examples, trained):
    bare = [[name for name in names if not name.startswith(LEXICON)] for names in examples.features]
    codes = trained.statements.predict(bare)["code"].argmax(axis=1)
    read = [trained.statements.heads["code"].classes[k] for k in codes]
    assert np.mean([a == b for a, b in zip(read, examples.codes, strict=True)]) > 0.95


@pytest.mark.parametrize("question", ["code", "kind"], ids=["several classes", "two classes"])
def test_a_head_scores_like_the_estimator_that_it_was_made_from(examples, question):
    from sklearn.linear_model import LogisticRegression

    features, truth = {
        "code": (examples.features, examples.codes),
        "kind": (examples.time_features, examples.time_kinds),
    }[question]
    vocabulary, matrix = train._matrix(features)
    head = train._softmax_head(question, [train.Copy(matrix, 1.0)], np.array(truth))
    estimator = LogisticRegression(C=train._REGULARISATION[question], max_iter=300, tol=1e-3).fit(matrix, truth)
    scored = LinearModel(vocabulary, [head]).predict(features)[question]
    np.testing.assert_allclose(scored, estimator.predict_proba(matrix), atol=1e-6)


def test_scales_of_training_leave_a_feature_that_counts_one(examples, trained):
    vocabulary, matrix = train._matrix(examples.features)
    scaled = train._scaled(matrix, train._scales(vocabulary))
    whole = train.Copy(train._damped(scaled), 1.0)
    bare = train.Copy(train._damped(train._without_lexicon(scaled, vocabulary)), 0.5)
    copies = [whole, bare, *train._thinned([whole, bare])]
    head = train._softmax_head("code", copies, np.array(examples.codes))
    expected = head.probabilities(whole.matrix @ head.weights)
    np.testing.assert_allclose(trained.statements.predict(examples.features)["code"], expected, atol=1e-5)


def test_thinned_examples_keep_about_half_of_their_features_at_twice_the_weight(examples):
    _, matrix = train._matrix(examples.features)
    [thinned] = train._thinned([train.Copy(matrix, 0.5)])
    assert 0.4 < thinned.matrix.nnz / matrix.nnz < 0.6
    assert set(thinned.matrix.data) == {2.0}
    assert thinned.weight == 0.5
    assert (thinned.matrix > 2 * matrix).nnz == 0  # none that was not there


def test_a_rare_intervention_is_learned_as_an_unknown_one(examples):
    first = examples.codes.index("97124")
    rare = examples._replace(codes=[("97542" if k == first else code) for k, code in enumerate(examples.codes)])
    classes = train.fit(rare).statements.heads["code"].classes
    assert "unknown" in classes and "97542" not in classes


def test_heads_have_the_classes_of_the_guide(trained):
    assert set(trained.statements.heads["status"].classes) <= set(STATUSES)
    assert trained.statements.heads["says"].classes == SAYINGS


def test_one_class_is_too_few_to_train_on(examples):
    with pytest.raises(ValueError, match="one class only"):
        train.fit(examples._replace(time_kinds=["service"] * len(examples.time_kinds)))


def test_folds_keep_a_voice_on_one_side():
    voices = [f"voice-{k}" for k in range(11)]
    parts = train.folds(voices * 3, 4)
    assert sorted(v for part in parts for v in part) == sorted(voices)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert train.folds(reversed(voices), 4) == parts


def test_examples_of_some_voices_are_theirs_alone(examples):
    part = examples.of(["voice-1"])
    assert set(part.group) == set(part.time_group) == {"voice-1"}
    assert len(part.features) == len(part.codes) == examples.group.count("voice-1")


def test_training_on_a_folder_writes_a_model_that_loads(tmp_path: Path):
    (tmp_path / "notes").mkdir()
    lines = [json.dumps(note) for note in NOTES]
    (tmp_path / "notes" / "a.jsonl").write_text("\n".join(lines[:15]) + "\n", encoding="utf-8")
    (tmp_path / "notes" / "b.jsonl").write_text("\n".join(lines[15:]), encoding="utf-8")
    figures = train.train(tmp_path, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert figures["data"] | {"sha256": ""} == {"sha256": "", "notes": 30, "voices": 5}
    assert loaded.version.startswith(figures["data"]["sha256"][:8])
    assert all(0.5 <= head.temperature <= 4.0 for head in loaded.statements.heads.values())

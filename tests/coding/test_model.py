"""The model at run time: probabilities, what is stored, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.coding.model import (
    MANIFEST_FILE,
    MODEL_FILE,
    Head,
    LinearModel,
    Model,
    ModelError,
    damping,
    load_model,
    save_model,
)

FEATURES = [["w:kneading", "w:calf"], [], ["w:rows", "w:rows-never-seen"], ["w:stm", "w:kneading"], ["L:v:negated"]]


@pytest.fixture
def folder(model, tmp_path) -> Path:
    """A folder that holds a saved model."""
    save_model(model, tmp_path, {"note": "made by a test"})
    return tmp_path


def test_exclusive_answers_sum_to_one_and_others_are_probabilities(model):
    for linear in (model.statements, model.times):
        for name, p in linear.predict(FEATURES).items():
            assert p.shape == (len(FEATURES), len(linear.heads[name].classes))
            assert ((p >= 0) & (p <= 1)).all()
            if linear.heads[name].exclusive:
                np.testing.assert_allclose(p.sum(axis=1), 1)


finite = st.floats(-1e4, 1e4)


@given(scores=st.lists(st.tuples(finite, finite, finite), min_size=1), temperature=st.floats(0.1, 10))
def test_any_scores_give_probabilities(scores, temperature):
    for exclusive in (True, False):
        head = Head("code", ("a", "b", "c"), np.zeros((1, 3)), np.zeros(3), temperature, exclusive)
        with np.errstate(over="ignore"):
            p = head.probabilities(np.array(scores))
        assert np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()
        if exclusive:
            np.testing.assert_allclose(p.sum(axis=1), 1)


def test_a_temperature_above_one_makes_a_head_less_sure_of_the_same_answer():
    scores = np.array([[2.0, 0.0, 1.0]])
    cold, warm = (Head("code", ("a", "b", "c"), np.zeros((1, 3)), np.zeros(3), t).probabilities(scores) for t in (1, 2))
    assert cold.argmax() == warm.argmax() == 0
    assert warm.max() < cold.max()


def test_a_text_alone_gets_what_it_gets_in_a_batch(model):
    together = model.statements.predict(FEATURES)
    for k, names in enumerate(FEATURES):
        for head, p in model.statements.predict([names]).items():
            np.testing.assert_array_equal(p[0], together[head][k])


def test_names_that_training_never_saw_count_for_nothing(model):
    one, two = (model.statements.predict([n])["code"] for n in (["w:rows"], ["w:rows", "w:never-seen"]))
    np.testing.assert_array_equal(one, two)


def test_contributions_add_up_to_the_score(model):
    rows = model.statements.contributions(["w:stm", "w:kneading", "w:never-seen"], "code", "97124")
    assert rows == [("w:kneading", 11.0), ("w:stm", 0.0)]


def test_a_long_text_is_damped_by_its_size_and_words_never_seen_add_nothing_to_it():
    head = Head("code", ("a", "b"), np.array([[2.0, 0.0], [1.0, 0.0]]), np.zeros(2))
    linear = LinearModel(["x", "y"], [head], sizes=np.array([830.0, 83.0]))
    short, long, with_unknown = linear.predict([["y"], ["x"], ["y", "never-seen"]])["code"]
    factor = damping(np.array(830.0))
    assert 0 < factor < 1 and damping(np.array(83.0)) == 1
    np.testing.assert_allclose(short, head.probabilities(np.array([[1.0, 0.0]]))[0], atol=1e-6)
    np.testing.assert_allclose(long, head.probabilities(np.array([[2.0 * factor, 0.0]]))[0], atol=1e-6)
    np.testing.assert_array_equal(with_unknown, short)
    assert linear.contributions(["x"], "code", "a") == [("x", pytest.approx(2.0 * factor))]


# Saved and loaded


def test_a_loaded_model_predicts_what_the_saved_one_did(model, folder):
    loaded = load_model(folder)
    assert loaded.version == model.version
    for saved, read in ((model.statements, loaded.statements), (model.times, loaded.times)):
        assert read.vocabulary == saved.vocabulary
        before, after = saved.predict(FEATURES), read.predict(FEATURES)
        assert before.keys() == after.keys()
        for head in before:
            assert read.heads[head].classes == saved.heads[head].classes
            np.testing.assert_array_equal(after[head], before[head])


def test_a_head_keeps_its_temperature_and_a_model_the_sizes_of_its_features(tmp_path):
    head = Head("code", ("a", "b"), np.eye(2), np.zeros(2), temperature=1.7, exclusive=False)
    save_model(
        Model(LinearModel(["x", "y"], [head], np.array([1.0, 4.0])), LinearModel(["x", "y"], [head])), tmp_path, {}
    )
    loaded = load_model(tmp_path)
    assert (loaded.statements.heads["code"].temperature, loaded.statements.heads["code"].exclusive) == (1.7, False)
    np.testing.assert_array_equal(loaded.statements.sizes, [1.0, 4.0])
    assert loaded.times.sizes is None


def test_the_same_model_is_saved_as_the_same_file(model, folder, tmp_path_factory):
    again = tmp_path_factory.mktemp("again")
    save_model(model, again, {"note": "made by a test"})
    assert (again / MODEL_FILE).read_bytes() == (folder / MODEL_FILE).read_bytes()
    assert (again / MANIFEST_FILE).read_bytes() == (folder / MANIFEST_FILE).read_bytes()


def test_the_manifest_keeps_what_it_was_given(folder):
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    assert manifest["note"] == "made by a test"
    assert manifest["version"] == "written down"


def test_the_file_holds_arrays_and_words_and_no_estimators(folder):
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(k, str) and plain(v) for k, v in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return type(value) in (str, int, float, bool, np.ndarray)

    assert plain(joblib.load(folder / MODEL_FILE))


def test_a_model_is_loaded_without_scikit_learn(folder):
    program = (
        "import sys; from pathlib import Path; from rehabcoder.coding.model import load_model;"
        f"load_model(Path({str(folder)!r})).statements.predict([['w:rows']]); sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


# Refused, with one sentence


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        load_model(folder)
    message = str(error.value)
    assert "\n" not in message
    assert "run `rehabcoder train`" in message
    return message


def test_a_changed_file_is_refused(folder):
    with (folder / MODEL_FILE).open("ab") as out:
        out.write(b"\0")
    assert "SHA-256 differs" in refused(folder)


class Payload:
    """What a hostile file would run when it is read."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_a_file_that_nobody_vouches_for_is_not_even_read(folder):
    ran = folder / "ran"
    joblib.dump(Payload(ran), folder / MODEL_FILE)
    assert "SHA-256 differs" in refused(folder)
    assert not ran.exists()


@pytest.mark.parametrize("name", [MODEL_FILE, MANIFEST_FILE])
def test_a_missing_file_is_named_as_a_missing_model(folder, name):
    (folder / name).unlink()
    assert "no usable model" in refused(folder)


@pytest.mark.parametrize("manifest", ["", "{", "{}", '{"sha256": "0"}', "[]", '"model"', "1"], ids=ascii)
def test_a_broken_manifest_is_refused(folder, manifest):
    (folder / MANIFEST_FILE).write_text(manifest, encoding="utf-8")
    assert "no usable model" in refused(folder)


def test_a_file_of_another_format_is_refused(folder, monkeypatch, model):
    monkeypatch.setattr("rehabcoder.coding.model.FORMAT", 0)
    save_model(model, folder, {})
    monkeypatch.undo()
    assert "another format" in refused(folder)

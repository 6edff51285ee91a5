"""The trained model that ships: the one that its manifest vouches for, reading plain statements as the guide does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from rehabcoder.coder import Coder
from rehabcoder.coding.families import OTHER, UNKNOWN, codes_of
from rehabcoder.coding.features import LEXICON, NoteFeatures
from rehabcoder.coding.gold import TIME_KINDS
from rehabcoder.coding.model import MANIFEST_FILE, MODEL_FILE, load_model, model_folder
from rehabcoder.coding.train import notes_in
from rehabcoder.vocabulary import CODES, INTENTS, SAYINGS, STATUSES, TARGET_CODES

TRAINING_NOTES = Path(__file__).parents[1] / "training_data" / "notes"


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((model_folder() / MANIFEST_FILE).read_text(encoding="utf-8"))


def test_the_model_is_the_one_of_its_manifest(manifest):
    assert hashlib.sha256((model_folder() / MODEL_FILE).read_bytes()).hexdigest() == manifest["sha256"]
    assert load_model().version == manifest["version"]


def test_it_was_trained_on_the_notes_that_ship_with_it(manifest):
    sha = hashlib.sha256()
    notes = list(notes_in(TRAINING_NOTES))
    for note in notes:
        sha.update(json.dumps(note, sort_keys=True, ensure_ascii=False).encode())
    assert manifest["data"] == {
        "sha256": sha.hexdigest(),
        "notes": len(notes),
        "voices": len({note["voice"] for note in notes}),
    }


def test_it_is_small_enough_to_ship(manifest):
    assert (model_folder() / MODEL_FILE).stat().st_size < 20_000_000


def test_its_heads_have_the_classes_of_the_guide(coder):
    heads = coder.model.statements.heads
    families = set(heads["code"].classes)
    assert families >= {*TARGET_CODES, OTHER, UNKNOWN}
    assert {codes_of(family)[0] for family in families - {OTHER}} <= set(CODES)
    assert set(heads["status"].classes) == set(STATUSES)
    assert heads["says"].classes == SAYINGS
    assert heads["intents"].classes == INTENTS
    assert set(coder.model.times.heads["kind"].classes) == set(TIME_KINDS)


def test_its_weights_are_numbers(coder):
    for linear in (coder.model.statements, coder.model.times):
        for head in linear.heads.values():
            assert np.isfinite(head.weights).all() and np.isfinite(head.intercept).all()
            assert 0.1 < head.temperature < 10


PLAIN = [
    ("Kneading and effleurage to R upper trap for guarding, 12 min", "97124"),
    ("Swedish massage to the low back, 15 min", "97124"),
    ("STM with kneading strokes to L calf, 10 min", "97124"),
    ("Grade III posterior glides to R shoulder, 8 min", "97140"),
    ("Myofascial release to L plantar fascia, 10 min", "97140"),
    ("Bridges 3x10 and clamshells 2x15 with the red band", "97110"),
    ("Squats 3x10 for quad strength", "97110"),
    ("Lifting a 20 lb box from floor to shelf to return to warehouse work, 12 min", "97530"),
    ("Sit-to-stand transfers from a low chair, 10 min", "97530"),
    ("Single leg stance on foam for balance, 10 min", "97112"),
    ("Gait training with a cane, 150 ft, 10 min", "97116"),
    ("Ultrasound 1 MHz 1.2 W/cm2 to L heel, 8 min", "97035"),
]


@pytest.mark.parametrize(("words", "code"), PLAIN, ids=[words for words, _ in PLAIN])
def test_plain_statements_have_the_code_of_the_guide(coder, words, code):
    note = f"S: Sore after work.\nTreatment:\n- {words}\nPlan: progress next visit.\nAna Ruiz, PT"
    assert [service.code for service in coder.suggest(note).services] == [code]


def test_most_plain_statements_are_read_without_the_lexicon(coder):
    """The lexicon is a feature and not a gate (design, section 4)."""
    blind = Coder(coder.model, use_lexicon=False)
    read = 0
    for words, code in PLAIN:
        note = f"S: Sore after work.\nTreatment:\n- {words}\nPlan: progress next visit.\nAna Ruiz, PT"
        read += [service.code for service in blind.suggest(note).services] == [code]
    assert read >= len(PLAIN) - 2


def test_contributions_explain_the_score(coder):
    """A linear model's score is the sum of what its features add."""
    names = NoteFeatures(coder.nlp("Kneading to R calf 10 min")).of_statement(0)
    head = coder.model.statements.heads["code"]
    rows = coder.model.statements.contributions(names, "code", "97124")
    scores = np.array(
        [[sum(w for _, w in coder.model.statements.contributions(names, "code", c)) for c in head.classes]]
    )
    expected = coder.model.statements.predict([names])["code"]
    np.testing.assert_allclose(head.probabilities(scores), expected, atol=1e-5)
    assert "knea" in rows[0][0] or rows[0][0] in (f"{LEXICON}t:petrissage", f"{LEXICON}c:97124")

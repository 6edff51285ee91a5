"""Features: names of what is in a statement and around it; the lexicon's can be told apart and left out."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rehabcoder.coding.charts import charts
from rehabcoder.coding.features import LEXICON, NoteFeatures
from rehabcoder.coding.model import LinearModel, Model
from rehabcoder.coding.sayings import saying_features
from rehabcoder.coding.times import time_features
from rehabcoder.reading import pipeline
from rehabcoder.reading.status import Scope
from rehabcoder.records import Mention, Note

NOTE = """Tx: kneading to R upper trap 12 min, then rows 3x10; no joint mobs.
Plan: add glides. Pt cannot carry the laundry upstairs.
Charges: 97124 x1, 97110 x1
"""


def features(nlp, text: str = NOTE, claimed: tuple[str, ...] = ()) -> list[list[str]]:
    return NoteFeatures(nlp(text), claimed).of_all()


def of_words(nlp, text: str, words: str) -> list[str]:
    """The features of the statement that holds some words."""
    doc = nlp(text)
    at = text.index(words)
    number = next(i for i, s in enumerate(doc.user_data["statements"]) if s.start <= at < s.end)
    return NoteFeatures(doc).of_statement(number)


def test_every_statement_has_features_once_each(nlp):
    found = features(nlp)
    assert len(found) == len(nlp(NOTE).user_data["statements"])
    assert all(len(names) == len(set(names)) > 10 for names in found)


def test_another_pipeline_finds_the_same_features(nlp):
    assert features(pipeline()) == features(nlp)


def test_features_do_not_depend_on_the_order_of_hashes():
    program = (
        "from rehabcoder.reading import pipeline; from rehabcoder.coding.features import NoteFeatures;"
        f"print(NoteFeatures(pipeline()({NOTE!r}), ['97140', '97112', '97035']).of_all())"
    )
    digests = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("kneading", "w:kneading"),
        ("kneading", "b:^_kneading"),
        ("kneading", "times:1"),
        ("kneading", f"{LEXICON}t:petrissage"),
        ("kneading", f"{LEXICON}c:97124"),
        ("kneading", "sec:treatment"),
        ("joint mobs", f"{LEXICON}v:negated"),
        ("add glides", "sec:plan"),
        ("add glides", "h:plan"),
    ],
)
def test_a_statement_is_known_by_its_words_its_concepts_and_its_place(nlp, words, name):
    assert name in of_words(nlp, NOTE, words)


def test_numbers_count_by_their_length_and_codes_as_they_are(nlp):
    names = of_words(nlp, "97124 for 15 min", "97124")
    assert {"w:97124", "w:00"} <= set(names)
    assert "w:15" not in names


def test_words_that_no_lexicon_knows_are_known_by_their_parts(nlp):
    one, two = (set(of_words(nlp, f"{word} of the foot", word)) for word in ("zorbing", "zorbed"))
    assert {"p:zorb", "g:<zorb"} <= one & two


def test_claimed_and_written_codes_are_features_of_every_statement(nlp):
    for names in features(nlp, "Kneading to R calf. Rows 3x10. 97110 x1", claimed=("97140",)):
        assert {"claim:97110", "claim:97140"} <= set(names)
        assert "claim:-" not in names
    assert all("claim:-" in names for names in features(nlp, "Kneading to R calf."))


# The lexicon is a feature, not a gate (design, section 4)


def test_without_mentions_only_lexicon_features_change(nlp):
    doc = nlp(NOTE)
    before = NoteFeatures(doc).of_all()
    doc.user_data["mentions"] = []
    doc.user_data["scopes"] = [Scope() for _ in doc.user_data["scopes"]]
    for statement in doc.user_data["statements"]:
        statement.mentions = []
    after = NoteFeatures(doc).of_all()
    assert after != before
    assert [[n for n in names if not n.startswith(LEXICON)] for names in after] == [
        [n for n in names if not n.startswith(LEXICON)] for names in before
    ]


@pytest.mark.parametrize("use_lexicon", [True, False])
def test_the_lexicon_can_be_hidden_from_the_models(nlp, model, use_lexicon):
    names = sorted({name for names in NoteFeatures(nlp(NOTE)).of_all() for name in names})
    asked = []

    class Listening(LinearModel):
        """A model that knows all of the note's features, and keeps what it was asked."""

        def score(self, features):
            features = list(features)
            asked.extend([*names, "none"][column] for columns in features for column in columns)
            return super().score(features)

    heads = [replace(h, weights=np.zeros((len(names), len(h.classes)))) for h in model.statements.heads.values()]
    charts([Note("a", NOTE)], [nlp(NOTE)], Model(Listening(names, heads), model.times), use_lexicon)
    assert {name for name in asked if not name.startswith(LEXICON)} - {"none"} == {
        name for name in names if not name.startswith(LEXICON)
    }
    assert any(name.startswith(LEXICON) for name in asked) is use_lexicon


# Times


def test_a_time_is_known_by_its_form_its_size_and_the_words_beside_it(nlp):
    (names,) = time_features(nlp("Kneading to the calf for 15 min today"))
    assert {"form:minutes", "size:8-20", "a0:for", "b0:today", "s:kneading", f"{LEXICON}c:97124"} <= set(names)


def test_a_word_of_a_total_near_a_time_is_a_lexicon_feature(nlp):
    (names,) = time_features(nlp("Total timed minutes: 25"))
    assert any(name.startswith(f"{LEXICON}tot:timed") for name in names)


def test_every_time_has_features(nlp):
    doc = nlp("2:05-2:20 kneading\nTotal 15 min\n(8)")
    assert len(time_features(doc)) == len(doc.user_data["times"]) >= 2


# What a statement says besides its service

TASK = Mention("function", "function", 0, 6, detail="task")
ROWS = Mention("technique", "strengthening", 0, 6)


@pytest.mark.parametrize(
    ("words", "compares"),
    [
        ("flexion 90 -> 105", True),
        ("flexion 105 (was 90)", True),
        ("flexion 90 to 105 after", True),
        ("pain 3/10 from 6/10", True),
        ("flexion 105", False),
        ("sore today", False),
    ],
)
def test_a_measure_held_against_another_is_a_feature(words, compares):
    shown, _ = saying_features(words, [])
    assert ("compares" in shown) is compares


def test_a_named_task_is_told_from_one_that_is_treated():
    assert saying_features("stairs need the rail", [TASK]) == ([], ["task:False"])
    assert saying_features("stairs with step-ups", [TASK, ROWS]) == ([], ["task:True"])


def test_a_word_is_known_by_what_kind_of_thing_it_names(nlp):
    names = NoteFeatures(nlp("Stacked the crockpot and two colanders")).of_statement(0)
    assert "L:m:kitchen" in names and "L:m:lifting" in names

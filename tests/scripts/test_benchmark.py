"""The benchmark's notes: no text twice, the same on every run, codes left as they are."""

import re

import pytest

import benchmark


@pytest.fixture(autouse=True)
def one_gold_note(monkeypatch):
    text = "97124 x 12 min, kneading R UT, pain 6/10\nSigned: B. Larch, PT"
    monkeypatch.setattr(benchmark, "gold_texts", lambda: [text])


def test_no_text_twice():
    notes = benchmark.first(benchmark.unique_notes(1), 300)
    assert len(set(notes)) == 300


def test_the_same_seed_gives_the_same_notes():
    one, other, third = (benchmark.first(benchmark.unique_notes(seed), 5) for seed in (1, 1, 2))
    assert one == other != third


def test_numbers_and_names_change_and_nothing_else():
    [note] = benchmark.first(benchmark.unique_notes(1), 1)
    assert re.fullmatch(r"97124 x \d\d min, kneading R UT, pain \d/\d\d\nSigned: [A-M]\. [A-Z][a-z]+, PT", note)
    assert "Larch" not in note

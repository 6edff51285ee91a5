"""Spelling: one slip in a long word is forgiven, everything else stays as it was written."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rehabcoder.reading.spelling import Spelling

KNOWN = ("petrissage", "effleurage", "trapezius", "massage", "mobilization", "stretching", "strengthening")
SPELLING = Spelling(KNOWN)
word = st.sampled_from(KNOWN)
letter = st.sampled_from("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("petrisage", "petrissage"),
        ("effluerage", "effleurage"),
        ("trapeziuss", "trapezius"),
        ("massege", "massage"),
    ],
    ids=["letter missing", "letters swapped", "letter added", "letter changed"],
)
def test_one_slip_is_read_as_the_word_that_was_meant(written, meant):
    assert SPELLING.correct(written) == meant


@pytest.mark.parametrize(
    "written",
    ["masage", "passage", "trpezus", "xassage", "m4ssage", "walking"],
    ids=["too short", "another first letter", "two slips", "first letter wrong", "no letters only", "another word"],
)
def test_what_is_not_clearly_meant_stays_as_written(written):
    assert SPELLING.correct(written) == written


def test_a_word_between_two_known_ones_stays_as_written():
    assert Spelling(["stroking", "striking"]).correct("strxking") == "strxking"


@given(word, st.data())
def test_any_single_slip_after_the_first_letter_is_found(known, data):
    at = data.draw(st.integers(1, len(known) - 1))
    slip = data.draw(st.sampled_from(("drop", "add", "change")))
    new = data.draw(letter)
    written = known[:at] + {"drop": "", "add": new + known[at], "change": new}[slip] + known[at + 1 :]
    assume(len(written) >= 7 and written not in KNOWN)
    assert SPELLING.correct(written) == known


@given(st.text())
def test_known_words_and_anything_else_come_back(text):
    assert SPELLING.correct(text) in {text, *KNOWN}
    assert all(SPELLING.correct(known) == known for known in KNOWN)

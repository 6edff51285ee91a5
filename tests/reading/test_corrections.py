"""What a note corrects counts as corrected, at the place of the service that it corrects."""

from __future__ import annotations

import pytest


def times(nlp, note: str) -> list[tuple[int, str]]:
    """Minutes and the words that stand at the time's place."""
    return [(time.minutes, note[time.start : time.end].strip(" .")) for time in nlp(note).user_data["times"]]


@pytest.mark.parametrize(
    "correction",
    [
        "Addendum: kneading was 12 min, not 20.",
        "Correction: kneading 12 minutes instead of 20.",
        "Late entry. Kneading took not 20 min but 12 min.",
        "Addendum: kneading time mistyped, correct is 12 min.",
        "Addendum: the kneading should read 12 min.",
    ],
)
def test_a_correction_changes_the_minutes_where_the_service_stands(nlp, correction):
    note = f"Kneading to R calf 20 min\nHeel raises 3x12 20 min\n{correction}"
    assert times(nlp, note) == [(12, "20 min"), (20, "20 min")]


def test_the_words_of_the_correction_are_the_proof_of_the_minutes(nlp):
    note = "Kneading to R calf 20 min\nAddendum: kneading was 12 min, not 20."
    [time] = nlp(note).user_data["times"]
    assert note[slice(*time.said)] == "12"


def test_a_total_in_the_same_sentence_stays_a_time(nlp):
    note = "Glides to L knee 20 min\nAddendum: glides time in error, actual 10 min, total 35 min."
    assert times(nlp, note) == [(10, "20 min"), (35, "35 min")]


@pytest.mark.parametrize(
    "note",
    [
        "Kneading to R calf 20 min\nWalks 12 min now, not 20 steps as before",
        "Kneading to R calf 20 min\nHe was 12, not 20 lb",
        "Kneading to R calf 20 min\nHeel raises 12 min",
    ],
)
def test_other_numbers_correct_nothing(nlp, note):
    assert times(nlp, note)[0] == (20, "20 min")

"""The switches of the mechanism table: each takes its mechanism away, seen on a note that needs it."""

from __future__ import annotations

import pytest

import switch_off
from rehabcoder.coder import Coder

NEEDS = {
    "layout tree": "Left calf tight.\nDone | Start | Stop\nKneading of the calf | 9:00 | 9:08\nRows 3x10 | 9:08 | 9:20",
    "reading of every statement": "Thumbed the knots out of her left calf, 12 min",
    "time model": "Arrived 15 min late. Kneading of the left calf",
    "assignment over the whole note": "Manual therapy and therapeutic exercise, 30 min",
    "status by model (cues alone)": "Pt to have kneading of the left calf 12 min as planned",
    "taggers behind absence": "Kneading of the left calf 12 min. Heel comes up off the floor 12 times, was 5.",
}


@pytest.mark.parametrize("mechanism", NEEDS)
def test_a_note_that_needs_a_mechanism_is_read_otherwise_without_it(coder, mechanism):
    def read(by: Coder) -> tuple:
        result = by.suggest(NEEDS[mechanism])
        return [(s.code, s.minutes) for s in result.services], {f.rule for f in result.findings}

    with switch_off.MECHANISMS[mechanism]():
        without = read(coder)
    assert read(coder) != without

"""The demo export: like one that a clinic group hands over, and the same in every run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make_demo_export as demo
from rehabcoder.exports import Rejected, read
from rehabcoder.records import Billed, parse_billed

EXPORT = Path(__file__).resolve().parent.parent / "demo" / "export.csv"


def test_the_export_that_is_shipped_reads_without_a_reject() -> None:
    rejected: list[Rejected] = []
    notes = list(read(EXPORT, quarantine=rejected.append))
    assert len(notes) >= 200 and not rejected
    assert len({note.note_id for note in notes}) == len(notes)
    visits = Counter(note.patient_id for note in notes)
    assert max(visits.values()) <= 6 and sum(count >= 3 for count in visits.values()) > len(visits) / 2
    assert {"medicare", "commercial"} <= {note.payer for note in notes}
    assert sum(bool(note.billed) for note in notes) > len(notes) / 2


def test_the_same_seed_makes_the_same_visits() -> None:
    assert list(demo.visits(Random(demo.SEED))) == list(demo.visits(Random(demo.SEED)))


claims = st.dictionaries(st.sampled_from(["97124", "97140", "97110", "97530", "98940"]), st.integers(1, 4), min_size=1)


@given(claims, st.integers())
def test_a_planted_error_is_one_error(claim: demo.Claim, seed: int) -> None:
    wrong = demo.with_error(claim, Random(seed))
    assert wrong != claim
    assert len(claim.items() ^ wrong.items()) <= 2


@pytest.mark.parametrize(("discipline", "modifiers"), [("PT", ["GP"]), ("OT", ["GO"]), ("DC", [])])
def test_billed_lines_can_be_read_back(discipline: str, modifiers: list[str]) -> None:
    lines = parse_billed(demo.billed_text({"97124": 2, "97140": 1}, discipline))
    assert lines == [Billed("97124", 2, [*modifiers, "59"]), Billed("97140", 1, modifiers)]

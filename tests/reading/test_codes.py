"""Written codes: the procedure codes that stand in a note, and the units that are written beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.reading.codes import written_codes
from rehabcoder.vocabulary import CODES


def codes(nlp, text: str) -> list[tuple[str, int | None]]:
    """(code, units) of every written code."""
    return [(w.value["code"], w.value["units"]) for w in written(nlp, text)]


def written(nlp, text: str):
    data = nlp(text).user_data
    return written_codes(data["plain"], data["statements"], {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("97124: kneading of the calf", [("97124", None)]),
        ("97124 x2, 97140 x 1", [("97124", 2), ("97140", 1)]),
        ("97110 2 units", [("97110", 2)]),
        ("97110 units: 2", [("97110", 2)]),
        ("97110 3 u", [("97110", 3)]),
        ("CPT 97124-59", [("97124", None)]),
        ("97110 x 15 min", [("97110", None)]),
        ("97124 and 97140 x1", [("97124", None), ("97140", 1)]),
        ("g0283 e-stim", [("G0283", None)]),
        ("97I24 by the scanner", [("97124", None)]),
    ],
    ids=["no units", "x", "units", "units before the number", "u", "modifier", "minutes are no units"]
    + ["units go to the code before them", "small letters", "scanned letters"],
)
def test_codes_are_read_with_their_units(nlp, text, found):
    assert codes(nlp, text) == found


@pytest.mark.xfail(strict=True, reason="a number between a code and its units hides the units")
def test_units_are_read_behind_minutes(nlp):
    assert codes(nlp, "97140 (15 min) 1 unit") == [("97140", 1)]


@pytest.mark.parametrize("text", ["MRN 97124000", "phone 555-97124", "dose 97110.5 mg", "A97124", "97199", "zip 98101"])
def test_other_numbers_are_no_codes(nlp, text):
    assert codes(nlp, text) == []


def test_a_code_is_charged_where_units_or_its_section_say_so(nlp):
    charged = [w.value["charged"] for w in written(nlp, "97140: STM to calf.\nCharges:\n97110\n97124 x1")]
    assert charged == [False, True, True]


@given(
    text=st.lists(st.sampled_from(["97124", "97110", " x2", " ", "\n", "1 unit", "-59", ",", "15 min", "9"])).map(
        "".join
    )
)
def test_codes_stand_where_they_say(nlp, text):
    for w in written(nlp, text):
        assert w.value["code"] in CODES
        assert text[w.start : w.end] == w.value["code"]
        assert w.value["units"] is None or w.value["charged"]

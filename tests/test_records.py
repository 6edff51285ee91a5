"""Records of the outside world: a claim line is read as it was meant, or the record is refused."""

from __future__ import annotations

from typing import Any

import pytest

from rehabcoder.records import BadRecord, Billed, Note, parse_billed


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"code": 97124, "units": 2.0}, Billed("97124", 2)),
        ({"code": "g0283", "units": "1"}, Billed("G0283", 1)),
        ({"code": "97110", "units": None, "modifiers": None}, Billed("97110")),
        ({"code": "97110", "modifiers": "GP"}, Billed("97110", None, ["GP"])),
        ({"code": "97110", "modifiers": "gp-59, KX"}, Billed("97110", None, ["GP", "59", "KX"])),
        ({"code": "97110", "modifiers": 59}, Billed("97110", None, ["59"])),
        ({"code": "97110", "modifiers": ["gp", 59, None]}, Billed("97110", None, ["GP", "59"])),
    ],
)
def test_claim_line_of_a_mapping(given: dict[str, Any], line: Billed) -> None:
    assert parse_billed([given]) == [line]


@pytest.mark.parametrize(
    "units",
    [
        float("inf"),
        float("nan"),
        1.7,
        -3,
        "-3",
        "two",
        True,
        pytest.param(10**5000, id="5,001 digits"),
        [2],
        "\N{SUPERSCRIPT TWO}",
    ],
)
def test_units_that_cannot_be_billed(units: Any) -> None:
    with pytest.raises(BadRecord, match="units are not a whole number"):
        parse_billed([{"code": "97110", "units": units}])


@pytest.mark.parametrize(
    "billed",
    [
        "97110x\N{SUPERSCRIPT TWO}",
        "9711\N{SUPERSCRIPT ONE}x2",
        "massage",
        [{"code": "9711\ud800"}],
        [{"code": "97110", "modifiers": {"a": 1}}],
        [97110],
        59,
    ],
)
def test_claims_that_cannot_be_read(billed: Any) -> None:
    with pytest.raises(BadRecord, match="field billed"):
        parse_billed(billed)


def test_a_claim_without_lines_is_still_a_claim() -> None:
    assert Note.from_dict({"text": "bridges", "billed": []}).billed == []
    assert Note.from_dict({"text": "bridges"}).billed is None


@pytest.mark.parametrize(
    ("ids", "note_id"),
    [
        ({"note_id": 0}, "0"),
        ({"id": 0}, "0"),
        ({"note_id": "", "id": "A"}, "A"),
        ({"id": None}, "note-1"),
        ({}, "note-1"),
    ],
)
def test_any_id_but_none_is_kept(ids: dict[str, Any], note_id: str) -> None:
    assert Note.from_dict({"text": "bridges", **ids}).note_id == note_id

"""Dates of an export, and the names of its columns."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.exports.columns import FIELDS, Columns, _aliases, iso_date


@pytest.mark.parametrize(
    ("given_as", "read_as"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T14:30:00", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("3/5/2024 2:30 PM", "2024-03-05"),
        ("03/05/24", "2024-03-05"),
        ("the fifth", "the fifth"),
    ],
)
def test_dates(given_as: str, read_as: str) -> None:
    assert iso_date(given_as) == read_as


@given(st.dates(min_value=datetime.date(1970, 1, 1), max_value=datetime.date(2068, 12, 31)))
def test_every_way_of_writing_a_date_is_the_same_date(day: datetime.date) -> None:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%m/%d/%y"):
        assert iso_date(day.strftime(form)) == day.isoformat()


@pytest.mark.parametrize("name", ["NOTE_TEXT", "Note Text", "noteText", " note-text "])
def test_case_spaces_and_punctuation_do_not_count(name: str) -> None:
    assert Columns().fields_of(["x", name]) == {name: "text"}


def test_of_two_columns_for_one_field_the_plainer_name_wins() -> None:
    assert Columns().fields_of(["Notes", "Note Text"]) == {"Note Text": "text"}


def test_every_alias_names_a_field_of_a_note() -> None:
    assert {field.partition(".")[0] for field in _aliases().values()} <= set(FIELDS)

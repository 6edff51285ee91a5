"""No cell of an output is a formula, and nothing of a cell is lost."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.audit.spreadsheet import FORMULA_STARTS, cell, rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1"])
def test_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == "'" + text


def test_plain_values() -> None:
    assert [cell(value) for value in (None, 2, "a", ["GP", "59"], True)] == ["", "2", "a", "GP; 59", "True"]


def test_line_ends_in_a_cell_do_not_end_the_row() -> None:
    assert rows([["a\r=1", "b\r\nc"]]) == '"a\n=1","b\nc"\n'


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")), min_size=2, max_size=2)
    )
)
def test_cells_come_back_as_they_were_but_for_the_quote(table: list[list[str]]) -> None:
    back = list(csv.reader(StringIO(rows(table), newline="")))
    assert [[text.removeprefix("'") for text in row] for row in back] == [
        [text.removeprefix("'") for text in row] for row in table
    ]
    assert not any(text.startswith(FORMULA_STARTS) for row in back for text in row)

"""A part: the lines that a chunk of notes adds to the tables."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from rehabcoder.batch.parts import CLAIM_CHECK_COLUMNS, FINDING_COLUMNS, Part, Parts
from rehabcoder.records import Finding, Note, Result, Span

TEXT = "Kneading\n  to calf. =SUM(A1)"


def result(*evidence: Span) -> Result:
    finding = Finding("massage-standalone", "high", "Massage stands alone", "Say why", "test", list(evidence), ["s1"])
    check: list[dict[str, Any]] = [
        {"code": "97140", "billed_units": 1, "supported_units": 0, "verdict": "wrong-code", "documented_code": "97124"},
        {"code": "97530", "billed_units": None, "supported_units": 0, "verdict": None},
    ]
    return Result(Note("n1", TEXT), findings=[finding], claim_check=check)


def table(columns: tuple[str, ...], written: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(written), columns))


@pytest.mark.parametrize(
    ("evidence", "words", "start", "end"),
    [
        ([Span(0, 19)], "Kneading to calf.", "0", "19"),
        ([Span(0, 8), Span(14, 18)], "Kneading; calf", "0; 14", "8; 18"),
        ([Span(20, 28)], "'=SUM(A1)", "20", "28"),
        ([], "", "", ""),
    ],
)
def test_a_finding_is_one_line_with_its_words(evidence: list[Span], words: str, start: str, end: str) -> None:
    (row,) = table(FINDING_COLUMNS, Part.of([result(*evidence)], [], keep_text=True).findings)
    assert (row["words"], row["start"], row["end"]) == (words, start, end)


def test_words_are_left_out_unless_asked_for() -> None:
    (row,) = table(FINDING_COLUMNS, Part.of([result(Span(0, 8))], []).findings)
    assert (row["words"], row["start"], row["end"]) == ("", "0", "8")


def test_billed_codes_that_are_not_documented_are_in_the_claim_check() -> None:
    rows = table(CLAIM_CHECK_COLUMNS, Part.of([result()], []).claim_check)
    found = [(row["code"], row["billed_units"], row["verdict"], row["documented_code"]) for row in rows]
    assert found == [("97140", "1", "wrong-code", "97124"), ("97530", "", "", "")]


def test_a_part_comes_back_as_it_was_written(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    part = Part.of([result(Span(0, 8))], [], keep_text=True)
    parts.write("key", part)
    assert parts.read("key") == part

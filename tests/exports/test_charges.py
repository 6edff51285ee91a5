"""Charge lines that stand beside the notes, one a row, and the visits that they are of."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehabcoder.exports import ExportError, Rejected, charges
from rehabcoder.records import Billed, Note

VISIT = Note("n-1", "massage 15 min", visit_id="v1", patient_id="p1", date_of_service="2024-08-05")


def claim(
    tmp_path: Path, table: str, note: Note = VISIT, on: tuple[str, ...] = ("visit_id",)
) -> tuple[list[str] | None, list[Rejected], dict[str, int]]:
    """The claim that a note gets from a table of charges, in words, with what was set aside and what was counted."""
    path = tmp_path / "charges.csv"
    path.write_text(table)
    rejected: list[Rejected] = []
    with charges(path, on, tmp_path, rejected.append) as found:
        billed = found.joined(note).billed
        return billed and [told(line) for line in billed] if billed else billed, rejected, found.counts()


def told(line: Billed) -> str:
    return "-".join([f"{line.code}x{line.units}", *line.modifiers])


def test_the_lines_of_a_visit_in_their_order(tmp_path: Path) -> None:
    table = "visit,cpt,qty,mod\nv1,97140,1,GP 59\nv2,97530,2,GO\nv1,97110,2,GP\n"
    lines, rejected, counts = claim(tmp_path, table)
    assert lines == ["97140x1-GP-59", "97110x2-GP"]
    assert rejected == []
    assert counts == {"lines": 3, "visits": 2, "visits_without_note": 1}


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ("visit_id,line,code,units,status\nv1,1,97110,1,new\nv1,2,97124,1,new\nv1,1,97110,2,updated\n", 2),
        ("visit_id,code,units,action\nv1,97110,1,A\nv1,97124,1,A\nv1,97110,2,C\n", 2),
        ("visit_id,line,code,units,status\nv1,1,97530,1,new\nv1,2,97124,1,\nv1,1,97110,2,corrected\n", 2),
    ],
    ids=["by its id", "by its code", "to another code"],
)
def test_an_updated_line_stands_in_place_of_the_old_one(tmp_path: Path, table: str, lines: int) -> None:
    found, _, counts = claim(tmp_path, table)
    assert found == ["97110x2", "97124x1"]
    assert counts["lines"] == lines


def test_a_removed_line_is_gone(tmp_path: Path) -> None:
    table = "visit_id,line,code,units,status\nv1,1,97110,1,new\nv1,2,97124,1,new\nv1,2,97124,1,void\n"
    assert claim(tmp_path, table)[0] == ["97110x1"]
    assert claim(tmp_path, "visit_id,code,status\nv1,97110,new\nv1,97110,deleted\n")[0] == []
    assert claim(tmp_path, "visit_id,code,status\nv1,97110,new\nv1,97124,deleted\n")[0] == ["97110xNone"]


def test_joined_on_patient_and_day_whatever_the_form_of_the_date(tmp_path: Path) -> None:
    table = "mrn,dos,cpt,units\np1,8/5/2024,97124,1\np1,8/6/2024,97110,1\n"
    assert claim(tmp_path, table, on=("patient_id", "date_of_service"))[0] == ["97124x1"]


def test_a_visit_that_the_file_does_not_name_keeps_its_own_claim(tmp_path: Path) -> None:
    own = Note("n-2", "rows", visit_id="v9", billed=[Billed("97110", 1)])
    assert claim(tmp_path, "visit_id,code\nv1,97124\n", own)[0] == ["97110x1"]
    assert claim(tmp_path, "visit_id,code\nv1,97124\n", Note("n-3", "rows"))[0] is None


def test_rows_that_are_no_charge_are_set_aside(tmp_path: Path) -> None:
    bad = ",97110,1,new\nv1,SWEDISH,1,new\nv1,97110,half,new\nv1,97110,1,odd\n"
    table = f"visit_id,code,units,status\nv1,97124,1,new\n{bad}"
    lines, rejected, _ = claim(tmp_path, table)
    assert lines == ["97124x1"]
    assert [(row.source, row.code) for row in rejected] == [(f"charges.csv row {n}", "bad-field") for n in (3, 4, 5, 6)]
    assert all("SWEDISH" not in row.message and "odd" not in row.message for row in rejected)


@pytest.mark.parametrize(
    ("table", "on", "message"),
    [
        ("visit_id,units\nv1,2\n", ("visit_id",), "charges.csv: no column for code among 2"),
        ("code,units\n97124,2\n", ("visit_id",), "charges.csv: no column for visit_id among 2"),
        ("visit_id,code\nv1,97124\n", ("visit",), "--on: no field is called visit"),
        ("", ("visit_id",), "charges.csv: the file is empty"),
    ],
)
def test_what_cannot_be_joined_is_said(tmp_path: Path, table: str, on: tuple[str, ...], message: str) -> None:
    with pytest.raises(ExportError, match=message):
        claim(tmp_path, table, on=on)

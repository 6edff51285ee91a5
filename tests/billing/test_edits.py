"""Code-pair edits and unit limits: what applies on a day, and who says so; "no data" is never "no edit"."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.billing import edits
from rehabcoder.billing.command import edits as command

IN_QUARTER, LATER, BEFORE = date(2024, 8, 1), date(2026, 8, 1), date(2023, 8, 1)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """No snapshots but the shipped ones and those that a test makes."""
    monkeypatch.setenv(edits.DATA_VARIABLE, str(tmp_path))
    edits.snapshots.cache_clear()
    yield tmp_path / "edits"
    edits.snapshots.cache_clear()


@pytest.mark.parametrize("codes", [("97140", "97124"), ("97124", "97140")])
def test_massage_is_never_paid_beside_manual_therapy(codes):
    found = edits.pair_edit(*codes, IN_QUARTER)
    assert (found.answer, found.indicator, found.snapshot, found.stale) == (edits.APPLIES, 0, "2024Q3", False)
    assert found.edit and (found.edit.column1, found.edit.column2) == ("97140", "97124")


@pytest.mark.parametrize(
    ("one", "other", "indicator"),
    [("98940", "97124", 1), ("97150", "97110", 1), ("97012", "97140", 1), ("98941", "97112", 1), ("97530", "95851", 0)],
)
def test_pairs_with_and_without_a_modifier(one, other, indicator):
    assert edits.pair_edit(one, other, IN_QUARTER).indicator == indicator


@pytest.mark.parametrize(("one", "other"), [("97140", "97530"), ("97124", "97110"), ("97140", "97110")])
def test_a_deleted_edit_and_none_at_all_do_not_apply(one, other):
    assert edits.pair_edit(one, other, IN_QUARTER).answer == edits.DOES_NOT_APPLY


def test_a_day_past_the_quarter_is_answered_as_last_known():
    found = edits.pair_edit("97140", "97124", LATER)
    assert (found.answer, found.stale) == (edits.APPLIES, True)


@pytest.mark.parametrize(("one", "other", "on"), [("97140", "97124", BEFORE), ("97140", "99999", IN_QUARTER)])
def test_a_day_or_a_code_without_a_snapshot_is_no_data(one, other, on):
    assert edits.pair_edit(one, other, on).answer == edits.NO_DATA


def test_unit_limits():
    limit, quarter = edits.unit_limit("97124", IN_QUARTER)
    assert (limit.units, limit.mai, quarter) == (4, 3, "2024Q3")
    assert edits.unit_limit("97124", BEFORE) is None


@given(st.dates(), st.sampled_from(["97124", "97140", "97110", "97530", "98941", "12345"]))
def test_an_answer_depends_neither_on_the_order_of_the_codes_nor_is_it_without_a_snapshot(on, code):
    found = edits.pair_edit(code, "97140", on)
    assert found == edits.pair_edit("97140", code, on)
    assert (found.snapshot is None) == (found.answer == edits.NO_DATA)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-08-01", IN_QUARTER),
        ("8/1/2024", IN_QUARTER),
        ("08/01/24", IN_QUARTER),
        ("2024-08-01T09:00:00", IN_QUARTER),
        ("2/30/2024", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_dates_as_exports_write_them(written, day):
    assert edits.day_of(written) == day


@pytest.mark.parametrize(("quarter", "first", "last"), [("2024Q3", (7, 1), (9, 30)), ("2025Q4", (10, 1), (12, 31))])
def test_quarters(quarter, first, last):
    year = int(quarter[:4])
    assert (edits.first_day(quarter), edits.last_day(quarter)) == (date(year, *first), date(year, *last))


PUBLISHED_PAIRS = (
    "NCCI edits\nCPT only copyright of its owner\nColumn 1\tColumn 2\t*=in existence\tEffective Date\tDeletion Date\t"
    "Modifier\tRationale\n97140\t97530\t\t20260101\t*\t1\tpolicy\n97140\t97124\t\t20000101\t20251231\t0\tpolicy\n"
    "00100\t00102\t\t20000101\t*\t0\tpolicy\n"
)
PUBLISHED_LIMITS = (
    "HCPCS/CPT Code\tPractitioner Services MUE Values\tMUE Adjudication Indicator\tMUE Rationale\n"
    "97124\t3\t2 Date of Service Edit: Policy\tpolicy\n"
)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_imported_quarter_decides_from_its_first_day_on(tmp_path, own_folder):
    file = tmp_path / "ptp.txt"
    file.write_text(PUBLISHED_PAIRS)
    assert "2 lines about codes known here" in run("import", str(file), "--quarter", "2026q1")
    assert edits.pair_edit("97140", "97530", LATER).answer == edits.APPLIES
    assert edits.pair_edit("97140", "97124", LATER).answer == edits.DOES_NOT_APPLY
    assert edits.pair_edit("97140", "97530", date(2025, 8, 1)).snapshot == "2024Q3"
    assert edits.latest() == "2026Q1"


def test_a_workbook_is_read_like_a_text(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for line in PUBLISHED_LIMITS.splitlines():
        book.active.append(line.split("\t"))
    book.save(tmp_path / "mue.xlsx")
    run("import", str(tmp_path / "mue.xlsx"), "--quarter", "2026Q1")
    limit, quarter = edits.unit_limit("97124", LATER)
    assert (limit.units, limit.mai, quarter) == (3, 2, "2026Q1")


def test_the_other_claim_form_of_a_quarter_is_kept(tmp_path):
    file = tmp_path / "ptp.txt"
    file.write_text(PUBLISHED_PAIRS)
    run("import", str(file), "--quarter", "2026Q1", "--setting", "hospital")
    assert edits.pair_edit("97140", "97530", LATER).answer == edits.DOES_NOT_APPLY
    run("import", str(file), "--quarter", "2026Q1")
    for setting in edits.SETTINGS:
        assert edits.pair_edit("97140", "97530", LATER, setting).indicator == 1


def test_another_file_is_refused_in_one_sentence(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("Kneading to the calf\n")
    with pytest.raises(edits.EditsError, match="notes.txt: neither a file of code-pair edits nor of unit limits"):
        CliRunner().invoke(command, ["import", str(file), "--quarter", "2026Q1"], catch_exceptions=False)
    with pytest.raises(edits.EditsError, match="'LATER' is no quarter"):
        CliRunner().invoke(command, ["import", str(file), "--quarter", "later"], catch_exceptions=False)


def test_show_says_what_decided():
    assert "97124 is not paid beside 97140; never paid together" in run(
        "show", "97124", "97140", "--date", "2024-08-01"
    )
    assert "as last known: that quarter has ended" in run("show", "97124", "97140", "--date", "2026-08-01")
    assert "no data for this date" in run("show", "97124", "97140", "--date", "2020-08-01")
    assert "one ended on 2019-12-31" in run("show", "97140", "97530", "--date", "2024-08-01")
    assert "97124: at most 4 a day" in run("show", "97124", "--date", "2024-08-01")

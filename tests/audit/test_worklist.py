"""Risk, order and reason of the worklist."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.audit.summary import Tally
from rehabcoder.audit.survey import survey
from rehabcoder.audit.worklist import rank, reason_and_fix, risk, units_over
from rehabcoder.records import Finding, Note, Result


def record(note_id: str = "A", date: str | None = None, severities: str = "", over: int = 0) -> dict[str, Any]:
    """A result record with a finding for each letter h, m, l and so many units over."""
    names = {"h": "high", "m": "medium", "l": "low"}
    found = [Finding(f"rule-{letter}", names[letter], f"message {letter}", "fix", "test") for letter in severities]
    claim = [{"code": "97124", "billed_units": 1 + over, "supported_units": 1, "verdict": "over"}] if over else []
    return Result(Note(note_id, "x", date_of_service=date), findings=found, claim_check=claim).to_dict()


@pytest.mark.parametrize(
    ("severities", "over", "expected"), [("", 0, 0), ("h", 0, 5), ("hml", 0, 8), ("", 2, 10), ("hh", 1, 15)]
)
def test_risk_is_the_weight_of_the_findings_and_of_the_units_over(severities: str, over: int, expected: int) -> None:
    assert risk(record(severities=severities, over=over)) == expected


def test_units_of_unknown_support_are_not_over() -> None:
    claim = [{"code": "97124", "billed_units": 4, "supported_units": None, "verdict": "match"}]
    assert units_over({"claim_check": claim}) == 0


def test_units_under_do_not_make_up_for_units_over() -> None:
    claim = [
        {"code": "97124", "billed_units": 3, "supported_units": 1, "verdict": "over"},
        {"code": "97110", "billed_units": 1, "supported_units": 3, "verdict": "under"},
    ]
    assert units_over({"claim_check": claim}) == 2


def test_order_is_risk_then_date_then_id() -> None:
    records = [
        record("low", "2024-01-01", "l"),
        record("undated", None, "h"),
        record("late", "2024-02-01", "h"),
        record("early-b", "2024-01-01", "h"),
        record("early-a", "2024-01-01", "h"),
        record("worst", "2024-03-01", "h", over=1),
    ]
    ordered = sorted(records, key=rank)
    assert [each["note_id"] for each in ordered] == ["worst", "early-a", "early-b", "late", "undated", "low"]


def test_the_reason_is_the_gravest_one() -> None:
    assert reason_and_fix(record(severities="lhm"))[0] == "message h"
    assert reason_and_fix(record(severities="m", over=2)) == (
        "97124: 3 billed, 1 supported",
        "bill 1 or document the minutes",
    )
    assert reason_and_fix(record()) == ("", "")


def test_units_over_whose_finding_is_suppressed_are_no_reason_and_in_no_figure() -> None:
    found = {**record(severities="m", over=2), "suppressed": [{"rule": "units-unsupported"}]}
    assert reason_and_fix(found) == ("message m", "fix")
    tally = Tally()
    tally.add(found)
    assert tally.summary()["claim"]["over"] == tally.summary()["payers"]["not stated"]["over"] == 0


@given(st.lists(st.tuples(st.text("hml", max_size=3), st.integers(0, 3), st.sampled_from([None, "2024-01-01"]))))
def test_the_survey_writes_every_note_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, notes: list[tuple[str, int, str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    records = [record(f"N{n}", date, found, over) for n, (found, over, date) in enumerate(notes)]
    (folder / "results.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
    found = survey(folder / "results.jsonl", folder / "worklist.csv", limit=3)
    with (folder / "worklist.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    ordered = sorted(records, key=rank)
    assert [row["note_id"] for row in written] == [each["note_id"] for each in ordered]
    assert [int(row["risk"]) for row in written] == [risk(each) for each in ordered]
    assert found.riskiest == [each for each in ordered[:3] if risk(each)]
    assert found.summary["notes"] == len(records) == sum(found.summary["risk"].values())

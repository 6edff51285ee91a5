"""Modifiers that a note supports: whose plan, who furnished it, past which amount, active care or not."""

from __future__ import annotations

from typing import Any

import pytest

from rehabcoder.coder import Coder

EXERCISE = "Quad sets 3x10, heel slides 3x10, bridges 3x12, 30 min. Knee flexion 88 to 96. Stairs easier.\n"
ADJUSTED = "Palpation: L4-5 fixed, tender. CMT L4, L5 diversified (98940). Lumbar flexion 50 to 65.\n"


@pytest.fixture(scope="module")
def modifiers(coder: Coder):
    def of(text: str, **record: Any) -> dict[str, list[str]]:
        result = coder.suggest({"payer": "Medicare", "text": text, **record})
        return {line.code: [m["code"] for m in line.modifiers] for line in result.claim_lines}

    return of


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("Signed: Dana Orr, PTA", ["GP", "CQ"]),
        ("Signed: Dana Orr, COTA/L", ["GO", "CO"]),
        ("Signed: Dana Orr, PT, DPT", ["GP"]),
        ("Signed: Dana Orr, PTA. Cosigned: Max Bell, PT", ["GP"]),
        ("", []),
    ],
)
def test_an_assistant_who_signs_alone_furnished_it(modifiers, signature, expected):
    assert modifiers(EXERCISE + signature) == {"97110": expected}


def test_the_modifier_says_on_how_many_units_and_where_it_is_said(coder):
    text = EXERCISE + "Signed: Dana Orr, PTA"
    result = coder.suggest({"payer": "Medicare", "text": text})
    assert result.services[0].furnished_by == [{"role": "assistant", "minutes": 30}]
    [modifier] = [m for m in result.claim_lines[0].modifiers if m["code"] == "CQ"]
    assert modifier["units"] == 2
    assert [text[e["start"] : e["end"]] for e in modifier["evidence"]] == ["Orr, PTA"]


def test_other_payers_are_not_known_to_ask_for_it(modifiers):
    assert modifiers(EXERCISE + "Signed: Dana Orr, PTA", payer="Lakeside Mutual") == {"97110": ["GP"]}


@pytest.mark.parametrize(
    ("year_to_date", "date", "expected"),
    [
        (2400, "2024-08-01", ["GP", "KX"]),
        ("2400.50", "8/1/2024", ["GP", "KX"]),
        (2330, "2024-08-01", ["GP"]),
        (2400, "2026-08-01", ["GP"]),
        (2400, "2031-08-01", ["GP"]),
        (2400, None, ["GP"]),
        ("much", "2024-08-01", ["GP"]),
        (None, "2024-08-01", ["GP"]),
    ],
)
def test_a_line_past_the_threshold_of_its_year(modifiers, year_to_date, date, expected):
    record = {"year_to_date": year_to_date, "date_of_service": date}
    assert modifiers(EXERCISE + "Signed: Dana Orr, PT", **record) == {"97110": expected}


@pytest.mark.parametrize(
    ("words", "expected"),
    [("", ["AT"]), ("Maintenance care, comes monthly to prevent flare-ups.\n", [])],
)
def test_active_manipulation(modifiers, words, expected):
    assert modifiers(ADJUSTED + words + "R. Imber, DC") == {"98940": expected}

"""Agreement of two annotations: full with itself, less where one differs, kappa as in its definition."""

from copy import deepcopy

import pytest

import agreement


def service(code, minutes, regions, techniques, intents, quote):
    return {
        "code": code,
        "accept": [],
        "minutes": minutes,
        "regions": regions,
        "techniques": techniques,
        "intents": intents,
        "quote": quote,
        "quotes": [quote],
    }


MASSAGE = service("97124", 10, ["lower_leg:right"], ["petrissage"], ["reduce_spasm"], "Kneading R calf 10 min")
EXERCISE = service("97110", 15, [], ["strengthening"], [], "Bridges 2x10, 15 min")
GOLD = {
    "id": "a-1",
    "text": "Kneading R calf 10 min for spasm. Bridges 2x10, 15 min. No ultrasound.",
    "services": [MASSAGE, EXERCISE],
    "not_performed": [{"code": "97035", "status": "negated", "quote": "No ultrasound", "quotes": ["No ultrasound"]}],
    "total_timed_minutes": None,
    "total_treatment_minutes": None,
    "units": {"97124": 1, "97110": 1},
    "flags": ["no-response"],
}


def figures(gold, second):
    return {row["figure"]: row for row in agreement.agreement(gold, second)}


def test_an_annotation_agrees_with_itself():
    found = figures([GOLD], [GOLD])
    for name in ("code_set_exact", "minutes_exact", "units_exact", "region_side_f1", "intent_f1", "evidence_overlap"):
        assert found[name]["value"] == 1, name
    assert found["flag no-response"]["value"] == 1
    assert found["flag no-response"]["kappa"] is None, "one note with the label says nothing about chance"
    assert found["flag no-signature"]["value"] is None


def test_each_difference_shows_in_its_own_figure():
    second = deepcopy(GOLD)
    second["services"][0]["minutes"] = 12
    second["services"][1]["code"] = "97530"
    second["total_timed_minutes"] = 27
    second["flags"] = ["no-response", "no-signature"]
    found = figures([GOLD, {**GOLD, "id": "a-2"}], [second, {**GOLD, "id": "a-2"}])
    assert found["code_set_exact"]["value"] == 0.5
    assert found["code 97124"]["value"] == 1
    assert found["code 97110"]["value"] == pytest.approx(2 / 3)
    assert found["minutes_exact"]["value"] == pytest.approx(2 / 3)
    assert found["total_timed_minutes_exact"]["value"] == 0.5
    assert found["flag no-signature"]["value"] == 0
    assert found["flags together"]["value"] == pytest.approx(0.8)


def test_a_mention_that_the_second_takes_for_performed_is_not_kept_out():
    gold = deepcopy(GOLD)
    gold["not_performed"] = [{"code": "97110", "status": "home", "quote": "Bridges", "quotes": ["Bridges"]}]
    gold["services"] = gold["services"][:1]
    assert figures([gold], [GOLD])["not_performed_kept_out"]["value"] == 0


def test_kappa_of_the_textbook_table():
    """Of 50 cases both say yes to 20 and no to 15: observed 0.7, by chance 0.5 (Cohen 1960)."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    assert agreement.kappa(pairs) == pytest.approx(0.4)

"""Minutes become units: the published examples, and what must hold for any minutes."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.billing.units import UNIT_RULES, ama, cms, units_of
from rehabcoder.vocabulary import TIMED_CODES

SHARED_EXAMPLES = Path(__file__).parents[3] / "shared/data/unit_examples.json"
visits = st.dictionaries(st.sampled_from(sorted(TIMED_CODES)), st.integers(0, 120), min_size=1, max_size=6)


def counts(text):
    return {code: int(n) for code, _, n in (pair.partition("=") for pair in text.split())}


def published():
    lines = (Path(__file__).parent / "unit_facts.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(line for line in lines if line[:1] != "#"):
        yield row["rule"], counts(row["minutes"]), [counts(one) for one in row["units"].split("|")]


def shared():
    if SHARED_EXAMPLES.exists():
        for case in json.loads(SHARED_EXAMPLES.read_text("utf-8")):
            yield case["rule"], case["minutes"], [case["expected_units"], *case["alternatives"]]


def in_order(allocations):
    return sorted(sorted(one.items()) for one in allocations)


@pytest.mark.parametrize(("rule", "minutes", "allowed"), list(published()))
def test_published_examples(rule, minutes, allowed):
    allocation = UNIT_RULES[rule](minutes)
    assert in_order([allocation.units, *allocation.alternatives]) == in_order(allowed)


@pytest.mark.skipif(not SHARED_EXAMPLES.exists(), reason="the shared example collection is not here")
def test_shared_examples():
    cases = list(shared())
    assert len(cases) >= 48
    for rule, minutes, allowed in cases:
        allocation = UNIT_RULES[rule](minutes)
        assert in_order([allocation.units, *allocation.alternatives]) == in_order(allowed), minutes


@pytest.mark.parametrize(
    ("minutes", "units"),
    [(0, 0), (7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3), (52, 3), (53, 4), (112, 7), (113, 8), (127, 8)],
)
def test_band_edges(minutes, units):
    assert units_of(minutes) == units


@given(visits)
def test_cms_units_are_exactly_what_the_total_allows(minutes):
    assert cms(minutes).total_units == (sum(minutes.values()) + 7) // 15


@given(visits)
def test_every_alternative_has_the_same_total_and_differs(minutes):
    allocation = cms(minutes)
    every = [allocation.units, *allocation.alternatives]
    assert {sum(one.values()) for one in every} == {allocation.total_units}
    assert len({tuple(sorted(one.items())) for one in every}) == len(every)


@given(visits, st.randoms())
def test_order_of_services_does_not_matter(minutes, random):
    shuffled = list(minutes.items())
    random.shuffle(shuffled)
    first, second = cms(minutes), cms(dict(shuffled))
    assert first.units == second.units
    assert in_order(first.alternatives) == in_order(second.alternatives)


@given(visits)
def test_a_code_gets_its_full_fifteens_and_at_most_one_unit_more(minutes):
    for code, units in cms(minutes).units.items():
        assert minutes[code] // 15 <= units <= -(-minutes[code] // 15)


@given(st.sampled_from(sorted(TIMED_CODES)), st.integers(0, 1000))
def test_both_rules_agree_on_one_code(code, minutes):
    assert cms({code: minutes}).units == ama({code: minutes}).units


def test_arithmetic_in_words():
    assert cms({"97124": 15}).arithmetic("97124") == "15 of 15 timed minutes: 1 unit"
    pooled = cms({"97110": 33, "97140": 7})
    assert pooled.arithmetic("97140") == (
        "7 of 40 timed minutes (3 units in all): 0 for full 15s, 1 for the remaining 7: 1 unit"
    )
    assert "tied with 97112: the clinician chooses" in cms({"97112": 20, "97110": 20}).arithmetic("97110")
    assert ama({"97110": 24}).arithmetic("97110").endswith("2 units")


def test_negative_minutes_are_refused():
    with pytest.raises(ValueError, match="negative"):
        cms({"97110": -1})

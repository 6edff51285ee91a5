"""The assistant's modifier: on which units, by the published examples and by what must always hold."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.billing.assistants import Share, assistant_units
from rehabcoder.billing.units import cms

FACTS = list(csv.DictReader((Path(__file__).parent / "assistant_facts.csv").open(encoding="utf-8")))
EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "assistant_examples.json"
MINUTES = st.integers(0, 70)
SHARES = st.dictionaries(st.sampled_from(["97110", "97140", "97124", "97530"]), st.builds(Share, MINUTES, MINUTES))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_published_and_derived_examples(fact):
    shares = {}
    for part in fact["minutes"].split():
        code, _, minutes = part.partition(":")
        shares[code] = Share(*map(int, minutes.split("+")))
    expected = {code: int(n) for code, _, n in (part.partition(":") for part in fact["units_with_modifier"].split())}
    assert assistant_units(shares) == expected


@pytest.mark.skipif(not EXAMPLES.is_file(), reason="the shared facts are not part of the repository")
def test_the_facts_are_those_that_were_handed_over():
    for example in json.loads(EXAMPLES.read_text(encoding="utf-8")):
        shares = {}
        for code, by in example["minutes"].items():
            assistant = sum(n for who, n in by.items() if who in ("PTA", "OTA"))
            shares[code] = Share(sum(by.values()) - assistant, assistant)
        expected = dict.fromkeys(shares, 0)
        for line in example["expected_lines"]:
            expected[line["code"]] += line["units"] if line["modifier"] else 0
        assert assistant_units(shares) == expected, example["id"]


@given(SHARES)
def test_never_more_than_the_units_of_a_code(shares):
    units = cms({code: share.minutes for code, share in shares.items()}).units if shares else {}
    for code, n in assistant_units(shares).items():
        assert 0 <= n <= units.get(code, 0)


@given(SHARES)
def test_who_furnished_nothing_marks_nothing_and_who_furnished_all_marks_all(shares):
    alone = {code: Share(share.minutes, 0) for code, share in shares.items()}
    assert not any(assistant_units(alone).values())
    units = cms({code: share.minutes for code, share in shares.items()}).units if shares else {}
    all_assistant = assistant_units({code: Share(0, share.minutes) for code, share in shares.items()})
    assert all_assistant == {code: units.get(code, 0) for code in shares}

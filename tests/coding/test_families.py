"""Code families: one class for codes that words cannot tell apart, and the way back to a code."""

from __future__ import annotations

import pytest

from rehabcoder.coding.families import UNKNOWN, code_of, codes_of, family_of
from rehabcoder.vocabulary import CODES, TARGET_CODES


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_among_the_codes_of_its_family(code):
    assert code in codes_of(family_of(code))


@pytest.mark.parametrize("code", CODES)
def test_a_written_code_is_kept(code):
    assert code_of(family_of(code), [code], [], None) == code


def test_target_codes_share_a_family_with_no_other_code():
    assert [codes_of(family_of(code)) for code in TARGET_CODES] == [(code,) for code in TARGET_CODES]


def test_a_written_code_of_another_family_says_nothing():
    assert code_of("97124", ["97140"], [], None) == "97124"
    assert code_of("pt_eval", ["97110", "97161"], [], None) == "97161"


@pytest.mark.parametrize(
    ("regions", "code"),
    [
        (["neck"], "98940"),
        (["neck", "upper_back"], "98940"),
        (["neck:left", "neck:right", "shoulder"], "98940"),
        (["neck", "upper_back", "lower_back"], "98941"),
        (["neck", "upper_back", "lower_back", "pelvis:both"], "98941"),
    ],
    ids=["one", "two", "sides and extraspinal parts do not count", "three", "four"],
)
def test_the_spinal_regions_decide_on_a_manipulation(regions, code):
    assert code_of("cmt", [], regions, "DC") == code


@pytest.mark.parametrize(
    ("family", "discipline", "code"),
    [
        ("reeval", "PT", "97164"),
        ("reeval", "OT", "97168"),
        ("pt_eval", "PT", "97162"),
        ("pt_eval", "OT", "97166"),
        (UNKNOWN, None, "none"),
    ],
)
def test_the_discipline_decides_on_an_evaluation(family, discipline, code):
    assert code_of(family, [], [], discipline) == code

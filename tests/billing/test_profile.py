"""Payer profiles: found by the payer's name, and no line without a source."""

import pytest

from rehabcoder.billing.profile import ProfileError, parse, profile_of, profiles

LINE = 'value = "cms"\nsource = "a manual"\ndate = 2024-01-01\nconfidence = "primary"\n'
OTHER_LINES = {
    "bundled": "[]",
    "code_pair_edits": "'ncci'",
    "medicare_modifiers": "true",
    "total_times": "true",
    "usual_timed_units": "4",
}
OTHERS = "".join(
    f'[{line}]\nvalue = {value}\nsource = "a manual"\ndate = 2024-01-01\nconfidence = "primary"\n'
    for line, value in OTHER_LINES.items()
)


@pytest.mark.parametrize("payer", ["Medicare", "MEDICARE PART-B", " medicare b "])
def test_a_payer_is_known_by_its_names(payer):
    assert profile_of(payer).name == "medicare"


@pytest.mark.parametrize("payer", [None, "", "Lakeside Mutual"])
def test_any_other_payer_has_the_generic_profile(payer):
    assert profile_of(payer).name == "generic"


def test_every_line_says_where_it_comes_from():
    for profile in profiles().values():
        for policy in profile.policies.values():
            assert policy.source and policy.date and policy.confidence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[unit_rule", "profile x:"),
        (OTHERS, "unit_rule is missing"),
        (f"[unit_rule]\n{LINE}{OTHERS}[unit_rool]\n{LINE}", "unit_rool is unknown"),
        (f"[unit_rule]\nvalue = 'cms'\n{OTHERS}", "unit_rule needs value, source, date and confidence"),
        (f"[unit_rule]\n{LINE.replace('primary', 'sure')}{OTHERS}", "unknown confidence"),
        (f"[unit_rule]\n{LINE.replace('cms', 'seven')}{OTHERS}", "none of cms, ama"),
    ],
)
def test_a_broken_profile_is_refused_by_name_and_line(text, said):
    with pytest.raises(ProfileError, match=said):
        parse("x", text)

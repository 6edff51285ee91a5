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


@pytest.mark.parametrize(
    ("payer", "profile"),
    [
        ("Aetna PPO", "aetna"),
        ("UHC", "unitedhealthcare"),
        ("UHC Medicare Advantage", "uhc-medicare-advantage"),
        ("Medicare Advantage - Humana", "medicare-advantage"),
        ("Medicare", "medicare"),
        ("BCBS of Michigan", "bcbs-michigan"),
        ("BCBS", "bcbs"),
        ("Aetnaville Mutual", "generic"),
    ],
)
def test_a_payers_name_may_go_on_and_the_longest_decides(payer, profile):
    assert profile_of(payer).name == profile


def test_what_a_profile_leaves_out_comes_from_the_one_that_it_extends():
    assert profiles()["uhc-medicare-advantage"].policies == profiles()["medicare"].policies
    assert profiles()["aetna"].unit_rule == profiles()["generic"].unit_rule
    assert profiles()["aetna"].rules["massage-standalone"].severity == "high"


@pytest.fixture
def own_profiles(tmp_path, monkeypatch):
    """The folder of a user's own profiles."""
    monkeypatch.setenv("REHABCODER_DATA", str(tmp_path))
    profiles.cache_clear()
    (tmp_path / "profiles").mkdir()
    yield tmp_path / "profiles"
    profiles.cache_clear()


SOURCE = 'source = "our contract"\ndate = 2026-01-01\nconfidence = "primary"\n'


def test_a_users_own_profile_extends_a_shipped_one(own_profiles, coder):
    (own_profiles / "lakeside.toml").write_text(
        'payers = ["Lakeside Mutual"]\nextends = "medicare"\n'
        f'[unit_rule]\nvalue = "ama"\n{SOURCE}[rules.no-signature]\nmode = "silent"\n{SOURCE}'
        f'[rules.massage-standalone]\nseverity = "low"\n{SOURCE}[rules.no-response]\nmode = "off"\n{SOURCE}'
    )
    note = {"text": "Kneading to the L calf 10 min.", "payer": "Lakeside Mutual"}
    result = coder.suggest(note)
    shown = {finding.rule: finding.severity for finding in result.findings}
    assert result.versions["unit_rule"] == "ama"
    assert shown["massage-standalone"] == "low"
    assert "no-signature" not in shown and "no-response" not in shown
    assert [finding.rule for finding in result.silent_findings] == ["no-signature"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('extends = "nobody"\n', "extends a profile that is not there"),
        (f'[rules.no-response]\nmode = "quiet"\n{SOURCE}', "unknown mode or severity"),
        ('[rules.no-response]\nmode = "off"\n', "needs source, date and confidence"),
    ],
)
def test_a_users_broken_profile_is_refused(own_profiles, text, said):
    (own_profiles / "x.toml").write_text(text)
    with pytest.raises(ProfileError, match=said):
        profiles()

"""Concepts: the lexicon's terms wherever they stand in a note, in whatever spacing, and the sides of regions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.lexicon import Term
from rehabcoder.reading.concepts import TermMatcher
from rehabcoder.reading.plain import plain_text, tokenize

TERMS = (
    Term("trigger point", "technique", "trigger_point_release"),
    Term("trigger point release", "technique", "trigger_point_release"),
    Term("ther ex", "family", "97110"),
    Term("mt", "family", "97140", exact=True),
    Term("us", "technique", "ultrasound", exact=True),
    Term("upper trap", "region", "neck"),
    Term("trap", "region", "upper_back"),
)
MATCHER = TermMatcher(TERMS)


def found(text: str) -> list[str]:
    """The words that the matcher takes for terms."""
    tokens = tokenize(plain_text(text))
    return [text[tokens.starts[a] : tokens.ends[b - 1]] for _, a, b in MATCHER.match(tokens, text)]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("trigger point release x 8", ["trigger point release"]),
        ("Trigger-point", ["Trigger-point"]),
        ("trigger\n  point", ["trigger\n  point"]),
        ("ther-ex, Ther Ex", ["ther-ex", "Ther Ex"]),
        ("upper trap", ["upper trap"]),
        ("triggered points", []),
    ],
    ids=["the longest term", "hyphen", "line break", "several", "no term inside a longer one", "whole words only"],
)
def test_terms_are_found_in_any_spacing(text, terms):
    assert found(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("MT 15 min to the neck", ["MT"]),
        ("mt 15 min to the neck", []),
        ("US to the calf", ["US"]),
        ("tell us when it hurts", []),
        ("PATIENT TOLD US IT HURTS A LOT", []),
        ("HELD MT TODAY DUE TO PAIN", ["MT"]),
    ],
    ids=[
        "capitals",
        "small",
        "capitals of a word",
        "the word",
        "the word in a text of capitals",
        "no word, so it counts",
    ],
)
def test_abbreviations_count_in_capitals_only(text, terms):
    assert found(text) == terms


@given(
    st.lists(st.sampled_from(["trigger", "point", "release", "-", " ", "trap", "upper", "x", "\n", "MT"])).map("".join)
)
def test_terms_of_one_kind_do_not_overlap(text):
    tokens = tokenize(plain_text(text))
    for kind in ("technique", "region", "family"):
        spans = [(a, b) for term, a, b in MATCHER.match(tokens, text) if term.kind == kind]
        assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))


def regions(nlp, text: str) -> list[str]:
    return [m.name for m in nlp(text).user_data["mentions"] if m.kind == "region"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kneading to R upper trap", ["neck:right"]),
        ("kneading to right and left upper trap", ["neck:both"]),
        ("bilateral hamstrings", ["thigh:both"]),
        ("L calf and hamstrings", ["lower_leg:left", "thigh:left"]),
        ("neck and shoulder (left)", ["neck:left", "shoulder:left"]),
        ("patellar glides on the left knee", ["knee:left"]),
        ("PA glides L4-5", ["lower_back"]),
    ],
)
def test_regions_have_the_side_beside_them(nlp, text, expected):
    assert regions(nlp, text) == expected


@pytest.mark.xfail(strict=True, reason="minutes that a scanner garbled are taken for a lumbar segment")
def test_garbled_minutes_are_no_region(nlp):
    assert regions(nlp, "Kneading to R calf l5 min") == ["lower_leg:right"]


@given(
    text=st.text(alphabet=st.sampled_from("RLrl upneckhips,-/()\n knee") | st.characters(codec="utf-8"), max_size=80)
)
def test_mentions_lie_inside_the_note(nlp, text):
    mentions = nlp(text).user_data["mentions"]
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)
    assert [m.start for m in mentions] == sorted(m.start for m in mentions)

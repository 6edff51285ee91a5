"""Status by scope: what the words near a statement, its headings and its section say, before any model is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.reading.status import Cue, cues_of, scopes_of
from rehabcoder.records import Mention, Statement
from rehabcoder.vocabulary import STATUSES


def verdict(nlp, text: str, words: str) -> str:
    """What is said about the statement that holds some words."""
    data = nlp(text).user_data
    at = text.index(words)
    pairs = zip(data["statements"], data["scopes"], strict=True)
    return next(scope.verdict for s, scope in pairs if s.start <= at < s.end)


CASES = [
    ("Kneading to R calf 10 min", "Kneading", "performed"),
    ("No massage performed today", "massage", "negated"),
    ("Held joint mobs due to pain", "mobs", "negated"),
    ("Pt declined massage", "massage", "negated"),
    ("Massage deferred", "Massage", "negated"),
    ("Massage was not performed", "Massage", "negated"),
    ("Pt declined massage but did rows 3x10", "rows", "performed"),
    ("Held joint mobs due to pain; kneading instead", "kneading", "performed"),
    ("Had massage last week with relief", "massage", "historical"),
    ("Will add manual therapy next visit", "manual", "planned"),
    ("Next visit: joint mobs", "mobs", "planned"),
    ("Consider massage if stiff", "massage", "hypothetical"),
    ("May benefit from massage", "massage", "hypothetical"),
    ("HEP: wall slides 2x10", "wall", "home"),
    ("Instructed to self-massage with a ball at home", "self-massage", "home"),
    ("No adverse reaction to massage", "massage", "performed"),
]


@pytest.mark.parametrize(("text", "words", "status"), CASES, ids=[text for text, _, _ in CASES])
def test_words_near_a_statement_say_its_status(nlp, text, words, status):
    assert verdict(nlp, text, words) == status


@pytest.mark.parametrize(
    ("heading", "status"),
    [
        ("Treatment", "performed"),
        ("Interventions", "performed"),
        ("Plan", "planned"),
        ("History", "historical"),
        ("Home exercise program", "home"),
    ],
)
def test_a_section_says_the_status_of_a_bare_mention(nlp, heading, status):
    assert verdict(nlp, f"{heading}:\nRows and wall slides", "Rows") == status
    assert verdict(nlp, f"{heading.upper()}\n- Rows and wall slides", "Rows") == status


def test_words_near_a_statement_win_over_its_section(nlp):
    assert verdict(nlp, "Plan:\nNo massage for now.", "massage") == "negated"
    assert verdict(nlp, "Treatment:\nMassage next visit if sore.", "Massage") != "performed"


def test_a_heading_hands_its_status_down(nlp):
    note = "Not performed today:\n- massage\n- hot pack\n\nRows 3x10"
    assert verdict(nlp, note, "hot pack") == "negated"
    assert verdict(nlp, note, "Rows") == "performed"


def test_a_negation_ends_with_its_sentence(nlp):
    assert verdict(nlp, "No hot pack. Kneading to R calf.", "Kneading") == "performed"


def test_an_empty_box_is_no_treatment(nlp):
    assert verdict(nlp, "[ ] Massage  [x] Rows", "Massage") == "hypothetical"
    assert verdict(nlp, "[ ] Massage  [x] Rows", "Rows") == "performed"


# Scopes, with cues and statements made by hand: statement 0 at 0-20, statement 1 at 20-40, both of one leaf


def scopes(*cues: Cue):
    return scopes_of([Statement(0, 20, "treatment"), Statement(20, 40, "treatment")], list(cues))


def test_a_forward_cue_reaches_to_the_end_of_its_leaf():
    assert [s.verdict for s in scopes(Cue(3, 5, "negated", "forward"))] == ["negated", "negated"]


def test_a_backward_cue_reaches_back_only():
    assert [s.verdict for s in scopes(Cue(23, 25, "negated", "backward"))] == ["negated", "negated"]
    assert [s.verdict for s in scopes(Cue(3, 5, "negated", "backward"))] == ["negated", "performed"]


def test_a_terminating_cue_ends_a_scope():
    ended = scopes(Cue(3, 5, "negated", "forward"), Cue(19, 20, "terminate", "forward"))
    assert [s.verdict for s in ended] == ["negated", "performed"]


def test_a_cue_inside_wins_over_one_before():
    near = scopes(Cue(3, 5, "planned", "forward"), Cue(22, 25, "historical", "forward"))
    assert [s.verdict for s in near] == ["planned", "historical"]


def test_no_cue_reaches_into_another_leaf():
    two = [Statement(0, 20, "treatment", leaf=0), Statement(20, 40, "treatment", leaf=1)]
    assert [s.verdict for s in scopes_of(two, [Cue(3, 5, "negated", "both")])] == ["negated", "performed"]


def test_a_pseudo_cue_covers_the_cue_that_it_looks_like():
    mentions = [
        Mention("cue", "negated", 0, 2, detail="forward"),
        Mention("cue", "pseudo", 0, 10),
        Mention("cue", "planned", 15, 20, detail="forward"),
    ]
    assert cues_of(mentions, "x" * 40) == [Cue(15, 20, "planned", "forward")]


@given(
    text=st.lists(st.sampled_from(["no ", "massage ", "next visit ", ". ", "\n", "Plan: ", "but ", "rows "])).map(
        "".join
    )
)
def test_every_statement_has_one_scope_with_a_status_of_the_guide(nlp, text):
    data = nlp(text).user_data
    assert len(data["scopes"]) == len(data["statements"])
    assert {scope.verdict for scope in data["scopes"]} <= set(STATUSES)

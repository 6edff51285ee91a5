"""Statements: the pieces of a note that document one intervention each, whatever shape the note has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st


def statements(nlp, text: str) -> list[str]:
    return [text[s.start : s.end].strip(" ,.;") for s in nlp(text).user_data["statements"]]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "Kneading to R calf then rows 3x10, then bike 6 min",
            ["Kneading to R calf", "then rows 3x10", "then bike 6 min"],
        ),
        ("Massage to L arm; rows x 15", ["Massage to L arm", "rows x 15"]),
        ("STM R calf / heel raises 3x10", ["STM R calf", "heel raises 3x10"]),
        ("STM to L knee, patellar glides, and SLR 3x10", ["STM to L knee", "patellar glides", "SLR 3x10"]),
        ("Kneading R calf but no joint mobs", ["Kneading R calf", "but no joint mobs"]),
        ("STM to the calf. Rows 3x10.", ["STM to the calf", "Rows 3x10"]),
    ],
    ids=["then", "semicolon", "slash", "commas", "but", "sentences"],
)
def test_run_on_text_is_cut_where_another_intervention_begins(nlp, text, pieces):
    assert statements(nlp, text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "Bridges 3x10, red band, 2 lb",
        "Massage, R calf, 10 min",
        "Kneading R UT, 10 min (taut bands)",
        "Kneading to the calf for pain, to help him walk",
        "Kneading and effleurage to the calf",
        "Kneading (slow; firm; deep) to the calf",
        "MT - grade III glides to the knee",
        "Rows with green band and 5 sec holds",
    ],
    ids=["doses", "region and time", "time and finding", "purpose", "strokes of one code", "brackets", "label", "with"],
)
def test_what_belongs_to_one_intervention_stays_one_statement(nlp, text):
    assert statements(nlp, text) == [text]


def test_every_item_of_a_list_is_a_statement(nlp):
    note = "Tx:\n- kneading of the calf\n- rows 3x10\n* ball toss\n1. step-ups\n2) bike"
    assert statements(nlp, note)[-5:] == ["kneading of the calf", "rows 3x10", "ball toss", "step-ups", "bike"]


def test_a_row_of_a_table_is_one_statement(nlp):
    note = "Intervention | Area | Min\nSTM, then glides | calf | 8\nRows | back | 12"
    rows = [s for s in nlp(note).user_data["statements"] if s.kind == "row"]
    assert [note[s.start : s.end] for s in rows] == ["STM, then glides | calf | 8", "Rows | back | 12"]


def test_a_box_governs_its_own_statement(nlp):
    note = "[x] Massage  [ ] Hot pack  [x] Rows"
    ticked = {note[s.start : s.end].split()[-1]: s.ticked for s in nlp(note).user_data["statements"]}
    assert ticked == {"Massage": True, "pack": False, "Rows": True}


def test_a_statement_knows_its_section_and_its_headings(nlp):
    note = "TREATMENT\nManual therapy, 15 min:\n- STM to the calf\n- ankle glides\n\nPLAN\nAdd rows"
    by_words = {note[s.start : s.end]: s for s in nlp(note).user_data["statements"]}
    glides = by_words["ankle glides"]
    assert glides.section == "treatment"
    assert [note[h.start : h.end] for h in glides.headings] == ["TREATMENT", "Manual therapy, 15 min:"]
    assert by_words["Add rows"].section == "plan"


def test_a_statement_holds_the_mentions_between_its_ends(nlp):
    note = "STM to the R calf, then patellar glides"
    named = [[m.name for m in s.mentions if m.kind == "technique"] for s in nlp(note).user_data["statements"]]
    assert named == [["soft_tissue_mobilization"], ["joint_mobilization"]]


WORDS = st.sampled_from(
    [
        "STM ",
        "rows ",
        "R calf",
        " and ",
        ", ",
        "; ",
        " then ",
        " / ",
        "15 min",
        "\n- ",
        "\n",
        ". ",
        "(",
        ")",
        " | ",
        "[x] ",
    ]
)


@given(text=st.lists(WORDS | st.text(max_size=4), max_size=25).map("".join))
def test_statements_follow_each_other_inside_their_leaves(nlp, text):
    data = nlp(text).user_data
    found, leaves = data["statements"], data["leaves"]
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))
    for s in found:
        leaf = leaves[s.leaf]
        assert leaf.start <= s.start < s.end <= leaf.end
        assert (s.section, s.headings, s.kind, s.ticked) == (leaf.section, leaf.headings, leaf.kind, leaf.ticked)
        assert text[s.start : s.end] == text[s.start : s.end].strip(" \t\n")


@given(text=st.lists(WORDS, max_size=25).map("".join))
def test_no_intervention_of_a_leaf_is_lost(nlp, text):
    data = nlp(text).user_data
    named = [m for m in data["mentions"] if m.kind == "technique"]
    in_leaves = [m for m in named if any(leaf.start <= m.start < leaf.end for leaf in data["leaves"])]
    in_statements = [m for s in data["statements"] for m in s.mentions if m.kind == "technique"]
    assert in_statements == in_leaves


@pytest.mark.parametrize(
    "text",
    [
        "Hot stones offered, declined.",
        "3 sets of assisted squats (skipped in the end)",
        "TENS unit issued in June, not used here",
    ],
)
def test_what_takes_an_offer_back_stays_with_it(nlp, text):
    assert len(statements(nlp, text)) == 1


def test_what_was_left_out_of_a_service_does_not_take_it_back(nlp):
    assert statements(nlp, "Full back massage (skipped inner ankles)")[0] == "Full back massage"

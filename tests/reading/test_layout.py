"""Layout: sections, headings, items, tables and boxes of a note, whatever shape its writer or system gave it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st


def leaves(nlp, text: str) -> list[tuple[str, str]]:
    """(section, words) of every leaf."""
    return [(leaf.section, text[leaf.start : leaf.end]) for leaf in nlp(text).user_data["leaves"]]


def headings_of(nlp, text: str, words: str) -> list[str]:
    """The headings above the leaf that holds some words, outermost first."""
    at = text.index(words)
    leaf = next(f for f in nlp(text).user_data["leaves"] if f.start <= at < f.end)
    return [text[h.start : h.end] for h in leaf.headings]


def test_soap_letters_open_sections(nlp):
    note = "S: Sore after work.\nO: Flexion 90.\nA: Gains in ROM.\nP: Add rows."
    assert [section for section, _ in leaves(nlp, note)] == ["subjective", "objective", "assessment", "plan"]


def test_headings_open_sections_on_their_own_line_and_inside_a_line(nlp):
    note = "TREATMENT\nSTM to the calf\n\nPLAN\nAdd calf raises"
    assert leaves(nlp, note) == [("treatment", "STM to the calf"), ("plan", "Add calf raises")]
    run_on = "Sore today. Tx: STM to the calf. HEP: calf raises. Plan: add steps."
    assert [section for section, _ in leaves(nlp, run_on)] == ["none", "treatment", "home", "plan"]


def test_a_title_in_capitals_closes_the_section_before_it(nlp):
    note = "PLAN\nAdd calf raises\n\nTHE LONG WALK OUTSIDE\nWalked to the gate"
    assert {words: section for section, words in leaves(nlp, note)}["Walked to the gate"] != "plan"


def test_a_lead_in_stands_above_its_items(nlp):
    note = "Manual therapy, 15 min:\n- STM to the calf\n- talocrural glides\n\nBike 6 min"
    assert headings_of(nlp, note, "talocrural") == ["Manual therapy, 15 min:"]
    assert headings_of(nlp, note, "Bike") == []


def test_deeper_lines_stand_under_shallower_ones(nlp):
    note = "Tx:\nMassage\n  R calf\n    kneading\nExercise\n  rows"
    assert headings_of(nlp, note, "kneading")[-2:] == ["Massage", "R calf"]
    assert headings_of(nlp, note, "rows")[-1] == "Exercise"


def test_a_sentence_ends_at_a_full_stop_but_not_after_an_abbreviation(nlp):
    note = "Ther. ex. with approx. 5 lbs. today. Then kneading to the R calf for 5 min. Left happy."
    assert [words for _, words in leaves(nlp, note)][-1] == "Left happy."
    assert any(words.endswith("for 5 min.") for _, words in leaves(nlp, note))


def test_a_letter_before_a_full_stop_is_an_initial_or_the_end_of_a_sentence(nlp):
    note = "No new c/o. Bridges x10.\nStood up min A. Walked 50 ft.\nJ. Doe"
    assert [words for _, words in leaves(nlp, note)] == [
        "No new c/o.",
        "Bridges x10.",
        "Stood up min A.",
        "Walked 50 ft.",
        "J. Doe",
    ]


@pytest.mark.parametrize(
    "note",
    [
        "Intervention | Area | Min\nSTM | calf | 8\nRows | back | 12",
        "| Intervention | Area | Min |\n|---|---|---|\n| STM | calf | 8 |\n| Rows | back | 12 |",
        "Intervention\tArea\tMin\nSTM\tcalf\t8\nRows\tback\t12",
        "Intervention   Area    Min\nSTM            calf    8\nRows           back    12",
        "Intervention,Area,Min\nSTM,calf,8\nRows,back,12",
    ],
    ids=["pipes", "markdown", "tabs", "wide gaps", "commas"],
)
def test_tables_have_columns_with_roles(nlp, note):
    rows = [leaf for leaf in nlp(note).user_data["leaves"] if leaf.kind == "row"]
    cells = [{note[c.start : c.end]: c.role for c in row.cells} for row in rows]
    assert cells == [{"STM": "text", "calf": "text", "8": "minutes"}, {"Rows": "text", "back": "text", "12": "minutes"}]


def test_columns_without_names_are_told_by_what_stands_in_them(nlp):
    note = "Kneading calf   97124   15   1\nRows            97110   12   1\nStep-ups        97110   10   1"
    rows = [leaf for leaf in nlp(note).user_data["leaves"] if leaf.kind == "row"]
    assert [c.role for c in rows[0].cells] == ["text", "code", "minutes", "units"]


@pytest.mark.parametrize(
    "note",
    ["[x] Massage  [ ] Hot pack", "(x) Massage  ( ) Hot pack", "☑ Massage  ☐ Hot pack", "_x_ Massage  ___ Hot pack"],
    ids=["square", "round", "drawn", "blanks"],
)
def test_boxes_say_what_was_ticked(nlp, note):
    ticked = {note[f.start : f.end].split()[-1]: f.ticked for f in nlp(note).user_data["leaves"]}
    assert ticked == {"Massage": True, "pack": False}


def test_lines_that_a_fax_broke_are_joined(nlp):
    note = "The patient then received slow kneading of the whole right calf and the\nsole of the foot, for pain."
    assert len(leaves(nlp, note)) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_make_no_difference(nlp, end):
    note = ["Tx:", "- STM to the calf", "- rows", "", "Plan: add steps"]
    assert leaves(nlp, end.join(note)) == leaves(nlp, "\n".join(note))


SHAPES = st.sampled_from(
    ["Tx:", "S:", "- ", "| ", "\t", "\n", "\r\n", "  ", "[x] ", "___ ", "15 min", "a.", ":", "STM", "(", "97110"]
)


@given(parts=st.lists(SHAPES | st.text(max_size=5), max_size=30))
def test_leaves_follow_each_other_and_lose_no_word(nlp, parts):
    text = "".join(parts)
    data = nlp(text).user_data
    found = data["leaves"]
    assert all(0 <= leaf.start < leaf.end <= len(text) for leaf in found)
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))
    if not found:
        return  # a note that is nothing but headings
    kept = [*((leaf.start, leaf.end) for leaf in found), *(h for leaf in found for h in leaf.headings)]
    last = max(end for _, end in kept)
    for word, start in zip(data["tokens"].words, data["tokens"].starts, strict=True):
        assert not word.isdigit() or start >= last or any(a <= start < b for a, b in kept), word


def test_a_line_goes_on_below_only_where_the_next_word_found_no_room(nlp):
    typed = (
        "TX\n"
        "massage after that, 8 min for the soreness\n"
        "clams green band 2x15, bridges 3x10 and a piriformis stretch 3x30s, 12 min"
    )
    assert leaves(nlp, typed)[0] == ("treatment", "massage after that, 8 min for the soreness")
    wrapped = (
        "Treatment: the tissue along the shoulder blade was kneaded slowly from the\n"
        "lower corner upward, for the guarding that keeps the arm from the shelf."
    )
    assert len(leaves(nlp, wrapped)) == 1


def test_an_export_that_made_line_ends_blanks(nlp):
    lines = [
        "S: sore after work, reaching the shelf hurts and so does the drive home",
        "Tx: kneading to R upper trap 10 min",
        "rows green band 3x10, 12 min",
        "P: add steps next time",
    ]
    assert [words for _, words in leaves(nlp, "  ".join(lines))] == [line.partition(": ")[2] or line for line in lines]
    prose = "Kneading to the calf. She walked  to the gate. Then rows, ten times. It was easier. Later ice.  "
    assert "She walked  to the gate." in [words for _, words in leaves(nlp, prose * 4)]


def test_a_table_that_names_only_its_minutes(nlp):
    note = "min\twhat\n6\tbike\n9\tkneading of the calf\n8\trows"
    rows = [leaf for leaf in nlp(note).user_data["leaves"] if leaf.kind == "row"]
    assert [[note[c.start : c.end] for c in row.cells if c.role == "minutes"] for row in rows] == [["6"], ["9"], ["8"]]


def test_a_line_of_minutes_ends_where_it_ends(nlp):
    note = "S: Sore.\n\nManual therapy: glides to the hip.\nMinutes: 12\n\nPainful arc gone after."
    assert {words: section for section, words in leaves(nlp, note)}["Painful arc gone after."] != "billing"


def test_a_line_that_ends_in_dots_and_minutes_does_not_go_on_below(nlp):
    note = "\n".join(
        [
            "SIDE PLANK WITH LEG RAISE 3 X 20 SEC, BAND WALK 4 X 15 YD",
            "BRIDGE ON ONE LEG 3 X 8 ............................ 20 MIN",
            "STEP DOWN FROM 4 IN AT THE MIRROR ................. 09 MIN",
        ]
    )
    assert any(words.startswith("STEP DOWN") for _, words in leaves(nlp, note))

"""Plain text and tokens: whatever stands in a note, offsets lead back to its characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.reading.plain import plain_text, tokenize

#: Text with the pieces that a reader may stumble over: mark-up, entities, odd blanks, letters that grow in lower case.
PIECES = (
    "<br>",
    "<b class='x'>",
    "</td>",
    "&nbsp;",
    "&#39;",
    "&lt",
    "<",
    ">",
    "\r\n",
    "\t",
    "\x00",
    "\u2028",
    "İ",
    "ẞ",
)
note_text = st.lists(st.one_of(st.text(max_size=12), st.sampled_from(PIECES))).map("".join)


@given(note_text)
def test_plain_text_has_a_character_for_every_character_of_the_note(text):
    assert len(plain_text(text)) == len(text)


@given(note_text)
def test_tokens_are_the_characters_between_the_white_space(text):
    plain = plain_text(text)
    tokens = tokenize(plain)
    assert [plain[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)] == tokens.words
    assert "".join(tokens.words) == "".join(plain.split())
    assert all(b <= a for b, a in zip(tokens.ends, tokens.starts[1:], strict=False))


@given(note_text)
def test_a_doc_is_the_note_as_given(nlp, text):
    doc = nlp.tokenizer(text)
    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token)] == token.text for token in doc)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("STM 15’", "stm 15'"),
        ("“tight” – R\u00a0UT", '"tight" - r ut'),
        ("• bridges 3×10", "* bridges 3x10"),
        ("bike\u202910 min", "bike\n10 min"),
    ],
    ids=["primes", "quotes and dashes", "bullets and times signs", "paragraph separators"],
)
def test_odd_characters_are_made_plain(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("MT&nbsp;15 min", ["mt", "15", "min"]),
        ("heat &amp; massage", ["heat", "&", "massage"]),
        ("<b>STM</b> R UT", ["stm", "r", "ut"]),
        ("pain < 3 and ROM > 90", ["pain", "<", "3", "and", "rom", ">", "90"]),
    ],
    ids=["entity for a blank", "entity for a sign", "tags", "comparisons are no tags"],
)
def test_mark_up_is_blanked(text, words):
    assert tokenize(plain_text(text)).words == words


def test_tags_that_break_a_line_break_it_and_cells_are_divided():
    assert plain_text("a<br>b").split("\n")[0] == "a"
    assert "\t" in plain_text("<td>STM</td><td>15</td>")


def test_letters_that_a_scanner_read_in_a_code_are_digits_again():
    assert plain_text("97I4O x1, 971l0 x2") == "97140 x1, 97110 x2"

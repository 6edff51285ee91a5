"""The reading pipeline: registered spaCy components that read any text, the same every time, in linear time."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from rehabcoder.reading import COMPONENTS, NoteTokenizer
from rehabcoder.reading.codes import written_codes
from rehabcoder.reading.spelling import Spelling

NOTE = """S: Neck sore since the long drive, 4/10.\r
O: C-spine rotation R 50, L 62. Tender R upper trap.
Tx: kneading to R upper trap x 12 min, then chin tucks 2x10 for 8 min.
| Intervention | Min |
| STM calf | 9 |
[x] Hot pack  [ ] Massage chair
A: Rotation R 58 after treatment.
P: Add rows next visit.
"""


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_are_registered_spacy_factories(name):
    blank = spacy.blank("en")
    blank.add_pipe(name)
    assert blank.pipe_names == [name]


def test_a_blank_pipeline_with_the_components_reads_like_the_pipeline(nlp):
    blank = spacy.blank("en")
    blank.tokenizer = NoteTokenizer(blank.vocab)
    for name in COMPONENTS:
        blank.add_pipe(name)
    assert everything(blank, NOTE) == everything(nlp, NOTE)


def test_the_components_read_what_any_other_tokenizer_made(nlp):
    blank = spacy.blank("en")
    for name in COMPONENTS:
        blank.add_pipe(name)
    assert everything(blank, NOTE) == everything(nlp, NOTE)


def everything(nlp: Language, text: str) -> dict:
    """All that is read in a text."""
    data = nlp(text).user_data
    return {**data, "codes": written_codes(data["plain"], data["statements"], {})}


def spans(read: dict) -> Iterator[tuple[int, int]]:
    """Every span of what was read."""
    for name in ("leaves", "mentions", "statements", "times", "codes"):
        yield from ((x.start, x.end) for x in read[name])
    for leaf in read["leaves"]:
        yield from leaf.headings
        yield from ((cell.start, cell.end) for cell in leaf.cells)


ODD = (
    *("", " ", "\n", "\r\n\r\n", "\x00", "\x00STM\x00", "\ufeffTx: STM", "\u200b", "👩‍🦽 bike 6 min 💪", "🙂" * 50),
    *("עיסוי לצוואר 15 min", "‏مساج‎ STM 10 min", "İSTANBUL ẞ STM", "ﬁne ½ hour ² ³ ½", "e\u0301ffleurage to the calf"),
    *("<p>STM&nbsp;15&#39;</p><td>8</td>", "<<<>>>", "&&&;;;", "<br", "</", "&#", "<script>STM</script>"),
    *("|", "|||", "| |", "a|", "|\n|\n|", "---", "[", "[ ]", "[x]", "(", ")", ":", "::", "-", "- ", "1.", "1) ", "#1:"),
    *(
        "x",
        "x15",
        "15",
        "15:",
        ":15",
        "0:00-0:00",
        "99:99",
        "2:05-",
        "97124",
        "97124x",
        "\u2028Tx:\u2029",
        "\ud7ff\U0010ffff",
    ),
)


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_text_is_read(nlp, text):
    assert all(0 <= start < end <= len(text) for start, end in spans(everything(nlp, text)))


PIECES = st.sampled_from((*ODD, "STM R calf 10 min", "\n", "\t", "Plan: ", "no ", "2:05-2:20", "and", "kneading "))


@given(text=st.lists(PIECES | st.text(max_size=8), max_size=30).map("".join))
def test_any_text_is_read_the_same_every_time_with_spans_inside_it(nlp, text):
    read = everything(nlp, text)
    assert all(0 <= start < end <= len(text) for start, end in spans(read))
    assert everything(nlp, text) == read


def test_half_an_emoji_that_an_export_cut_is_read(nlp):
    (minutes,) = nlp("STM to the calf 10 min \ud83d").user_data["times"]
    assert minutes.minutes == 10


@pytest.mark.parametrize("before", ["🙂", "𝒮oap 🦵🏽 ", "\u200f", "é\u0301 ", "\x00", "\r\n"], ids=ascii)
def test_what_stands_before_moves_the_spans_by_its_code_points(nlp, before):
    text = "Kneading to R calf 10 min"
    (time_,) = nlp(before + text).user_data["times"]
    assert (before + text)[time_.start : time_.end] == "10 min"


# Linear time

#: What fills a hostile note; every component must read eight times as much in about eight times as long.
FILLERS = (
    *"([:|<>&._'\"1\t\n\r 🙂",
    *("((", "- ", "x ", "15 ", "| ", "97110 ", "<b ", "[x] ", "a. ", "no ", "Plan: ", "a:\n", "TITLE\n\n", "&nbsp;"),
    *("15 min ", "9:00-9:15 ", "half an hour ", "in 9:00 out ", "97110 x", "9:00 kneading\n", "<td>15</td>"),
    *("calf | 15\n", "STM\t15\n", "a,b,c,15\n", "Tx:\n  - STM to the calf\n", "- kneading to the calf x 10 min\n"),
)
#: The factor that eight times the text may take; a quadratic component takes sixty-four.
LIMIT = 16


def seconds(read: Callable[[], object]) -> float:
    """The least processor time of two readings, without garbage collection."""
    taken = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):
            start = time.process_time()
            read()
            taken.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(taken)


def growth(nlp: Language, filler: str, length: int) -> float:
    """How many times as long a text takes that is eight times as long."""
    text = filler * (length // len(filler))
    return seconds(lambda: everything(nlp, text * 8)) / max(seconds(lambda: everything(nlp, text)), 0.002)


@pytest.mark.parametrize("filler", FILLERS, ids=ascii)
def test_hostile_repeats_take_linear_time(nlp, filler):
    assert growth(nlp, filler, 3_000) < LIMIT


#: One very long line of what the lexicon knows, with the length from which the growth shows.
LONG_LINES = {
    "services": ("STM; ", 1_500),
    "services joined by and": ("kneading and rows and ", 2_000),
    "regions with sides": ("left right neck ", 4_000),
    "a wrapped paragraph": ("the patient then received slow kneading of the whole\n", 9_000),
}


@pytest.mark.parametrize(("filler", "length"), [pytest.param(*line, id=name) for name, line in LONG_LINES.items()])
def test_long_lines_take_linear_time(nlp, filler, length):
    assert growth(nlp, filler, length) < LIMIT


def test_a_long_word_takes_no_more_memory_than_a_few_copies_of_it():
    word = "ab" * 2_000
    tracemalloc.start()
    corrected = Spelling(["petrissage"]).correct(word)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert corrected == word
    assert peak < 100 * len(word)


def component_seconds(nlp: Language, text: str) -> dict[str, float]:
    """The time that each component takes for its part of reading a text."""
    doc = nlp.tokenizer(text)
    return {name: seconds(partial(component, doc)) for name, component in nlp.pipeline}


@pytest.fixture(scope="module")
def growths(nlp) -> dict[str, float]:
    """How many times as long each component takes for a note ten times as long."""
    note = NOTE * (25_000 // len(NOTE))
    once, tenfold = component_seconds(nlp, note), component_seconds(nlp, note * 10)
    return {name: tenfold[name] / max(once[name], 0.001) for name in once}


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_reads_ten_times_the_note_in_about_ten_times_the_time(growths, name):
    assert growths[name] < 20

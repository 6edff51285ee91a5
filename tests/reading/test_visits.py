"""Text of earlier visits is told apart: by the marks round it, or by the dates that head its blocks."""

from __future__ import annotations

import pytest

TODAY = "Treatment:\nGlides to L knee grade III, 12 min, flexion 98 before and 104 after them"


def sections(nlp, note: str) -> dict[str, str]:
    """The words of every leaf and its section."""
    data = nlp(note).user_data
    return {note[leaf.start : leaf.end]: leaf.section for leaf in data["leaves"]}


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        (">>> Prior visit pulled forward <<<", ">>> End of pulled forward text <<<"),
        ("=== imported from last note ===", "=== end import ==="),
        ("--- copied forward ---", "TODAY"),
        ("Previous visit:", "Current visit:"),
    ],
)
def test_marked_text_is_of_an_earlier_visit(nlp, opens, closes):
    read = sections(nlp, f"{opens}\nKneading to R calf 20 min\n{closes}\n{TODAY}")
    assert read["Kneading to R calf 20 min"] == "earlier"
    assert "earlier" not in [section for words, section in read.items() if "Glides" in words]


def test_of_blocks_under_dates_only_the_last_is_this_visit(nlp):
    old = "Kneading to R calf 20 min, tender before and softer after the work on it"
    read = sections(nlp, f"11/04/2026\n{old}\n11/11/2026\n{TODAY}")
    assert read[old] == "earlier"
    assert "earlier" not in [section for words, section in read.items() if "Glides" in words]


@pytest.mark.parametrize(
    "note",
    [
        f"11/11/2026\n{TODAY}",
        f"{TODAY}\nSigned 11/12/2026",
        f"{TODAY}\n11/12/2026",
        f"Flexion 104, at the previous visit 98\n{TODAY}",
        f"Previous visit: tolerated well.\n{TODAY}",
    ],
    ids=["one date", "signed later", "a date at the end", "a comparison", "nothing ends it"],
)
def test_other_dates_and_words_set_nothing_apart(nlp, note):
    assert "earlier" not in sections(nlp, note).values()


def test_times_and_codes_of_an_earlier_visit_do_not_count(nlp):
    note = f"=== pulled forward ===\n97124 kneading to R calf 20 min\n=== end of pulled forward ===\n{TODAY}"
    assert [time.minutes for time in nlp(note).user_data["times"]] == [12]


@pytest.mark.parametrize(
    "label", ["[copied from 10/10]", "(from 04/19)", "Imported, summary 12/20:", "[pulled forward 02/05 TX]"]
)
def test_a_label_says_it_of_its_own_line(nlp, label):
    read = sections(nlp, f"{label} Kneading to R calf 20 min\n{TODAY}")
    assert [section for words, section in read.items() if "Kneading" in words] == ["earlier"]
    assert "earlier" not in [section for words, section in read.items() if "Glides" in words]

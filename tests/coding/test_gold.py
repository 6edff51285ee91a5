"""Gold notes into labels: what every statement and every time of an annotated note is."""

from __future__ import annotations

import pytest

from rehabcoder.coding import gold
from rehabcoder.records import Span

NOTE = {
    "text": (
        "Tx: kneading to R calf for spasm, 12 min; then rows 3x10. No ultrasound today.\n"
        "Flexion 90 -> 105.\nTotal timed minutes: 12\nTotal treatment time: 30 min"
    ),
    "services": [
        {
            "code": "97124",
            "minutes": 12,
            "intents": ["reduce_spasm"],
            "quotes": ["kneading to R calf for spasm, 12 min"],
        },
        {"code": "97110", "minutes": None, "intents": [], "quotes": ["rows 3x10"]},
    ],
    "not_performed": [{"code": "97035", "status": "negated", "quotes": ["No ultrasound today"]}],
    "says": {
        "objective": ["Flexion 90 -> 105"],
        "response": ["Flexion 90 -> 105"],
        "totals": ["Total timed minutes: 12", "Total treatment time: 30 min"],
    },
    "total_timed_minutes": 12,
    "total_treatment_minutes": 30,
}


@pytest.fixture
def label_of(nlp):
    """The label of the statement that holds some words."""
    statements = nlp(NOTE["text"]).user_data["statements"]
    labels = gold.labels(statements, NOTE)
    assert len(labels) == len(statements)

    def find(words: str) -> gold.Label:
        at = NOTE["text"].index(words)
        return next(label for s, label in zip(statements, labels, strict=True) if s.start <= at < s.end)

    return find


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        ("kneading", "97124", "performed"),
        ("rows", "97110", "performed"),
        ("ultrasound", "97035", "negated"),
        ("Flexion", "other", None),
    ],
)
def test_a_statement_has_the_code_and_status_of_what_quotes_it(label_of, words, code, status):
    assert (label_of(words).code, label_of(words).status) == (code, status)


def test_a_statement_has_the_purposes_of_its_service_and_what_it_says(label_of):
    assert label_of("kneading").intents == {"reduce_spasm"}
    assert label_of("Flexion").says == {"objective", "response"}
    assert label_of("rows").says == frozenset()


def test_codes_of_one_family_have_one_label(nlp):
    text = "PT evaluation, low complexity"
    note = {"text": text, "not_performed": [], "says": {}}
    note["services"] = [{"code": "97161", "minutes": None, "intents": [], "quotes": [text]}]
    (label,) = gold.labels(nlp(text).user_data["statements"], note)
    assert label.code == "pt_eval"


def test_times_are_of_a_service_or_a_total_or_neither(nlp):
    times = nlp(NOTE["text"]).user_data["times"]
    kinds = dict(zip([NOTE["text"][t.start : t.end] for t in times], gold.time_labels(times, NOTE), strict=True))
    assert kinds["12 min"] == "service"
    assert kinds["30 min"] == "total_treatment"
    assert kinds["12"] == "total_timed"


def test_parts_that_add_up_to_a_service_are_its_times(nlp):
    quote = "kneading calf 8 min, effleurage calf 4 min"
    note = {
        "text": f"{quote}; sore for 20 min",
        "says": {},
        "total_timed_minutes": None,
        "total_treatment_minutes": None,
    }
    note["services"] = [{"code": "97124", "minutes": 12, "quotes": [quote]}]
    times = nlp(note["text"]).user_data["times"]
    assert gold.time_labels(times, note) == ["service", "service", "no_service"]


def test_a_quote_that_stands_twice_is_found_twice():
    assert gold.quote_spans("rows, then rows", ["rows", "rows"]) == [Span(0, 4), Span(11, 15)]

"""The coder: the one door to notes, whatever form they come in, alone or in a stream."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rehabcoder
from rehabcoder.coder import Coder
from rehabcoder.records import BadRecord, Note

NOTE = """S: Neck sore since the long drive, 4/10.
O: Cervical rotation R 50, L 62. Spasm palpated in R upper trap.
Tx: Kneading to R upper trap x 15 min to reduce spasm. Chin tucks 3x10 for 8 min.
Joint mobs held today.
A: Rotation R 58 after treatment; can check the mirror again.
P: Add rows next visit.
Total timed minutes: 23
Ana Ruiz, PT
"""
NOTES = [
    NOTE,
    "Therapeutic exercise 20 min:\r\n- bridges 3x10\r\n- clamshells 2x15\r\nLee Park, PTA",
    "Patient called to cancel; his car would not start.",
    "Intervention | Area | Min\nSTM | left calf | 8\nHeel raises 3x12 | left calf | 12",
    "🙂 Sit-to-stand transfers from a low chair x 10 min, needs rail 👍🏽",
    ".",
]


def record(coder: Coder, note: Any) -> dict[str, Any]:
    return coder.suggest(note).to_dict()


def test_a_note_is_read_end_to_end(coder):
    result = coder.suggest(NOTE)
    assert [(s.code, s.minutes, s.regions) for s in result.services] == [
        ("97124", 15, ["neck:right"]),
        ("97110", 8, ["neck"]),
    ]
    assert result.services[0].techniques == ["petrissage"]
    assert result.services[0].intents == ["reduce_spasm"]
    assert {(m.code, m.status) for m in result.not_performed} == {("97140", "negated"), ("97110", "planned")}
    assert [(line.code, line.minutes, line.units) for line in result.claim_lines] == [("97124", 15, 1), ("97110", 8, 1)]
    assert result.primary_code == "97124"
    assert (result.timed_minutes_stated, result.timed_minutes_itemised) == (23, 23)


# What it takes


def test_text_a_mapping_and_a_note_give_the_same_result(coder):
    of_text = record(coder, NOTE)
    assert record(coder, {"text": NOTE}) == of_text
    assert record(coder, Note("note-1", NOTE)) == of_text


def test_fields_of_the_record_come_back_in_the_result(coder):
    fields = {"patient_id": "p9", "visit_id": "v3", "date_of_service": "2024-05-06", "provider": "A. Ruiz"}
    fields |= {"discipline": "PT", "source": "notes.csv:12"}
    result = record(coder, {"id": 7, "text": NOTE, **fields})
    assert result["note_id"] == "7"
    assert {name: result[name] for name in fields} == fields


def test_a_claim_that_comes_with_a_note_is_checked(coder):
    (line,) = record(coder, {"text": NOTES[1], "billed": [{"code": "97110", "units": 3}]})["claim_check"]
    assert (line["code"], line["billed_units"], line["supported_units"], line["verdict"]) == ("97110", 3, 1, "over")
    assert record(coder, NOTES[1])["claim_check"] == []


@pytest.mark.parametrize(
    "bad", [{}, {"text": None}, {"text": 5}, {"text": ""}, " \n", {"text": NOTE, "billed": 3}], ids=str
)
def test_what_cannot_be_read_is_refused_without_words_of_the_note(coder, bad):
    with pytest.raises(BadRecord) as error:
        coder.suggest(bad)
    assert "Neck" not in str(error.value)


def test_load_gives_the_coder(coder):
    loaded = rehabcoder.load(payer="medicare")
    assert isinstance(loaded, Coder)
    assert loaded.suggest(NOTE).versions["profile"] == "medicare"


def test_the_payer_of_a_note_wins_over_that_of_the_coder(coder):
    medicare = Coder(coder.model, payer="medicare")
    assert medicare.suggest({"text": NOTE, "payer": "generic"}).versions["profile"] == "generic"


# One note or many


def test_results_come_in_the_order_of_the_notes(coder):
    notes = [{"id": f"n{k}", "text": NOTES[k % len(NOTES)]} for k in range(25)]
    assert [r.note.note_id for r in coder.pipe(notes, batch_size=4)] == [n["id"] for n in notes]


def test_a_note_alone_gets_what_it_gets_in_a_batch(coder):
    together = [r.to_dict() for r in coder.pipe(NOTES)]
    assert [record(coder, text) for text in NOTES] == together
    assert [r.to_dict() for r in coder.pipe(NOTES, batch_size=2)] == together


def test_another_coder_reads_the_same(coder):
    assert record(Coder(coder.model), NOTE) == record(coder, NOTE)


def test_a_stream_is_read_no_further_than_it_is_asked_for(coder):
    taken = []

    def many() -> Iterator[str]:
        for k in range(1_000):
            taken.append(k)
            yield NOTES[1]

    assert len(list(islice(coder.pipe(many(), batch_size=3), 4))) == 4
    assert len(taken) == 6


def test_no_notes_give_no_results(coder):
    assert list(coder.pipe([])) == []


# The result record (design, section 3)

FIELDS = {
    *(
        "schema_version",
        "note_id",
        "patient_id",
        "visit_id",
        "date_of_service",
        "provider",
        "discipline",
        "payer",
        "source",
    ),
    *("services", "not_performed", "claim_lines", "primary_code", "total_timed_minutes", "total_treatment_minutes"),
    *("objective_findings", "response", "functional_links", "findings", "claim_check", "review", "versions"),
}
FIELDS_OF = {
    "services": {
        *("id", "code", "confidence", "candidates", "minutes", "regions", "techniques", "intents", "evidence", "slots"),
        *("furnished_by", "documented_code", "reasons", "question"),
    },
    "not_performed": {"code", "status", "evidence"},
    "claim_lines": {
        *("code", "minutes", "units", "units_ama", "alternatives", "units_at_least", "modifiers", "services"),
        *("arithmetic", "confidence"),
    },
    "objective_findings": {"kind", "start", "end"},
    "response": {"kind", "start", "end"},
    "findings": {
        *("rule", "severity", "message", "fix", "source", "evidence", "services", "confidence", "fingerprint"),
    },
    "claim_check": {"code", "billed_units", "supported_units", "verdict"},
}


def test_the_record_has_every_field_of_the_design(coder):
    result = record(coder, {"text": NOTE, "billed": "97124x2; 97140x1"})
    assert result.keys() >= FIELDS
    assert result["schema_version"] == 1
    for name, fields in FIELDS_OF.items():
        assert result[name], f"the note of this test has no {name}"
        assert all(entry.keys() >= fields for entry in result[name]), name
    assert result["total_timed_minutes"].keys() == {"stated", "itemised"}
    assert result["review"].keys() == {"needed", "confidence", "reasons"}
    assert result["versions"].keys() >= {"package", "model", "lexicon", "rules", "edits", "profile", "unit_rule"}


@pytest.mark.parametrize("text", NOTES, ids=range(len(NOTES)))
def test_nothing_built_is_absent_where_a_note_says_nothing(coder, text):
    result = record(coder, text)
    assert result.keys() >= FIELDS
    assert json.loads(json.dumps(result)) == result


def test_a_visit_that_did_not_happen_has_no_services(coder):
    result = record(coder, NOTES[2])
    assert (result["services"], result["claim_lines"], result["primary_code"]) == ([], [], None)


def test_the_record_holds_no_sentence_of_the_note(coder):
    written = json.dumps(record(coder, NOTE))
    for words in ("long drive", "check the mirror", "Ana Ruiz"):
        assert words not in written


def test_reading_writes_no_words_of_the_note_anywhere(coder, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    coder.suggest(NOTE)
    out, err = capfd.readouterr()
    assert (out, err, caplog.text) == ("", "", "")


# Offsets


def spans(value: Any) -> Iterator[tuple[int, int]]:
    """Every span of a result record."""
    if isinstance(value, dict):
        if "start" in value:
            yield value["start"], value["end"]
        for inner in value.values():
            yield from spans(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from spans(inner)


def test_offsets_are_code_points_of_the_text_as_given(coder):
    text = "👩🏽‍🦰 S: sore.\r\nTx: Kneading\u00a0to R calf &amp; foot x 15 min\r\nAna Ruiz, PT"
    (service,) = record(coder, text)["services"]
    (minutes,) = service["slots"]["minutes"]
    assert text[minutes["start"] : minutes["end"]] == "15 min"
    (stroke,) = service["slots"]["techniques"]
    assert text[stroke["start"] : stroke["end"]] == "Kneading"


@pytest.mark.parametrize("text", NOTES, ids=range(len(NOTES)))
def test_every_service_has_evidence_and_all_minutes_stand_in_the_note(coder, text):
    for service in coder.suggest(text).services:
        assert service.evidence
        assert (service.minutes is None) == ("minutes" not in service.slots)
        for start, end in service.slots.get("minutes", []):
            assert any(c.isdigit() for c in text[start:end])


PIECES = st.sampled_from(
    (*NOTES, "kneading R calf 10 min", "rows 3x10", "\n- ", "\r\n", "|", " | 15\n", "97124 x2", "Plan: ", "no ")
    + ("<td>", "&nbsp;", "\x00", "🙂", "‏עיסוי", "15", "((((", "\t", "x 15 ")
)


@settings(max_examples=60)
@given(text=st.lists(PIECES | st.text(max_size=10), min_size=1, max_size=15).map("".join))
def test_any_text_gives_a_result_with_spans_inside_it(coder, text):
    if not text.strip():
        with pytest.raises(BadRecord):
            coder.suggest(text)
        return
    result = record(coder, text)
    assert all(0 <= start < end <= len(text) for start, end in spans(result))
    assert record(coder, text) == result

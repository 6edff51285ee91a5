"""Date and payer that a note's own text states; the record's fields win."""

from __future__ import annotations

import pytest

from rehabcoder.coding.header import with_header
from rehabcoder.records import Note


@pytest.mark.parametrize(
    ("text", "date", "payer"),
    [
        ("DOS: 10/14/2026   Payer: Medicare Part B\nKneading", "2026-10-14", "Medicare Part B"),
        ("Date of service 2026-10-14 | Insurance: Aetna PPO | visit 3", "2026-10-14", "Aetna PPO"),
        ("Visit date 1/9/26\nCoverage: workers' comp, adjuster Hale", "2026-01-09", "workers' comp"),
        ("DOS: 13/45/2026\nSeen before lunch", None, None),
        ("Her insurance: she will call them. Flexion 98 on 10/14", None, None),
    ],
)
def test_what_a_header_states(text, date, payer):
    note = with_header(Note(note_id="1", text=text))
    assert (note.date_of_service, note.payer) == (date, payer)


def test_the_record_wins():
    note = Note(note_id="1", text="DOS: 10/14/2026  Payer: Aetna", date_of_service="2026-10-15", payer="medicare")
    assert with_header(note) == note


def test_charges_in_the_text_are_checked(coder):
    note = "Payer: Medicare\nKneading to R calf 15 min for guarding, calf tender.\nAna Ruiz, PT\nBilled: 97124 x3"
    result = coder.suggest(note).to_dict()
    assert result["payer"] == "Medicare" and result["versions"]["profile"] == "medicare"
    assert [(row["code"], row["verdict"]) for row in result["claim_check"]] == [("97124", "over")]

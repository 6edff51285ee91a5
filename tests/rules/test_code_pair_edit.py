"""What the finding of a code-pair edit says of modifiers."""

from __future__ import annotations

import pytest

from rehabcoder.coder import Coder

ADJUSTED = "CMT L4-5, diversified (98940), for facet restriction. "
CALF = "Kneading to the R calf, 10 min, for spasm after a cramp. R. Imber, DC"
GLUTES = "Kneading to the R piriformis, 10 min, for spasm after a cramp. R. Imber, DC"


@pytest.mark.parametrize(
    ("massage", "message"),
    [
        (
            CALF,
            "97124 is not paid beside 98940, unless a modifier tells separate services; the note shows them: XS or 59 "
            "(NCCI 2024Q3)",
        ),
        (GLUTES, "97124 is not paid beside 98940, unless a modifier tells separate services (NCCI 2024Q3)"),
    ],
    ids=["shown", "neighbouring tissue"],
)
def test_it_names_the_modifier_where_the_note_shows_separate_services(coder: Coder, massage: str, message: str) -> None:
    note = {"payer": "Medicare", "date_of_service": "2024-08-01", "text": ADJUSTED + massage}
    [finding] = [finding for finding in coder.suggest(note).findings if finding.rule == "code-pair-edit"]
    assert finding.message == message

"""A stand-in for the coder: a massage of 15 minutes wherever the note says so, one finding, no model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from rehabcoder.records import ClaimLine, Finding, Note, Result, Service, Span

BROKEN = "break the coder"


class StandIn:
    versions = {"package": "test", "model": "stand-in"}

    def __init__(self, payer: str | None = None) -> None:
        self.payer = payer

    def pipe(self, notes: Iterable[Note]) -> Iterator[Result]:
        for note in notes:
            if BROKEN in note.text:
                raise RuntimeError(note.text)
            yield result_of(note)


def result_of(note: Note) -> Result:
    start = note.text.find("massage")
    if start < 0:
        return Result(note, review={"needed": True, "reasons": [{"id": "nothing-read", "text": "nothing was read"}]})
    evidence = [Span(start, start + len("massage"))]
    billed = sum(line.units or 0 for line in note.billed or [])
    verdict = {
        "code": "97124",
        "billed_units": billed,
        "supported_units": 1,
        "verdict": "over" if billed > 1 else "match",
    }
    return Result(
        note,
        services=[Service("s1", "97124", 0.9, minutes=15, evidence=evidence)],
        claim_lines=[ClaimLine("97124", 15, 1, 1, arithmetic="15 of 15 timed minutes: 1 unit", services=["s1"])],
        primary_code="97124",
        findings=[Finding("massage-standalone", "high", "Massage stands alone", "Say why", "test", evidence, ["s1"])],
        claim_check=[verdict] if note.billed else [],
        review={"needed": False, "reasons": []},
    )


@pytest.fixture
def stand_in() -> type[StandIn]:
    """The class of the stand-in for the coder."""
    return StandIn

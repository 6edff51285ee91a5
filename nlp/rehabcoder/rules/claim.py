"""What was charged: by the claim that came with the note, else by the codes that the note itself charges."""

from __future__ import annotations

from typing import NamedTuple

from rehabcoder.records import Chart, Span


class Charge(NamedTuple):
    """A charged code, its units (None where they are not said) and where the note says so."""

    code: str
    units: int | None
    spans: tuple[Span, ...]


def charges(chart: Chart) -> list[Charge]:
    """The charged codes, once each, units added up."""
    written = chart.all_stated("written_code")
    spans: dict[str, tuple[Span, ...]] = {}
    for fact in written:
        code = fact.value["code"]
        spans[code] = (*spans.get(code, ()), fact.span)
    if chart.note.billed is not None:
        lines = [(line.code, line.units) for line in chart.note.billed]
    else:
        lines = [(f.value["code"], f.value["units"]) for f in written if f.value["charged"]]
    units: dict[str, int | None] = {}
    for code, n in lines:
        before = units.get(code, 0)
        units[code] = None if before is None or n is None else before + n
    return [Charge(code, n, spans.get(code, ())) for code, n in units.items()]

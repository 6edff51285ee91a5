"""What was charged: by the claim that came with the note, else by the codes that the note itself charges."""

from __future__ import annotations

from typing import NamedTuple

from rehabcoder.billing.claim import are_confused
from rehabcoder.records import Chart, Service, Span


class Charge(NamedTuple):
    """A charged code, its units (None where they are not said) and where the note names it."""

    code: str
    units: int | None
    spans: tuple[Span, ...]


def charges(chart: Chart) -> dict[str, Charge]:
    """The charged codes, once each, with their units added up."""
    written = chart.all_stated("written_code")
    if chart.note.billed is not None:
        lines = [(line.code, line.units) for line in chart.note.billed]
    else:
        lines = [(f.value["code"], f.value["units"]) for f in written if f.value["charged"]]
    units: dict[str, int | None] = {}
    for code, n in lines:
        before = units.get(code, 0)
        units[code] = None if before is None or n is None else before + n
    return {
        code: Charge(code, n, tuple(f.span for f in written if f.value["code"] == code)) for code, n in units.items()
    }


def charged_code(service: Service, charged: dict[str, Charge]) -> str:
    """The code that a service stands under on the claim: its own, else a charged one that it is mistaken for."""
    if service.code in charged:
        return service.code
    if service.documented_code in charged:
        return str(service.documented_code)
    return next((code for code in charged if are_confused(code, service.code)), service.code)

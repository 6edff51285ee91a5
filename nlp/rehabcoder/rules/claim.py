"""What was charged, by the claim that came with the note or else by the note, and whether it may have been done."""

from __future__ import annotations

from typing import NamedTuple

from rehabcoder.billing.claim import are_confused
from rehabcoder.coding.families import family_of
from rehabcoder.records import Chart, Service, Span
from rehabcoder.rules import held, visit
from rehabcoder.vocabulary import TARGET_CODES

#: From this share on another code of a service is a fair reading of it.
_FAIR = 0.25
#: From this probability on a statement may describe the code as done: where its likes are charged beside it, else, and
#: for codes that are rarely written.
_SEEN = 0.05
_LIKELY = 0.5
_RARELY = 0.1
#: A service read less surely than this may be another.
_DOUBTFUL = 0.7
#: Codes that are written often enough to be read surely.
_OFTEN_READ = frozenset((*TARGET_CODES, "97112", "97116", "97535"))


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


def may_be_done(chart: Chart, code: str, charged: dict[str, Charge]) -> bool:
    """Whether a charged code was done, or may have been in a statement that was read as something else.

    It was not where the visit was called off, nor where a service that it is mistaken for is left off the claim: that
    is what was done. A code that is rarely written may be behind any intervention.
    """
    if held.is_called_off(chart):
        return False
    family = family_of(code)
    fairly = [s for s in chart.services if family in fair_readings(s)]
    if any(not visit.is_charge_alone(chart, s) for s in fairly):
        return True
    mistaken = [s for s in chart.services if s not in fairly and are_confused(s.code, code)]
    if any(s.code not in charged and s.confidence >= _DOUBTFUL for s in mistaken):
        return False
    if fairly or _is_spare(chart.services, charged) or (code not in _OFTEN_READ and chart.services):
        return True
    taken = visit.evidence_of(mistaken)
    free = [s for s in chart.statements if s.span not in taken and not visit.names_code(chart, s, code)]
    enough = _SEEN if mistaken else _LIKELY if code in _OFTEN_READ else _RARELY
    return visit.highest_probability(free, family) >= enough


def _is_spare(services: list[Service], charged: dict[str, Charge]) -> bool:
    """Whether there are services enough for every charged code, one of them read with doubt: it may be the one."""
    return len(services) >= len(charged) and any(s.confidence < _DOUBTFUL for s in services)


def fair_readings(service: Service) -> set[str]:
    """The families that a service may fairly be read as."""
    return {family_of(service.code)} | {family_of(code) for code, share in service.candidates if share >= _FAIR}

"""Certainty: how sure the reading of a whole note is, and why a person should look at it.

Every doubt lowers the note's confidence by a factor: a code that a statement half speaks for, a time of service that
found no service, a code that the note writes and nothing explains, sums that do not meet, an unknown intervention.
"""

from __future__ import annotations

from typing import Any

from rehabcoder.coding.families import UNKNOWN, family_of
from rehabcoder.coding.groups import performed_probability
from rehabcoder.records import Chart, ClaimLine, Service
from rehabcoder.vocabulary import TARGET_CODES

REVIEW_BELOW = 0.8
#: The codes of a note do not fail independently; with this exponent the certainty is met on cross-validation by voice.
_DEPENDENCE = 0.5
#: Calibration error of services on cross-validation by voice: 0.060 without this exponent, 0.014 with it.
_BORNE_OUT = 0.6
_CLOSE = 0.9
_DOUBT = {
    "unassigned-minutes": (0.75, "a time of service that no service was given"),
    "unexplained-code": (0.8, "a code is written that nothing in the note describes"),
    "sum-differs": (0.8, "the minutes do not add up to the stated total"),
    "unknown-intervention": (0.85, "an intervention that has no code here"),
    "close-statement": (1.0, "a statement could be read in two ways"),
}


def calibrate(services: list[Service], lines: list[ClaimLine]) -> None:
    """Turns the probability of a service's surest statement into how often services read so are right.

    A service that is reported has passed more than one statement's reading: its minutes, its neighbours, the totals of
    the note. Its candidates share what is left. A claim line is as sure as its least sure service.
    """
    by_id = {}
    for service in services:
        p = service.confidence
        service.confidence = by_id[service.id] = round(p**_BORNE_OUT, 3)
        left = (1 - service.confidence) / (1 - p) if p < 1 else 0.0
        service.candidates = [(code, round(q * left, 3)) for code, q in service.candidates]
    for line in lines:
        line.confidence = min(by_id[id] for id in line.services)


def review(chart: Chart) -> dict[str, Any]:
    """The ``review`` of the result record: whether a person should look, the note's confidence, and the reasons."""
    confidence = _certainty(chart)
    reasons = ["close-statement"] if confidence < _CLOSE else []
    for doubt in _doubts(chart):
        confidence *= _DOUBT[doubt][0]
        reasons.append(doubt)
    return {
        "needed": confidence < REVIEW_BELOW,
        "confidence": round(confidence, 3),
        "reasons": [{"id": name, "text": _DOUBT[name][1]} for name in reasons],
    }


def _certainty(chart: Chart) -> float:
    """Probability that the set of target codes is right, each code taken by itself.

    A code that was found is as sure as its surest service; one that was not is doubted as far as the likeliest
    statement speaks for it.
    """
    certainty = 1.0
    for code in TARGET_CODES:
        found = [s.confidence for s in chart.services if s.code == code]
        if found:
            certainty *= max(found)
        else:
            certainty *= 1 - max((performed_probability(s, code) for s in chart.statements), default=0.0)
    return certainty**_DEPENDENCE


def _doubts(chart: Chart) -> list[str]:
    out = []
    if chart.unassigned_times:
        out.append("unassigned-minutes")
    families = {family_of(s.code) for s in chart.services} | {family_of(m.code) for m in chart.not_performed}
    if any(w.value["charged"] and family_of(w.value["code"]) not in families for w in chart.all_stated("written_code")):
        out.append("unexplained-code")
    stated, itemised = chart.timed_minutes_stated, chart.timed_minutes_itemised
    if stated is not None and itemised is not None and stated != itemised:
        out.append("sum-differs")
    if any(s.code == UNKNOWN and s.status == "performed" for s in chart.statements):
        out.append("unknown-intervention")
    return out

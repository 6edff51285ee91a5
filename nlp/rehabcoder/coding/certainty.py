"""Certainty: how sure the reading of a whole note is, and why a person should look at it.

Every doubt lowers the note's confidence by a factor: a statement whose code or status is close, a time of service that
found no service, a code that the note writes and nothing explains, sums that do not meet, an unknown intervention.
"""

from __future__ import annotations

from typing import Any

from rehabcoder.coding.families import OTHER, UNKNOWN, family_of
from rehabcoder.records import Chart, Statement

REVIEW_BELOW = 0.6
_DOUBT = {
    "unassigned-minutes": (0.75, "a time of service that no service was given"),
    "unexplained-code": (0.8, "a code is written that nothing in the note describes"),
    "sum-differs": (0.8, "the minutes do not add up to the stated total"),
    "unknown-intervention": (0.85, "an intervention that has no code here"),
    "close-statement": (1.0, "a statement could be read in two ways"),
}


def review(chart: Chart) -> dict[str, Any]:
    """The ``review`` of the result record: whether a person should look, the note's confidence, and the reasons."""
    confidence = 1.0
    reasons = []
    close = min((_certainty(s) for s in chart.statements), default=1.0)
    confidence *= close
    if close < 0.8:
        reasons.append("close-statement")
    for doubt in _doubts(chart):
        confidence *= _DOUBT[doubt][0]
        reasons.append(doubt)
    return {
        "needed": confidence < REVIEW_BELOW,
        "confidence": round(confidence, 3),
        "reasons": [{"id": name, "text": _DOUBT[name][1]} for name in reasons],
    }


def _certainty(statement: Statement) -> float:
    """Probability of the one decision about a statement that matters: is it a performed service of its code or not."""
    intervention = 1 - statement.codes.get(OTHER, 0.0)
    performed = statement.status_probability if statement.status == "performed" else 1 - statement.status_probability
    done = intervention * performed
    if statement.code == OTHER or statement.status != "performed":
        return 1 - done if done < 0.5 else 0.5
    return max(0.05, statement.codes.get(statement.code, 0.0) * performed)


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

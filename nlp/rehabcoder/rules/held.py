"""Visits that were not held, though something in the note reads like a service: what was meant to be done, or charged.

Nothing furnished means no findings about documentation; a code that was charged all the same differs from what was
done (guide, section 5).
"""

from __future__ import annotations

import re
from dataclasses import replace

from rehabcoder.records import Chart

#: A service that has minutes and is read as surely as this was done, whatever else was called off.
_SURE = 0.75
#: The whole visit did not take place, or nothing was done in it.
_NOT_HELD = re.compile(
    r"\bno[- ]?shows?\b|\b(?:did|does|could|can) ?n(?:o|')t (?:come|attend|show|arrive)\b|\bcannot come\b|\blate cancel"
    r"|\bnobody (?:home|came|answered|opened)|\bno answer\b|\bnot (?:seen|present)\b|\bsent home\b|\bnone given\b"
    r"|\b(?:visit|session|treatment|appointment|appt|tx|therapy)(?: today)?(?: was| is)?(?: not)?"
    r" (?:held|cancell?ed|deferred|aborted|withheld|missed)\b|\bcancell?ed (?:at|by|on|today)\b"
    r"|\bnothing (?:was )?(?:furnished|given|done|provided|delivered)\b"
    r"|\bno (?:treatment|exercise|therapy|hands on|service)\b[\w ,]{0,40} (?:given|furnished|done|provided)\b"
)


def is_called_off(chart: Chart) -> bool:
    """Whether the note says that the visit was not held, and no service is surely told with its minutes."""
    if any(s.minutes and s.confidence >= _SURE for s in chart.services):
        return False
    return _NOT_HELD.search(chart.plain) is not None


def without_services(chart: Chart) -> Chart:
    """The chart of a visit that was not held."""
    return replace(chart, services=[], furnished=False)

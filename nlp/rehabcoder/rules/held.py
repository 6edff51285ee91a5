"""Visits that were not held, though something in the note reads like a service: what was meant to be done, or charged.

Nothing furnished means no findings about documentation; a code that was charged all the same differs from what was
done (guide, section 5).
"""

from __future__ import annotations

from dataclasses import replace

from rehabcoder.records import Chart

#: A service that has minutes and is read as surely as this was done, whatever else was called off.
_SURE = 0.75


def is_called_off(chart: Chart) -> bool:
    """Whether the note says that the visit was not held, and no service is surely told with its minutes."""
    if any(s.minutes and s.confidence >= _SURE for s in chart.services):
        return False
    return any(m.kind == "visit" and m.name == "called_off" for s in chart.statements for m in s.mentions)


def without_services(chart: Chart) -> Chart:
    """The chart of a visit that was not held."""
    return replace(chart, services=[], furnished=False)

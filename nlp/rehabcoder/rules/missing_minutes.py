"""What it checks: a performed timed service that has no minutes of its own.

Why: a timed code earns its units from minutes. Where one timed service of a visit has none, the units of the whole
visit cannot be shown, and the note fails the first arithmetic an auditor does. A time that several services share
belongs to none of them. "1 unit" and repetitions are no minutes.

What the note could say: the minutes beside each timed service.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rehabcoder.records import Chart, Service, Span
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES

#: Minutes in so many words, or a clock range.
_TIME = re.compile(r"\d\s?-?(?:min|mins|minutes?|m\b|')|\d:\d\d\s?(?:-|to|until)\s?\d{1,2}:\d\d")


@rule(
    "missing-minutes",
    severity="medium",
    message="A timed service has no minutes of its own",
    fix="How many minutes did each timed service take?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E; Pub. 100-04 ch. 5 s. 20.2",
)
def check(chart: Chart) -> Iterator[Raised]:
    timed = visit.described(chart, *TIMED_CODES)
    told = sum(s.minutes for s in timed if s.minutes is not None)
    if told and told == chart.timed_minutes_stated:
        return
    untold = [s for s in timed if s.minutes is None]
    beside = {s.id: _times_beside(chart, s) for s in untold}
    shared = Counter(time for times in beside.values() for time in times)
    bare = [s for s in untold if all(shared[time] > 1 for time in beside[s.id])]
    if bare:
        yield Raised(visit.evidence(bare), visit.ids(bare), max(s.confidence for s in bare))


def _times_beside(chart: Chart, service: Service) -> set[Span]:
    """Minutes in a service's lines or headings that are neither another service's nor a total: they may be its own."""
    taken = [span for s in chart.services for span in s.slots.get("minutes", ())]
    taken += [total.span for kind in ("total_timed", "total_treatment") for total in chart.all_stated(kind)]
    own = list(visit.statements_of(chart, service))
    lines = {s.leaf for s in own}
    places = [s.span for s in chart.statements if s.leaf in lines] + [heading for s in own for heading in s.headings]
    times = {Span(*time.span()) for place in places for time in _TIME.finditer(chart.plain, *place)}
    return {time for time in times if not any(time.overlaps(span) for span in taken)}

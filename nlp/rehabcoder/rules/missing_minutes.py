"""What it checks: a performed timed service that has no minutes of its own.

Why: a timed code earns its units from minutes. Where one timed service of a visit has none, the units of the whole
visit cannot be shown, and the note fails the first arithmetic an auditor does. A time that several services share
belongs to none of them. "1 unit" and repetitions are no minutes.

Where times of the note are left over, they may be the ones that seem to be missing: nothing is raised then. A service
that was read with doubt may be no service, or part of one that has its minutes.

What the note could say: the minutes beside each timed service.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from rehabcoder.records import Chart, Service, Span
from rehabcoder.rules import visit, wording
from rehabcoder.rules.registry import Raised, rule
from rehabcoder.vocabulary import TIMED_CODES

#: Below this probability a service may be none. Chosen on cross-validation by voice.
_SURE = 0.8
#: Sections whose times are not those of this visit's services.
_NOT_OF_THIS_VISIT = wording.NOT_OF_THIS_VISIT | {"goals", "plan"}
#: Minutes in figures or words, or a clock range.
_TIME = re.compile(
    r"\d\s?-?(?:min|mins|minutes?|m\b|')|\d:\d\d\s?(?:-|to|until)\s?\d{1,2}:\d\d"
    r"|\b(?:five|six|seven|eight|nine|ten|eleven|twelve|[a-z]{3,5}teen|twenty|thirty|forty)"
    r"(?:[ -][a-z]{3,5})?[ -](?:mins?|minutes?)\b"
)


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
    complete = told and told in (chart.timed_minutes_stated, chart.total_treatment_minutes)
    if complete or chart.unassigned_times:
        return
    untold = [s for s in timed if s.minutes is None and not _is_doubtful(chart, s)]
    beside = {s.id: _times_beside(chart, s) for s in untold}
    shared = Counter(time for times in beside.values() for time in times)
    bare = [s for s in untold if all(shared[time] > 1 for time in beside[s.id])]
    if bare:
        yield Raised(visit.evidence(bare), visit.ids(bare), max(s.confidence for s in bare))


def _is_doubtful(chart: Chart, service: Service) -> bool:
    """Whether a service was read with doubt, and its words or a time may belong elsewhere.

    They may where it shares a line with a timed service, or where the note holds a time that nothing took.
    """
    if service.confidence >= _SURE:
        return False
    lines = {s.leaf for s in visit.statements_of(chart, service)}
    shares = any(
        s.leaf in lines for other in chart.services if other.minutes for s in visit.statements_of(chart, other)
    )
    this_visit = (s.span for s in chart.statements if s.section not in _NOT_OF_THIS_VISIT)
    return shares or bool(_free_times(chart, this_visit))


def _times_beside(chart: Chart, service: Service) -> set[Span]:
    """Minutes in a service's lines or headings that are neither another service's nor a total: they may be its own."""
    own = list(visit.statements_of(chart, service))
    lines = {s.leaf for s in own}
    beside = [s.span for s in chart.statements if s.leaf in lines]
    return _free_times(chart, [*beside, *(heading for s in own for heading in s.headings)])


def _free_times(chart: Chart, places: Iterable[Span]) -> set[Span]:
    """Times in these places that are neither a service's nor a total."""
    taken = [span for s in chart.services for span in s.slots.get("minutes", ())]
    taken += [total.span for kind in ("total_timed", "total_treatment") for total in chart.all_stated(kind)]
    times = {Span(*time.span()) for place in places for time in _TIME.finditer(chart.plain, *place)}
    return {time for time in times if not any(time.overlaps(span) for span in taken)}

"""What it checks: visit after visit with the same figures of pain, function and objective measures.

Why: therapy is covered for improvement, or for skilled maintenance that is argued as such; a progress report shows
objective progress toward each goal. Only figures of the same named measures are compared, of two kinds at least, one of
them objective; a change told in words, one other figure, a change of the measures stated or a month's gap ends the
run. Told once a run, at the visit that makes it long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold
from rehabcoder.rules.measures import kind_of
from rehabcoder.rules.visit import EVALUATIONS

ID = "no-progress"
_LONGEST_GAP_DAYS = 31


class _Run:
    """Visits in which nothing says that anything changed, with what they state."""

    def __init__(self, first: Visit):
        self.visits = [first]
        self._known = dict(first.measures)
        self._common = {n for n, figures in first.measures.items() if _can_get_less(figures)}

    def goes_on(self, visit: Visit) -> bool:
        if visit.tells_progress or (visit.day - self.visits[-1].day).days > _LONGEST_GAP_DAYS:
            return False
        changed = any(self._known.get(name, figures) != figures for name, figures in visit.measures.items())
        return not changed and (not visit.measures or _tell(self._common & visit.measures.keys(), visit.profile))

    def add(self, visit: Visit) -> None:
        self.visits.append(visit)
        self._known.update(visit.measures)
        self._common &= visit.measures.keys()

    def same(self) -> dict[str, list[str]]:
        """The measures that every visit states, with their figures."""
        return {name: figures for name, figures in self.visits[0].measures.items() if name in self._common}


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    for run in _runs([visit for visit in visits if visit.units and not EVALUATIONS.issuperset(visit.units)]):
        if told_at := _long_enough(run):
            days = sorted({visit.day for visit in run.visits})
            said = "; ".join(f"{name.replace('_', ' ')} {', '.join(figures)}" for name, figures in run.same().items())
            yield RaisedAcross(told_at, f"the same on {len(days)} treatment days from {days[0]} to {days[-1]}: {said}")


def _runs(visits: Sequence[Visit]) -> Iterator[_Run]:
    """The longest stretches of visits, from the left, in which nothing says that anything changed."""
    run: _Run | None = None
    for visit in visits:
        if run and not run.goes_on(visit):
            yield run
            run = None
        if visit.measures and not visit.tells_progress:
            if run:
                run.add(visit)
            else:
                run = _Run(visit)
    if run:
        yield run


def _can_get_less(figures: Sequence[str]) -> bool:
    """No pain at all cannot get less."""
    return any(figure.partition("/")[0] not in ("0", "") for figure in figures)


def _tell(names: Iterable[str], profile: str) -> bool:
    """Whether measures tell enough: several kinds, one of them objective."""
    kinds = {kind_of(name) for name in names}
    return "objective" in kinds and len(kinds) >= threshold(ID, "kinds", profile)


def _long_enough(run: _Run) -> Visit | None:
    """The first visit of a run by which the payer would expect a change."""
    first = run.visits[0]
    if not _tell(run.same(), run.visits[-1].profile):
        return None
    visits, days = threshold(ID, "visits", first.profile), threshold(ID, "days", first.profile)
    seen: set[date] = set()
    for visit in run.visits:
        seen.add(visit.day)
        if len(seen) >= visits and (visit.day - first.day).days >= days:
            return visit
    return None


RULE = RuleAcross(
    ID,
    "medium",
    "What is still expected to change, or why does keeping it need a therapist?",
    "CMS Pub. 100-02 ch. 15 s. 220.2 and 220.3.D (objective progress in each report); thresholds.toml",
    check,
)

"""What it checks: visit after visit with the same figures of pain, function and objective measures.

Why: therapy is covered for improvement, or for skilled maintenance that is argued as such; a progress report shows
objective progress toward each goal. Only figures of the same named measures are compared, of two kinds at least, one of
them objective; a change told in words, one other figure, a change of the measures stated or a month's gap ends the
run. Told once a run, at the visit that makes it long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold
from rehabcoder.rules.measures import kind_of
from rehabcoder.rules.visit import EVALUATIONS

ID = "no-progress"


@dataclass
class _Run:
    """Visits in which nothing says that anything changed.

    ``known`` holds the figures of every measure that was stated, ``same`` those that each visit states; no pain at all
    is not among these, as it cannot get less.
    """

    visits: list[Visit]
    known: dict[str, list[str]]
    same: dict[str, list[str]]

    @classmethod
    def from_visit(cls, visit: Visit) -> _Run:
        told = {
            name: figures
            for name, figures in visit.measures.items()
            if any(figure.partition("/")[0] not in ("0", "") for figure in figures)
        }
        return cls([visit], dict(visit.measures), told)

    def goes_on(self, visit: Visit) -> bool:
        gap = (visit.day - self.visits[-1].day).days
        if visit.tells_progress or gap > threshold(ID, "longest_gap_days", visit.profile):
            return False
        changed = any(self.known.get(name, figures) != figures for name, figures in visit.measures.items())
        return not changed and (not visit.measures or _tell(self._same_with(visit), visit.profile))

    def add(self, visit: Visit) -> None:
        self.visits.append(visit)
        self.known.update(visit.measures)
        self.same = self._same_with(visit)

    def _same_with(self, visit: Visit) -> dict[str, list[str]]:
        return {name: figures for name, figures in self.same.items() if name in visit.measures}


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    for run in _runs([visit for visit in visits if visit.units and not EVALUATIONS.issuperset(visit.units)]):
        if told_at := _long_enough(run):
            days = sorted({visit.day for visit in run.visits})
            said = "; ".join(f"{name.replace('_', ' ')} {', '.join(figures)}" for name, figures in run.same.items())
            yield RaisedAcross(told_at, f"the same on {len(days)} treatment days from {days[0]} to {days[-1]}: {said}")


def _runs(visits: Sequence[Visit]) -> Iterator[_Run]:
    """The longest stretches of visits, from the left, in which nothing says that anything changed."""
    run: _Run | None = None
    for visit in visits:
        if run and not run.goes_on(visit):
            yield run
            run = None
        if visit.tells_progress or not visit.measures:
            continue
        if run:
            run.add(visit)
        else:
            run = _Run.from_visit(visit)
    if run:
        yield run


def _tell(same: Iterable[str], profile: str) -> bool:
    """Whether these measures tell enough: figures of several kinds, one of them objective."""
    kinds = {kind_of(name) for name in same}
    return "objective" in kinds and len(kinds) >= threshold(ID, "kinds", profile)


def _long_enough(run: _Run) -> Visit | None:
    """The first visit of a run by which the payer would expect a change."""
    first, last = run.visits[0], run.visits[-1]
    if not _tell(run.same, last.profile):
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

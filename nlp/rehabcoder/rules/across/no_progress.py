"""What it checks: visit after visit with the same figures of pain, function and objective measures.

Why: therapy is covered for improvement, or for skilled maintenance that is argued as such; a progress report shows
objective progress toward each goal. Only figures of the same named measures are compared, of two kinds at least, one of
them objective; a change told in words, one other figure, a change of the measures stated or a month's gap ends the
run. Told once a run, at the visit that makes it long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rehabcoder.rules.across import RaisedAcross, RuleAcross, Visit, threshold
from rehabcoder.rules.measures import kind_of
from rehabcoder.rules.visit import EVALUATIONS

ID = "no-progress"
_LONGEST_GAP_DAYS = 31


def check(visits: Sequence[Visit]) -> Iterator[RaisedAcross]:
    for run in _runs([visit for visit in visits if visit.units and not EVALUATIONS.issuperset(visit.units)]):
        if told_at := _long_enough(run):
            days = _days(run)
            said = "; ".join(f"{name.replace('_', ' ')} {', '.join(figures)}" for name, figures in _same(run).items())
            yield RaisedAcross(told_at, f"the same on {len(days)} treatment days from {days[0]} to {days[-1]}: {said}")


def _runs(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """The longest stretches of visits, from the left, in which nothing says that anything changed."""
    run: list[Visit] = []
    for visit in visits:
        if run and not _goes_on(run, visit):
            yield run
            run = []
        if visit.tells_progress:
            continue
        if visit.measures:
            run.append(visit)
    yield run


def _goes_on(run: Sequence[Visit], visit: Visit) -> bool:
    if visit.tells_progress or (visit.day - run[-1].day).days > _LONGEST_GAP_DAYS:
        return False
    known = {name: figures for earlier in run for name, figures in earlier.measures.items()}
    changed = any(known.get(name, figures) != figures for name, figures in visit.measures.items())
    return not changed and (not visit.measures or _tell([*run, visit]))


def _same(run: Sequence[Visit]) -> dict[str, list[str]]:
    """The measures that every visit of a run states, with their figures; no pain at all cannot get less."""
    names = set.intersection(*(set(visit.measures) for visit in run))
    return {
        name: figures
        for name, figures in run[0].measures.items()
        if name in names and any(figure.partition("/")[0] not in ("0", "") for figure in figures)
    }


def _tell(run: Sequence[Visit]) -> bool:
    """Whether what every visit states tells enough: figures of several kinds, one of them objective."""
    kinds = {kind_of(name) for name in _same(run)}
    return "objective" in kinds and len(kinds) >= threshold(ID, "kinds", run[-1].profile)


def _long_enough(run: Sequence[Visit]) -> Visit | None:
    """The first visit of a run by which the payer would expect a change."""
    if not run or not _tell(run):
        return None
    profile = run[0].profile
    visits, days = threshold(ID, "visits", profile), threshold(ID, "days", profile)
    seen: set[date] = set()
    for visit in run:
        seen.add(visit.day)
        if len(seen) >= visits and (visit.day - run[0].day).days >= days:
            return visit
    return None


def _days(run: Sequence[Visit]) -> list[date]:
    return sorted({visit.day for visit in run})


RULE = RuleAcross(
    ID,
    "medium",
    "What is still expected to change, or why does keeping it need a therapist?",
    "CMS Pub. 100-02 ch. 15 s. 220.2 and 220.3.D (objective progress in each report); thresholds.toml",
    check,
)

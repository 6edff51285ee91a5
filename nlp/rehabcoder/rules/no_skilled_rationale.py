"""What it checks: a performed massage with neither an impairment nor a clinical purpose tied to it.

Why: massage is covered where it treats something: spasm, guarding, adhesions, oedema, pain that limits a movement. A
massage "as usual", or for comfort alone, is not told apart from one that needs no therapist. The message names the
links of the chain (impairment, purpose, function) that are missing, and those that are there.

What the note could say: the impairment that the massage treats, or what it is meant to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

from rehabcoder.billing import regions
from rehabcoder.records import Chart, Service, Statement
from rehabcoder.rules import absence, necessity, visit
from rehabcoder.rules.comfort_language import comforts
from rehabcoder.rules.maintenance_language import maintains
from rehabcoder.rules.registry import Raised, rule

#: Below this probability a massage is clearly tied to nothing. This and the two below: on cross-validation by voice.
CLEARLY_UNLIKELY = 0.2
#: How far a purpose or a finding ties the massage, were it sure: beside it or as the note's rationale; in its region.
_TIES = 0.5
_TIES_IN_REGION = 0.3


@rule(
    "no-skilled-rationale",
    severity="medium",
    message="Massage without an impairment or a clinical purpose",
    fix="Which impairment did the massage treat, or what was it meant to change?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2; Medicare LCD L34428",
)
def check(chart: Chart) -> Iterator[Raised]:
    massage = chart.performed("97124")
    if not massage:
        return
    unskilled = bool(comforts(chart) or maintains(chart))
    untied = [
        s
        for s in massage
        if (unskilled and not _names_purpose(visit.statements_of(chart, s)))
        or _probability_tied(chart, s) < CLEARLY_UNLIKELY
    ]
    if untied:
        surest = max(s.confidence for s in untied)
        yield Raised(visit.evidence(untied), visit.ids(untied), surest, _message(chart, untied))


def _message(chart: Chart, untied: Iterable[Service]) -> str:
    """Which links are missing: the purpose; the impairment and the function where they are clearly unlikely."""
    chains = [s.necessity for s in untied]
    noted = [name for link, name in necessity.LINKS.items() if link != "rationale" and all(c[link] for c in chains)]
    missing = ["a clinical purpose"]
    if all(_probability(_signs_of_impairment(chart, s)) < CLEARLY_UNLIKELY for s in untied):
        missing.insert(0, "an impairment")
    if absence.clearly_absent(chart, "function"):
        missing.append("a functional gain")
    return f"Massage without {necessity.listed(missing, 'or')}" + necessity.but_told(noted)


def _probability_tied(chart: Chart, massage: Service) -> float:
    """How likely an impairment or a clinical purpose is tied to a massage."""
    beside = _beside(chart, massage)
    purpose = (
        _TIES * absence.best(beside, "rationale"),
        _TIES * _names_purpose(beside),
        _TIES * absence.best(chart.statements, "rationale"),
    )
    return _probability((*_signs_of_impairment(chart, massage), *purpose))


def _signs_of_impairment(chart: Chart, massage: Service) -> tuple[float, float]:
    treated = {regions.coarse(r) for r in massage.regions}
    there = [
        s for s in chart.statements if treated & {regions.coarse(m.name) for m in s.mentions if m.kind == "region"}
    ]
    return (
        _TIES * absence.best(_beside(chart, massage), "objective"),
        _TIES_IN_REGION * absence.best(there, "objective"),
    )


def _beside(chart: Chart, massage: Service) -> list[Statement]:
    lines = {s.leaf for s in visit.statements_of(chart, massage)}
    return [s for s in chart.statements if s.leaf in lines]


def _probability(signs: Iterable[float]) -> float:
    """How likely one of the signs is right, each of them taken by itself."""
    return 1.0 - prod(1.0 - sign for sign in signs)


def _names_purpose(statements: Iterable[Statement]) -> bool:
    """Whether one of the statements names a clinical purpose."""
    return any(m.kind == "intent" and m.name not in necessity.NO_PURPOSE for s in statements for m in s.mentions)

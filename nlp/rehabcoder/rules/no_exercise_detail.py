"""What it checks: a performed exercise without a named exercise, or without anything measurable.

Why: "there ex per flow sheet" does not show skilled care. An exercise needs a name and a dose: sets, repetitions, a
hold, resistance, a level, or its own time. The minutes of the whole service are no dose. Ranging and stretching by the
therapist count no repetitions.

What the note could say: which exercises, with sets, repetitions, hold or resistance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehabcoder.records import Chart, Service, Statement
from rehabcoder.rules import visit
from rehabcoder.rules.registry import Raised, rule

_BY_THE_THERAPIST = frozenset(("prom", "passive_stretching"))
#: Names of exercise that name no exercise.
_GENERAL = re.compile(
    r"(?:\W*\b(?:exercises?|exs?|therex|there|ther|te|strength(?:en(?:ing)?)?|stretch(?:es|ing)?|a*rom|endurance"
    r"|conditioning|aerobic|cardio|programm?e?|routine|protocol|core|le|ue|lower|upper|extremity|limb|resist(?:ive|ance|ed)"
    r"|training|general|active|assisted|flexibility|mobility|range|of|motion|therapeutic|open|closed|chain|warm|up|and)\b)+\W*"
)
_SETS = re.compile(
    r"(?<!\d)[\dlo]{1,3}\s?x\s?[\dlo]{1,3}(?!\d|\s?(?:min|m\b|'|units?))|(?<!\d)\d{1,2}\s?x\b|\b(?:reps?|sets?|repetitions?|holds?)\b"
    r"|\b(?:one|two|three|four|five|six|eight|ten)\s(?:sets?|by|times)\b"
)
#: Resistance, level, counts; a number that is no time, date or score.
_DOSE = re.compile(
    r"\b(?:bands?|tb|tubing|loop|theraband|putty|level|lvl|resistance|rpe|bw|weights?|weighted|dumbbells?|kettlebell|lbs?"
    r"|pounds?|kilos?|kg|rtb|gtb|ytb|btb|cuff|incline|mph|watts?|rpm|seconds?|sec|breaths|times|each|twice)\b"
    r"|#\s?\d|\d\s?#"
    r"|(?<![\d:/.])\b(?:l|x)?\d{1,3}\b(?!\s?(?:min|mins|minutes?|m\b|'|:|/\d|%|-?\s?\d{1,2}:\d))"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|half a)\b"
    r"(?!\s(?:min|of the usual))"
)
#: A programme that is written somewhere else.
_ELSEWHERE = re.compile(
    r"\b(?:per|see|as (?:on|per|listed|usual)|usual|routine|circuit|handout|card|program\w*|protocol)\b"
    r"|\b(?:flow|wall|gym|attached) ?(?:sheets?|shts?|charts?|log)\b"
)
#: So many letters beside general names may name an exercise by words that are not known.
_WORDS = 10
#: Ranging and stretching by the therapist, whose dose is its minutes.
_PASSIVE = re.compile(r"\b(?:passive(?:ly)?|prom|by (?:the )?(?:me|pta?|ot|cota|therapist))\b")
_TIME = re.compile(r"\d\s?(?:min|mins|minutes?|m\b|')")


@rule(
    "no-exercise-detail",
    severity="low",
    message="Exercise without a name or a dose",
    fix="Which exercises were done, with what sets, repetitions, hold or resistance?",
    source="CMS Pub. 100-02 ch. 15 s. 220.3.E; APTA documentation guidance",
)
def check(chart: Chart) -> Iterator[Raised]:
    vague = [s for s in chart.performed("97110") if not _has_detail(chart, s)]
    if vague:
        yield Raised(visit.evidence(vague), visit.ids(vague), max(s.confidence for s in vague))


def _has_detail(chart: Chart, service: Service) -> bool:
    told = _told(chart, service)
    words = " ; ".join(chart.plain[s.start : s.end] for s in told)
    if service.minutes and _is_ranged(service, words):
        return True
    if _SETS.search(words):
        return True
    named = _named(chart, told)
    if named == 1 and _TIME.search(words):
        return True
    return bool(_DOSE.search(words)) and (named > 0 or _may_name(words))


def _may_name(words: str) -> bool:
    """Whether an exercise may be named by words that are not known."""
    left = re.sub(r"[^a-z]|min(?:ute)?s?\b", "", _GENERAL.sub(" ", words))
    return len(left) >= _WORDS and not _ELSEWHERE.search(words)


def _is_ranged(service: Service, words: str) -> bool:
    """Whether the therapist ranged or stretched the patient."""
    by_techniques = bool(service.techniques) and _BY_THE_THERAPIST.issuperset(service.techniques)
    return by_techniques or bool(_PASSIVE.search(words))


def _told(chart: Chart, service: Service) -> list[Statement]:
    """The statements of the service, and those of its lines that document nothing else."""
    leaves = {s.leaf for s in visit.statements_of(chart, service)}
    return [s for s in chart.statements if s.leaf in leaves and s.code in ("97110", "other")]


def _named(chart: Chart, told: list[Statement]) -> int:
    """How many exercises are named."""
    return sum(
        m.kind == "technique" and not _GENERAL.fullmatch(chart.plain, m.start, m.end) for s in told for m in s.mentions
    )

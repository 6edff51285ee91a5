"""Separate services: two that a code-pair edit joins, told apart by region, time and purpose, and the modifier for it.

What has to be shown for a pair, and whether XS or XU says it, stands with its source in ``separate_services.toml``.
Besides shown and refuted there is open: neighbouring tissue, an unstated region, time or aim. Where it is open no
modifier is suggested, and none that was billed is called unsupported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import combinations, product
from typing import Any, NamedTuple

from rehabcoder.billing import edits, regions
from rehabcoder.billing.profile import Profile
from rehabcoder.records import Chart, ClaimLine, Service, Span
from rehabcoder.vocabulary import CMT_CODES

#: What the note of one visit can refute; another encounter (XE) or practitioner (XP) may be told elsewhere.
_REFUTABLE = frozenset(("59", "XS", "XU"))
MODIFIERS = _REFUTABLE | {"XE", "XP"}
SHOWN, OPEN, REFUTED = "shown", "open", "refuted"
#: A service read less surely than this may be another.
_SURE = 0.6
_SLOTS = {"region": "regions", "time": "minutes", "purpose": "intents"}


@dataclass(frozen=True, slots=True)
class JoinedPair:
    """Two services of a visit, in order of the note, that an edit of the day joins; ``known`` names its snapshot.

    ``never``: the payer pays both with no modifier. ``separate`` is shown, open or refuted; ``modifier`` (XS, XU) and
    ``evidence`` say so where it is shown. ``neighbours`` are regions of one stretch of tissue that leave it open.
    """

    services: tuple[Service, Service]
    edit: edits.PairEdit
    known: str
    never: bool
    separate: str = OPEN
    modifier: str | None = None
    evidence: tuple[Span, ...] = ()
    neighbours: tuple[str, str] | None = None

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(service.code for service in self.services)


class Unsupported(NamedTuple):
    """Modifiers of a billed code that the note does not support, why, and the services that show it."""

    code: str
    modifiers: tuple[str, ...]
    why: str
    services: tuple[Service, ...]


class _Grounds(NamedTuple):
    """What has to be shown for a pair of codes, and the modifier that then says so."""

    needs: tuple[str, ...]
    modifier: str


def joined_pairs(chart: Chart, profile: Profile) -> list[JoinedPair]:
    """The pairs of surely read services that an edit joins on the visit's day; without a day, as last known."""
    on = _day(chart)
    if on is None:
        return []
    sure: dict[str, Service] = {}
    for service in chart.services:
        if service.code != "none" and service.confidence >= _SURE:
            sure.setdefault(service.code, service)
    found = []
    for a, b in combinations(sure.values(), 2):
        answer = edits.pair_edit(a.code, b.code, on)
        if answer.edit is not None and answer.indicator is not None:
            known = f"NCCI {answer.snapshot}" + (", as last known" if answer.stale else "")
            never = answer.indicator == 0 and profile.follows_ncci
            found.append(_judged(chart, JoinedPair((a, b), answer.edit, known, never)))
    return found


def suggest_modifiers(chart: Chart, lines: Iterable[ClaimLine], profile: Profile) -> None:
    """Writes the modifiers of separate services into the lines of the denied codes, and the question of what is open.

    A denied code gets one only where it is shown to be separate from every code that denies it. ``beside`` names that
    code, ``instead`` the modifiers that say the same: 59 is Medicare's last resort, XS and XU not every payer's.
    """
    by_code = {line.code: line for line in lines}
    denied_by: dict[str, list[JoinedPair]] = {}
    for pair in joined_pairs(chart, profile):
        denied_by.setdefault(pair.edit.column2, []).append(pair)
    for code, pairs in denied_by.items():
        if all(pair.modifier and by_code[pair.edit.column1].units != 0 for pair in pairs) and by_code[code].units != 0:
            by_code[code].modifiers += _modifiers(pairs, profile)
        for pair in pairs:
            if pair.neighbours and not pair.never:
                denied = next(service for service in pair.services if service.code == code)
                denied.question = denied.question or _question(pair, pair.neighbours)


def _modifiers(pairs: Iterable[JoinedPair], profile: Profile) -> list[dict[str, Any]]:
    """The modifiers of pairs that are all shown, each once."""
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        code, instead = (pair.modifier, "59") if profile.follows_ncci else ("59", pair.modifier)
        words = [span._asdict() for span in pair.evidence]
        found.setdefault(
            str(code), {"code": code, "evidence": words, "instead": [instead], "beside": pair.edit.column1}
        )
    return list(found.values())


def unsupported_modifiers(chart: Chart, profile: Profile) -> list[Unsupported]:
    """The billed modifiers of separate services that the note, or the payer's edits, surely do not support."""
    billed: dict[str, set[str]] = {}
    for line in chart.note.billed or ():
        billed.setdefault(line.code, set()).update(MODIFIERS & set(line.modifiers))
    pairs = joined_pairs(chart, profile) if any(billed.values()) else []
    found = (_unsupported(chart, profile, code, given, pairs) for code, given in billed.items() if given)
    return [each for each in found if each]


def _judged(chart: Chart, pair: JoinedPair) -> JoinedPair:
    """The pair with what the note shows of its two codes' services, all of them."""
    grounds = _grounds().get(pair.codes)
    if grounds is None:
        return pair
    both = list(product(*(chart.performed(service.code) for service in pair.services)))
    verdicts = {_verdict(chart, grounds.needs, one, other) for one, other in both}
    separate = verdicts.pop() if len(verdicts) == 1 else OPEN
    if separate == SHOWN:
        slots = [_SLOTS[need] for need in grounds.needs]
        words = {span for services in both for s in services for slot in slots for span in s.slots.get(slot, ())}
        modifier = None if pair.never else grounds.modifier
        return replace(pair, separate=SHOWN, modifier=modifier, evidence=tuple(sorted(words)))
    if separate == OPEN and "region" in grounds.needs:
        beside = (regions.neighbours(one.regions, other.regions) for one, other in both)
        return replace(pair, neighbours=next(filter(None, beside), None))
    return replace(pair, separate=separate)


def _verdict(chart: Chart, needs: Iterable[str], one: Service, other: Service) -> str:
    if "region" in needs and one.regions and other.regions and not regions.are_separate(one.regions, other.regions):
        return REFUTED
    shown = {
        "region": regions.are_separate(one.regions, other.regions)
        and not regions.neighbours(one.regions, other.regions),
        "time": _have_their_own_time(chart, one, other),
        "purpose": bool(set(one.intents) - set(other.intents) and set(other.intents) - set(one.intents)),
    }
    return SHOWN if all(shown[need] for need in needs) else OPEN


def _have_their_own_time(chart: Chart, one: Service, other: Service) -> bool:
    """Whether each has minutes of its own that fit into the treatment time together; a manipulation needs none."""
    if any(s.minutes is None and s.code not in CMT_CODES for s in (one, other)):
        return False
    together = (one.minutes or 0) + (other.minutes or 0)
    return chart.total_treatment_minutes is None or together <= chart.total_treatment_minutes


def _unsupported(
    chart: Chart, profile: Profile, code: str, given: set[str], pairs: Iterable[JoinedPair]
) -> Unsupported | None:
    """What of a billed code's modifiers is refuted: by its pairs, all of them, or since no edit joins it with any code.

    Nothing is where an edit may join it with a code that is not surely documented: the modifier may be meant for that.
    """
    own = [pair for pair in pairs if code in pair.codes]
    judged = {code, "none"}.union(*(pair.codes for pair in own))
    others = {line.code for line in (*chart.services, *(chart.note.billed or ()))} - judged
    on = _day(chart)
    if on is None or any(edits.pair_edit(code, each, on).answer != edits.DOES_NOT_APPLY for each in others):
        return None
    if not own:
        surely = [service for service in chart.performed(code) if service.confidence >= _SURE]
        if not (surely and others and profile.follows_ncci and _is_covered(chart)):
            return None
        why = f"no edit joins {code} with another code of the visit that day (NCCI)"
        return Unsupported(code, tuple(sorted(given)), why, (surely[0],))
    if all(pair.never for pair in own):
        why = f"no modifier pays {' and '.join(_in_order(own[0]))} together ({own[0].known})"
        return Unsupported(code, tuple(sorted(given)), why, own[0].services)
    if given & _REFUTABLE and all(pair.never or pair.separate == REFUTED for pair in own):
        refuted = next(pair for pair in own if pair.separate == REFUTED)
        why = f"{' and '.join(_in_order(refuted))} have a region in common"
        return Unsupported(code, tuple(sorted(given & _REFUTABLE)), why, refuted.services)
    return None


def _in_order(pair: JoinedPair) -> list[str]:
    return [service.code for service in pair.services]


def _day(chart: Chart) -> date | None:
    """The day whose edits decide: that of the visit, else the last one that is known of."""
    quarter = edits.latest()
    return edits.day_of(chart.note.date_of_service) or (edits.last_day(quarter) if quarter else None)


def _is_covered(chart: Chart) -> bool:
    """Whether the visit's day is known and lies in the quarter of a snapshot: there, no edit is no edit."""
    on = edits.day_of(chart.note.date_of_service)
    snapshot = edits.snapshot_of(on) if on else None
    return bool(on and snapshot and on <= edits.last_day(snapshot.quarter))


def _question(pair: JoinedPair, neighbours: tuple[str, str]) -> str:
    one, other = (region.replace("_", " ").replace(":", " ") for region in neighbours)
    return (
        f"Were {one} and {other} two sites, or one stretch of tissue ({pair.edit.column2} beside {pair.edit.column1})?"
    )


@cache
def _grounds() -> dict[frozenset[str], _Grounds]:
    """Pair of codes -> what has to be shown."""
    tables = tomllib.loads((files(__package__) / "separate_services.toml").read_text("utf-8"))["pairs"]
    return {
        frozenset(codes): _Grounds(tuple(table["needs"]), table["modifier"])
        for table in tables
        for codes in product(table["one"], table["other"])
    }

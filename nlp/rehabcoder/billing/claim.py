"""A visit's services as claim lines, and a claim that came with the note held against them."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from rehabcoder.billing.furnished import furnish
from rehabcoder.billing.modifiers import (
    ACTIVE_CARE_CODES,
    DISCIPLINES,
    WITHOUT_DISCIPLINE,
    assistant_modifiers,
    discipline,
    is_active_care,
    threshold_modifier,
)
from rehabcoder.billing.profile import Profile
from rehabcoder.billing.separate_services import Unsupported, suggest_modifiers
from rehabcoder.billing.units import UNIT_RULES, Allocation, cms, counted, units_of
from rehabcoder.records import Billed, Chart, ClaimLine, Service
from rehabcoder.vocabulary import TIMED_CODES


def bill(chart: Chart, profile: Profile) -> list[ClaimLine]:
    """The claim lines of a chart's services by a payer's unit rule, with the modifiers that the note supports."""
    lines = claim_lines(chart.services, profile.unit_rule)
    if paid := paid_otherwise(chart.note.setting, profile):
        for line in lines:
            line.arithmetic += f"; {paid} is not paid by units"
    words = furnish(chart)
    modifier = discipline(chart)
    if modifier:
        for line in lines:
            if line.code not in WITHOUT_DISCIPLINE:
                line.modifiers.append(modifier)
    if profile.asks_medicare_modifiers:
        of_assistants = assistant_modifiers(chart, lines, words, modifier["code"] if modifier else None)
        over = threshold_modifier(chart.note)
        for line in lines:
            if line.code not in WITHOUT_DISCIPLINE:
                line.modifiers += of_assistants.get(line.code, []) + ([over] if over and modifier else [])
            if line.code in ACTIVE_CARE_CODES and is_active_care(chart):
                line.modifiers.append({"code": "AT", "evidence": []})
    suggest_modifiers(chart, lines, profile)
    return lines


def paid_otherwise(setting: str | None, profile: Profile) -> str | None:
    """What the record's setting is called where Medicare pays it by stay, day or episode (``settings.csv``)."""
    if not setting or not profile.follows_ncci:
        return None
    return _settings().get(" ".join(re.findall("[a-z]+", setting.casefold())))


@cache
def _settings() -> dict[str, str]:
    lines = (files("rehabcoder.billing") / "settings.csv").read_text("utf-8").splitlines()
    return {row["words"]: row["label"] for row in csv.DictReader(line for line in lines if line[:1] != "#")}


def claim_lines(services: Iterable[Service], unit_rule: str = "cms") -> list[ClaimLine]:
    """One claim line a code, in the order in which the codes appear; work without a code (``none``) has no line.

    Minutes are added up a code, None where one of its services has none. Under the CMS rule the minutes of all timed
    codes are pooled, so one missing time leaves ``units`` of every timed line None and ``units_at_least`` says what
    the stated minutes of the code support alone; under the AMA rule only the code that lacks minutes is left open.
    """
    by_code: dict[str, list[Service]] = {}
    for service in services:
        if service.code != "none":
            by_code.setdefault(service.code, []).append(service)
    minutes = {code: _total_minutes(of_code) for code, of_code in by_code.items()}
    timed = {code: total for code, total in minutes.items() if code in TIMED_CODES}
    known = {code: total for code, total in timed.items() if total is not None}
    open_codes = sorted(timed.keys() - known.keys())
    allocation = UNIT_RULES[unit_rule](known) if unit_rule == "ama" or not open_codes else None
    return [_line(code, of_code, minutes[code], allocation, open_codes) for code, of_code in by_code.items()]


def _total_minutes(services: list[Service]) -> int | None:
    each = [service.minutes for service in services]
    return None if None in each else sum(m for m in each if m is not None)


def _line(
    code: str, services: list[Service], minutes: int | None, allocation: Allocation | None, open_codes: list[str]
) -> ClaimLine:
    line = ClaimLine(
        code=code,
        minutes=minutes,
        units=None,
        units_ama=None if minutes is None else units_of(minutes),
        services=[service.id for service in services],
        confidence=min(service.confidence for service in services),
    )
    if code not in TIMED_CODES:
        line.units = line.units_ama = 1
        line.arithmetic = f"untimed: {counted(1)} a visit"
    elif allocation and code in allocation.units:
        line.units = allocation.units[code]
        line.alternatives = allocation.other_units(code)
        line.arithmetic = allocation.arithmetic(code)
    else:
        stated = [service.minutes for service in services if service.minutes is not None]
        line.units_at_least = units_of(sum(stated)) if stated else None
        line.arithmetic = f"no minutes for {', '.join(open_codes)}: units stay open"
        if stated:
            line.arithmetic += f"; {sum(stated)} stated minutes alone: {counted(units_of(sum(stated)))}"
    return line


def claim_check(
    billed: Iterable[Billed],
    lines: Iterable[ClaimLine],
    bundled: Collection[str] = (),
    unsupported: Iterable[Unsupported] = (),
) -> list[dict[str, Any]]:
    """A claim held against what the note supports: one row a billed code, then the documented codes left off it.

    A row is ``{"code", "billed_units", "supported_units", "verdict"}``. Billed lines of one code are added up. The
    verdict is match, over, under, wrong-code (the row names the ``documented_code``), not-documented or
    missing-from-claim (a code in ``bundled`` never is); None where units are missing on either side, so that nothing
    can be said. Of several allocations that a tie allows, the one nearest to the claim is compared. The row of a
    documented code names the modifiers that differ too: ``modifiers_not_supported`` (a billed discipline that is not
    the note's, what ``unsupported_modifiers`` found) and ``modifiers_not_billed`` (what the note supports, left off);
    nothing is said of a claim that gives no modifiers at all.
    """
    billed, unsupported = list(billed), list(unsupported)
    claimed = _claimed_units(billed)
    documented = {line.code: line for line in lines}
    supported = _supported_units(list(documented.values()), claimed)
    left_off = [code for code in documented if code not in claimed]
    rows = []
    for code, units in claimed.items():
        if code in documented:
            row = _row(code, units, supported[code], _compare(units, supported[code]))
            refuted = {modifier for each in unsupported if each.code == code for modifier in each.modifiers}
            rows.append(row | _modifier_check(billed, documented[code], refuted))
            continue
        instead = next((other for other in left_off if are_confused(code, other)), None)
        if instead is None:
            rows.append(_row(code, units, 0, "not-documented"))
        else:
            left_off.remove(instead)
            rows.append(_row(code, units, 0, "wrong-code") | {"documented_code": instead})
    rows += [
        _row(code, 0, supported[code], "missing-from-claim")
        for code in left_off
        if code not in bundled and supported[code]
    ]
    return rows


def _modifier_check(billed: list[Billed], line: ClaimLine, refuted: Collection[str]) -> dict[str, list[str]]:
    """The modifiers of a code that differ between claim and note, where the claim gives modifiers at all."""
    if not any(each.modifiers for each in billed):
        return {}
    claimed = {modifier for each in billed if each.code == line.code for modifier in each.modifiers}
    disciplines = {modifier["code"] for modifier in line.modifiers} & DISCIPLINES.keys()
    wrong = (claimed & DISCIPLINES.keys()) - disciplines if disciplines else set()
    missing = [modifier["code"] for modifier in line.modifiers if not _is_billed(modifier, line.code, billed)]
    named = (("modifiers_not_supported", wrong.union(refuted)), ("modifiers_not_billed", missing))
    return {name: sorted(codes) for name, codes in named if codes}


def _is_billed(modifier: Mapping[str, Any], code: str, billed: Iterable[Billed]) -> bool:
    """Whether a modifier, or one that says the same, was billed; of separate services either code may bear it."""
    says = {modifier["code"], *modifier.get("instead", ())}
    bears = {code, modifier.get("beside")}
    return any(each.code in bears and not says.isdisjoint(each.modifiers) for each in billed)


def _row(code: str, billed: int | None, supported: int | None, verdict: str | None) -> dict[str, Any]:
    return {"code": code, "billed_units": billed, "supported_units": supported, "verdict": verdict}


def _compare(billed: int | None, supported: int | None) -> str | None:
    if billed is None or supported is None:
        return None
    return "match" if billed == supported else "over" if billed > supported else "under"


def _claimed_units(billed: Iterable[Billed]) -> dict[str, int | None]:
    claimed: dict[str, int | None] = {}
    for line in billed:
        before = claimed.get(line.code, 0)
        claimed[line.code] = None if before is None or line.units is None else before + line.units
    return claimed


def _supported_units(lines: list[ClaimLine], claimed: dict[str, int | None]) -> dict[str, int | None]:
    """Units that the note supports; where a visit's units stay open, those of a code whose own minutes are stated."""
    supported = {
        line.code: line.units if line.units is not None or line.minutes is None else line.units_at_least
        for line in lines
    }
    if any(line.alternatives for line in lines):
        # Tied lines cannot be judged one by one: 2 + 2 would fit each of them and be one unit too many.
        tied = cms({line.code: line.minutes for line in lines if line.code in TIMED_CODES and line.minutes is not None})
        nearest = min(
            chain([tied.units], tied.alternatives),
            key=lambda units: sum(abs(units[code] - (claimed.get(code) or 0)) for code in units),
        )
        supported.update(nearest)
    return supported


def are_confused(code: str, other: str) -> bool:
    """Whether two codes stand for the same work told differently (``confused_codes.toml``)."""
    return any({code, other} <= family for family in _families())


@cache
def _families() -> tuple[frozenset[str], ...]:
    text = (files("rehabcoder.billing") / "confused_codes.toml").read_text("utf-8")
    return tuple(frozenset(family["codes"]) for family in tomllib.loads(text)["family"])

"""What it checks: a one-on-one code whose time was shared with other patients, in a group, or unattended.

Why: these codes are paid for undivided contact. Two patients in the same minutes are a group for each of them; a
service that runs unattended is none. A group that is charted and coded as a group is right as it is.

What the note could say: which minutes were one on one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rehabcoder.records import Chart
from rehabcoder.rules import visit, wording
from rehabcoder.rules.claim import charges
from rehabcoder.rules.registry import Raised, rule

ID = "not-one-on-one"


#: Other people who share the therapist's time: of the words that only hint at it, those that name them.
_OTHERS = re.compile(r"\b(?:another|others?|second|shared)\b")
#: Those that the patient lives with share no time of the therapist's.
_HOUSEHOLD = re.compile(r"\b(?:lives?|living|home|house)\b")
#: What runs at the same time and is nobody: "concurrent with set-up".
_CONCURRENT_THING = re.compile(
    r"concurrent\w*\s+(?:w/|with)\s?(?!.{0,20}\b(?:pts?|patients?|residents?|clients?|others?)\b)"
)
#: Several people, by number and name or as "others"; what is done with them at one time; going from one to another.
_SEVERAL = (
    r"(?:two|three|four|five|six|seven|eight|[2-9]|both|the|her|his) (?:[\w-]+ ){0,2}?"
    r"(?:patients?|pts?|residents?|clients?|people|participants|athletes?|players|workers?|iws|employees|members|teammates"
    r"|runners|lads|girls|boys|kids|children|toddlers|men|women|ladies|mothers|veterans|sms|twins|others|tables"
    r"|of (?:us|them|the \w+))"
)
_TOGETHER = (
    r"(?:at (?:once|(?:the )?(?:same|one) time)|same (?:time|hour|half hour|slot|block|programme?)|in one slot"
    r"|taking turns|took turns|in turn|alternat\w+|rotat\w+ (?:among|between|through)|(?:going|went) round"
    r"|float(?:ed|ing|s)|worked in with|(?:seen|treated) together)"
)
_GOING = (
    r"(?:go(?:ing)?|went|mov(?:ed|ing)|back (?:and|[+&]) forth|float(?:ed|ing)|rotat(?:ed|ing)|alternated)"
    r" (?:\w+ ){0,2}?(?:between|among|from (?:one|each) to)(?: the)? (?:\w+ )?"
    r"(?:two|three|four|five|six|tables?|plinths|mats|bays|patients|pts|others?|next|them)"
)
#: The therapist was with somebody else while the patient worked.
_ELSEWHERE = (
    r"while (?:i|(?:the )?(?:therapist|pt|ot|undersigned))"
    r" (?:evaluated|evaled|treated|saw|worked with|attended to|started)"
    r" (?:an?other|a new|the (?:next|others?|\w+ in)|some(?:one|body) else|mrs?|ms)"
)
_SHARED = re.compile(
    rf"\b(?:{_SEVERAL}\b.{{0,70}}?\b(?:{_TOGETHER}|with me)|{_TOGETHER}\b.{{0,70}}?\b{_SEVERAL}|{_GOING}"
    rf"|{_ELSEWHERE})\b".replace(" ", r"\s+"),
    re.DOTALL,
)
_NOT = re.compile(r"\b(?:no|not|never|nobody)\b")


@rule(
    ID,
    severity="high",
    message="A one-on-one code, but the time was shared or unattended",
    fix="Which minutes were spent one on one with this patient?",
    source="CMS Pub. 100-04 ch. 5 s. 20.3; Pub. 100-02 ch. 15 s. 230",
)
def check(chart: Chart) -> Iterator[Raised]:
    concerned = chart.performed(*visit.ONE_ON_ONE)
    if not concerned and visit.ONE_ON_ONE.isdisjoint(charges(chart)):
        return
    found = [
        here
        for here in chain(
            wording.said(chart, ID, "raise", "group", "unattended", "hint"),
            wording.phrased(chart, ID, "raise", _SHARED),
        )
        if here.statement.section not in wording.NOT_OF_THIS_VISIT and _is_shared(chart, here)
    ]
    if found:
        yield Raised(tuple(here.span for here in found), visit.ids(concerned))


def _is_shared(chart: Chart, here: wording.Said) -> bool:
    """Whether the words say that a one-on-one code's time was shared or unattended."""
    statement, words = here
    if words.name == "unattended" and _is_device_alone(chart):
        return statement.ticked is not False
    if wording.is_unsaid(here):
        return False
    served = wording.documents_service(statement, *visit.ONE_ON_ONE)
    if words.name in ("group", "unattended"):
        return served
    if words.name == "hint":
        names_others = _OTHERS.search(chart.plain, words.start, words.end)
        at_home = _HOUSEHOLD.search(chart.plain, statement.start, words.start)
        return statement.status == "performed" and bool(names_others) and not at_home
    if _CONCURRENT_THING.match(chart.plain, words.start) or _NOT.search(chart.plain, words.start, words.end):
        return False
    return served or not _charts_group(chart)


def _charts_group(chart: Chart) -> bool:
    """Whether a group is charted as one: other patients in it take nothing from the one-on-one codes."""
    return bool(chart.performed("97150")) or any(f.value["code"] == "97150" for f in chart.all_stated("written_code"))


def _is_device_alone(chart: Chart) -> bool:
    """Whether nothing was done but a device ran, under a one-on-one code."""
    return bool(chart.services) and all(s.code == "none" for s in chart.services)

"""What it checks: care that is said to maintain or prevent, to go on without end, at a plateau, or after all goals met.

Why: most payers cover improvement, and Medicare covers maintenance only where it needs a therapist's skill and says
so. A medicine taken as needed, "if he plateaus", or a local aim in a programme that moves on are not maintenance.

What the note could say: the gain that is still expected, or why a therapist's skill is needed to keep what was won.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from rehabcoder.records import Chart
from rehabcoder.rules import wording
from rehabcoder.rules.registry import Raised, rule

ID = "maintenance-language"

#: Aims that are told in many words: to keep or hold somebody or something as it is, to let nothing come back.
_WHO = r"(?:her|him|them|it|me|us|the \w+|his \w+|my \w+)"
_WORSE = r"(?:declin|slip|sei?z|siez|stiffen|tighten|com\w+ back|return|flar|fill|build|getting worse)\w*"
_TO_KEEP = re.compile(
    rf"\b(?:keep|hold)(?:s|ing)? (?:{_WHO} (?:where|as) (?:he|she|it|they|i) (?:is|was|are|am)\b"
    r"|(?:on to )?what (?:he|she|they|i)\b|the (?:current|present|same) (?:level|state|status))"
    rf"|\b(?:keep|stop|prevent|avoid)s? {_WHO} (?:from )?{_WORSE}|\bso that {_WHO} (?:does|do) not {_WORSE}"
    r"|\bprevent (?:a|any) (?:relapse|return|recurrence|setback)"
    r"|\bto stay (?:strong|loose|supple|mobile|as (?:he|she) is)"
)
#: Care without an end.
_NO_END = re.compile(
    r"\b(?:no|without(?: an?| any)?) (?:set |last |planned |fixed )?(?:end|(?:stop|finish|last|end|discharge) date)\b"
    r"(?! ?-?feel)"
    r"|\b(?:as|so) long as (?:he|she|they|mum|mom|dad|the (?:family|patient|pt|resident)|his cover|her cover)\b"
)
#: All goals met, in other words than the listed ones.
_GOALS_MET = re.compile(
    r"\b(?:all|every|each)(?: of)?(?: (?!not\b)[\w/-]+){0,4} (?:goals?|outcomes?|targets?)(?: (?!not\b)\w+){0,3}"
    r" (?:met|achieved|reached|ticked)\b|\bmet all(?: \w+){0,3} (?:goals|outcomes|targets)\b"
    r"|\bgoals? (?:\d, )*\d,? (?:and|&) \d (?:were |are |all )?met\b"
)


@rule(
    ID,
    severity="medium",
    message="Care to maintain, without end or past its goals",
    fix="Which further gain is expected, or why does keeping it need a therapist?",
    source="CMS Pub. 100-02 ch. 15 s. 220.2 (and Jimmo v. Sebelius)",
)
def check(chart: Chart) -> Iterator[Raised]:
    if chart.furnished and (found := maintains(chart)):
        yield Raised(tuple(here.span for here in found))


def maintains(chart: Chart) -> list[wording.Said]:
    """Where the note says that care maintains, prevents or goes on without an aim."""
    said = [
        here
        for here in chain(
            wording.said(chart, ID, "raise", "goals_met", "visits", "open", "ends"),
            wording.phrased(chart, ID, "raise", _TO_KEEP),
            wording.phrased(chart, ID, "raise", _NO_END),
            wording.phrased(chart, ID, "goals_met", _GOALS_MET),
        )
        if here.statement.section not in wording.NOT_OF_THIS_VISIT
        and not wording.is_unsaid(here)
        and not wording.is_conditional(chart, here)
    ]
    ends = any(here.words.name == "ends" for here in said)
    visits = {here.statement.leaf for here in said if here.words.name == "visits"}
    return [
        here
        for here in said
        if here.words.name == "raise"
        or (here.words.name == "goals_met" and not ends)
        or (here.words.name == "open" and here.statement.leaf in visits)
    ]

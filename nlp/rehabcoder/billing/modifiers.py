"""Modifiers that the note supports, each with the words that show it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from rehabcoder.billing.assistants import Share, assistant_units
from rehabcoder.billing.edits import day_of
from rehabcoder.records import Chart, ClaimLine, Note, Span
from rehabcoder.vocabulary import CMT_CODES, TIMED_CODES

#: Manipulation is no therapy service and takes no discipline modifier.
WITHOUT_DISCIPLINE = frozenset(CMT_CODES)
#: The modifiers of physical, occupational and speech therapy.
DISCIPLINES = {"GP": "PT", "GO": "OT", "GN": "SLP"}
#: Manipulation that Medicare pays only as active care.
ACTIVE_CARE_CODES = frozenset(("98940", "98941", "98942"))
_OF_ASSISTANTS = {"GP": "CQ", "GO": "CO"}
#: From this probability on a statement is a signature, so that "J. Rivera, PTA assisted" alone decides nothing.
_SIGNED = 0.5
#: "Electronically signed by: Lee", up to the last word of the name.
_SIGNED_BY = re.compile(r"\bsigned(?: \w+)? ?(?:by\b|:)[^\n]*$")
#: Roles written as credentials (PT, OTR/L, L.M.T.) and not as a word ("THERAPIST").
_CREDENTIALS = re.compile(r"(?:[A-Z]{1,5}[./, -]{0,2})+")
#: The last word of a name, right before credentials. A full stop ends it only as an initial or before a comma:
#: "TOLERATED WELL. PT WALKED" is no name.
_NAME = re.compile(r"\b(?:[A-Z]\.|[A-Z][\w'\u2019-]*\.?(?=,)|[A-Z][\w'\u2019-]*),?\s{0,3}[(,-]?\s{0,3}$")
#: A name in small letters, with credentials that are no other word or that end the line behind a comma.
_IN_SMALL_LETTERS = re.compile(
    r"\b[a-z]{2,20}\s[a-z]{2,20},?\s(?P<words>pta|cota|dpt|lmt|otr|mpt|(?<=,\s)(?:pt|ot)(?=[ .]*$))\b", re.MULTILINE
)
_ROLE_IN_SMALL_LETTERS = {"pta": "assistant", "cota": "assistant", "lmt": "massage_therapist"}
#: A name with its credentials is no longer than this before them.
_NAME_LENGTH = 40


class Credentials(NamedTuple):
    """A name with credentials in a note; ``span`` is that of the name's last word and the credentials."""

    role: str
    words: str
    span: Span


def discipline(chart: Chart) -> dict[str, Any] | None:
    """The discipline modifier of a visit (GP, GO, GN) as ``{"code", "evidence"}``, None where nothing decides it.

    The record wins (discipline, then credentials; no evidence in the text); otherwise the signatures decide where all
    of them by therapists and assistants name the same one. Source: Pub. 100-04 ch. 5 s. 20.1.
    """
    for given in (chart.note.discipline, chart.note.credentials):
        if given:
            named = _modifiers_of(given)
            return {"code": named.pop(), "evidence": []} if len(named) == 1 else None
    signed: dict[str, list[Span]] = {}
    for person in credentials(chart):
        if person.role in ("therapist", "assistant") and is_signed(chart, person.span):
            for modifier in _modifiers_of(person.words):
                signed.setdefault(modifier, []).append(person.span)
    if len(signed) != 1:
        return None
    [(code, spans)] = signed.items()
    return {"code": code, "evidence": [span._asdict() for span in spans]}


def assistant_modifiers(
    chart: Chart, lines: Iterable[ClaimLine], words: Mapping[str, list[Span]], discipline_code: str | None
) -> dict[str, list[dict[str, Any]]]:
    """Code -> the assistant's modifier (CQ beside GP, CO beside GO) where an assistant furnished some of its units.

    ``units`` of a modifier says how many units of the line carry it. Nothing is said of a visit in which it is not
    known who furnished each service; without minutes a code gets it where assistants furnished all of it.
    """
    code = _OF_ASSISTANTS.get(discipline_code or "")
    services = {s.id: s for s in chart.services}
    if code is None or any(not s.furnished_by for s in chart.services):
        return {}
    shares: dict[str, Share] = {}
    evidence: dict[str, list[Span]] = {}
    whole: set[str] = set()
    for line in lines:
        own = [services[id] for id in line.services]
        by_assistant = [s for s in own if s.furnished_by[0]["role"] == "assistant"]
        evidence[line.code] = sorted({span for s in by_assistant for span in words.get(s.id, ())})
        if by_assistant and len(by_assistant) == len(own):
            whole.add(line.code)
        if line.code in TIMED_CODES and line.minutes is not None:
            assistant = sum(s.minutes or 0 for s in by_assistant)
            shares[line.code] = Share(line.minutes - assistant, assistant)
    units = assistant_units(shares)
    out: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        n = line.units if line.code in whole else units.get(line.code, 0)
        if line.code in whole or n:
            out[line.code] = [{"code": code, "evidence": [span._asdict() for span in evidence[line.code]], "units": n}]
    return out


def threshold_modifier(note: Note) -> dict[str, Any] | None:
    """KX where the record's year-to-date amount is past the threshold of the year of service; None where not known.

    ``year_to_date`` is the allowed amount in US dollars of the discipline's bucket. Amounts: ``thresholds.csv``.
    """
    day = day_of(note.date_of_service)
    try:
        amount = float(note.year_to_date)
    except (TypeError, ValueError):
        return None
    if day is None or day.year not in _thresholds() or amount <= _thresholds()[day.year]:
        return None
    return {"code": "KX", "evidence": []}


def is_active_care(chart: Chart) -> bool:
    """Whether a manipulation is told without words of maintenance, which AT would contradict."""
    return not any(m.kind == "maintenance-language" and m.name == "raise" for s in chart.statements for m in s.mentions)


@cache
def _thresholds() -> dict[int, float]:
    lines = (files("rehabcoder.billing") / "thresholds.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if line[:1] != "#")
    return {int(row["year"]): float(row["amount"]) for row in rows}


def credentials(chart: Chart) -> Iterator[Credentials]:
    """Every name with credentials in the note, whoever it is; "PT" without a name before it is none."""
    text = chart.note.text
    for role in chart.all_stated("role"):
        name = _NAME.search(text[max(0, role.start - _NAME_LENGTH) : role.start])
        if name and role.value != "aide" and _CREDENTIALS.fullmatch(text, role.start, role.end):
            start = role.start - len(name[0])
            yield Credentials(role.value, text[role.start : role.end], Span(start, role.end))
    for found in _IN_SMALL_LETTERS.finditer(text):
        role_name = _ROLE_IN_SMALL_LETTERS.get(found["words"], "therapist")
        yield Credentials(role_name, found["words"], Span(found.start(), found.end()))


def is_signed(chart: Chart, span: Span) -> bool:
    """Whether the words there are likely a signature."""
    if _SIGNED_BY.search(chart.plain[max(0, span.start - _NAME_LENGTH) : span.start]):
        return True
    return any(fact.value >= _SIGNED and fact.span.overlaps(span) for fact in chart.all_stated("signature"))


def _modifiers_of(words: str) -> set[str]:
    return {_words()[word] for word in re.findall(r"[a-z]+", words.casefold().replace(".", "")) if word in _words()}


@cache
def _words() -> dict[str, str]:
    lines = (files("rehabcoder.billing") / "disciplines.csv").read_text("utf-8").splitlines()
    return {row["word"]: row["modifier"] for row in csv.DictReader(line for line in lines if line[:1] != "#")}

"""Modifiers that the note supports, each with the words that show it."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files
from typing import Any

from rehabcoder.records import Chart, Span
from rehabcoder.vocabulary import CMT_CODES

#: Manipulation is no therapy service and takes no discipline modifier.
WITHOUT_DISCIPLINE = frozenset(CMT_CODES)


def discipline(chart: Chart) -> dict[str, Any] | None:
    """The discipline modifier of a visit (GP, GO, GN) as ``{"code", "evidence"}``, None where nothing decides it.

    The record wins (discipline, then credentials; no evidence in the text); otherwise the signatures decide where all
    of them that name a discipline name the same one. Source: Pub. 100-04 ch. 5 s. 20.1.
    """
    for given in (chart.note.discipline, chart.note.credentials):
        if given:
            named = _modifiers_of(given)
            return {"code": named.pop(), "evidence": []} if len(named) == 1 else None
    signed: dict[str, list[Span]] = {}
    for signature in chart.all_stated("signature"):
        for modifier in _modifiers_of(str(signature.value or "")):
            signed.setdefault(modifier, []).append(signature.span)
    if len(signed) != 1:
        return None
    [(code, spans)] = signed.items()
    return {"code": code, "evidence": [span._asdict() for span in spans]}


def _modifiers_of(words: str) -> set[str]:
    return {_words()[word] for word in re.findall(r"[a-z]+", words.casefold()) if word in _words()}


@cache
def _words() -> dict[str, str]:
    lines = (files("rehabcoder.billing") / "disciplines.csv").read_text("utf-8").splitlines()
    return {row["word"]: row["modifier"] for row in csv.DictReader(line for line in lines if line[:1] != "#")}

"""Gold notes into labelled statements and times: what the models are trained on and measured with.

A statement gets the code of the gold service whose quotes it shares most characters with, the status of a quoted
mention that was not performed, and what the gold says it says. Nothing here is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rehabcoder.coding.families import OTHER, family_of
from rehabcoder.reading.times import Time
from rehabcoder.records import Span, Statement
from rehabcoder.vocabulary import SAYINGS

_LEAST_SHARE = 0.35

#: What a time expression is: of a service, a stated total, or no time of service at all.
TIME_KINDS = ("service", "total_timed", "total_treatment", "no_service")


class Label(NamedTuple):
    """The truth about a statement; ``status`` is None where it names no intervention."""

    code: str
    status: str | None
    says: frozenset[str]
    intents: frozenset[str] = frozenset()


def quote_spans(text: str, quotes: Iterable[str]) -> list[Span]:
    """Where quotes stand in a text, each at its first place that no earlier quote of the list has taken."""
    out: list[Span] = []
    for quote in quotes:
        at = text.find(quote)
        while at >= 0 and any(span.overlaps((at, at + len(quote))) for span in out):
            at = text.find(quote, at + 1)
        if at < 0:
            at = text.find(quote)
        out.append(Span(at, at + len(quote)))
    return out


def labels(statements: list[Statement], note: dict[str, Any]) -> list[Label]:
    """The label of every statement of a gold note (annotation guide, section 7)."""
    text = note["text"]
    marked = [
        (family_of(s["code"]), "performed", quote_spans(text, s["quotes"]), s["intents"]) for s in note["services"]
    ] + [(family_of(m["code"]), m["status"], quote_spans(text, m["quotes"]), ()) for m in note["not_performed"]]
    sayings = {name: quote_spans(text, note["says"].get(name, ())) for name in SAYINGS}
    out = []
    for statement in statements:
        code, status, intents, best = OTHER, None, (), 0.0
        for family, mark, spans, purposes in marked:
            share = sum(_share(statement.span, span) for span in spans)
            if share > best:
                code, status, intents, best = family, mark, purposes, share
        says = frozenset(n for n, spans in sayings.items() if any(_share(statement.span, s) for s in spans))
        out.append(Label(code, status, says, frozenset(intents)))
    return out


def _share(statement: Span, quote: Span) -> float:
    """The share of a statement that a quote covers (or of the quote, where the statement holds all of it)."""
    common = min(statement.end, quote.end) - max(statement.start, quote.start)
    if common <= 0:
        return 0.0
    share = common / (statement.end - statement.start)
    if share >= _LEAST_SHARE or common == quote.end - quote.start:
        return share
    return 0.0


def time_labels(times: list[Time], note: dict[str, Any]) -> list[str]:
    """What every time expression of a gold note is, one of TIME_KINDS.

    Of the times in a service's quotes those that equal its minutes are its own; where none does, those that add up to
    its minutes; the others (a part, a repetition) are none.
    """
    text = note["text"]
    out = ["no_service"] * len(times)
    for service in note["services"]:
        spans = quote_spans(text, service["quotes"])
        inside = [i for i, t in enumerate(times) if any(q.overlaps((t.start, t.end)) for q in spans)]
        for i in _own_times([times[i] for i in inside], service["minutes"]):
            out[inside[i]] = "service"
    totals = quote_spans(text, note["says"].get("totals", ()))
    for i, time in enumerate(times):
        if any(t.overlaps((time.start, time.end)) for t in totals):
            if time.minutes == note["total_timed_minutes"]:
                out[i] = "total_timed"
            elif time.minutes == note["total_treatment_minutes"]:
                out[i] = "total_treatment"
    return out


def _own_times(times: list[Time], minutes: int | None) -> list[int]:
    """Which of the times in a service's quotes make up its minutes."""
    if minutes is None:
        return []
    sure = [i for i, t in enumerate(times) if t.form in ("minutes", "clock", "cell")]
    for candidates in (sure, range(len(times))):
        equal = [i for i in candidates if times[i].minutes == minutes]
        if equal:
            return equal
    return sure if sum(times[i].minutes for i in sure) == minutes else []

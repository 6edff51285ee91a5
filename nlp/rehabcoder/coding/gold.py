"""Gold notes into labelled statements and times: what the models are trained on and measured with.

A statement gets the code of the gold service whose quotes it shares most characters with, the status of a quoted
mention that was not performed, and what the gold says it says. Nothing here is written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rehabcoder.coding.families import OTHER, family_of
from rehabcoder.reading.minutes import Time
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
        (family_of(s["code"]), "performed", quote_spans(text, s["quotes"])) for s in note["services"]
    ] + [(family_of(m["code"]), m["status"], quote_spans(text, m["quotes"])) for m in note["not_performed"]]
    sayings = {name: quote_spans(text, note["says"].get(name, ())) for name in SAYINGS}
    out = []
    for statement in statements:
        code, status, best = OTHER, None, 0.0
        for family, mark, spans in marked:
            share = sum(_share(statement.span, span) for span in spans)
            if share > best:
                code, status, best = family, mark, share
        says = frozenset(n for n, spans in sayings.items() if any(_share(statement.span, s) for s in spans))
        out.append(Label(code, status, says))
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
    """What every time expression of a gold note is, one of TIME_KINDS."""
    text = note["text"]
    services = [(s["minutes"], quote_spans(text, s["quotes"])) for s in note["services"]]
    totals = quote_spans(text, note["says"].get("totals", ()))
    out = []
    for time in times:
        span = Span(time.start, time.end)
        if any(t.overlaps(span) for t in totals):
            if time.minutes == note["total_timed_minutes"]:
                out.append("total_timed")
                continue
            if time.minutes == note["total_treatment_minutes"]:
                out.append("total_treatment")
                continue
        own = any(
            minutes is not None and time.minutes <= minutes and any(q.overlaps(span) for q in quotes)
            for minutes, quotes in services
        )
        out.append("service" if own else "no_service")
    return out

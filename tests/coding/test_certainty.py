"""Certainty: what makes a note doubtful as a whole, and which doubts a person is told of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.coding.certainty import REVIEW_BELOW, calibrate, review
from rehabcoder.records import Chart, ClaimLine, Note, NotPerformed, Service, Span, Stated, Statement


def statement(code: str = "97124", p: float = 0.99, status: str = "performed", sure: float = 0.99) -> Statement:
    codes = {code: p, "other": 1 - p} if code != "other" else {"other": p, "97124": 1 - p}
    return Statement(0, 10, "treatment", code=code, codes=codes, status=status, status_probability=sure)


def chart(*statements: Statement, **fields: object) -> Chart:
    """A chart of a massage of fifteen minutes, read without doubt but for what is given."""
    known = {"statements": list(statements) or [statement()], "services": [Service("s1", "97124", 0.99, minutes=15)]}
    return Chart(Note("a", "0123456789"), "0123456789", **{**known, **fields})


def written(code: str, charged: bool = True) -> Stated:
    return Stated("written_code", 0, 5, {"code": code, "units": None, "minutes": None, "charged": charged})


def reasons(of: Chart) -> list[str]:
    return [reason["id"] for reason in review(of)["reasons"]]


def test_a_note_read_without_doubt_needs_no_review():
    assert review(chart()) == {"needed": False, "confidence": pytest.approx(0.995, abs=0.001), "reasons": []}


@pytest.mark.parametrize(
    ("doubt", "fields"),
    [
        ("unassigned-minutes", {"unassigned_times": [Span(0, 5)]}),
        ("unexplained-code", {"stated": [written("97140")]}),
        ("sum-differs", {"timed_minutes_stated": 30, "timed_minutes_itemised": 15}),
        ("unknown-intervention", {"statements": [statement(), statement("unknown")]}),
        ("close-statement", {"statements": [statement(), statement("97140", p=0.6)]}),
    ],
)
def test_every_doubt_is_named_and_lowers_the_confidence(doubt, fields):
    doubtful = chart(**fields)
    assert reasons(doubtful) == [doubt]
    assert review(doubtful)["confidence"] < review(chart())["confidence"]


def test_several_doubts_ask_for_a_person():
    doubtful = chart(
        unassigned_times=[Span(0, 5)], stated=[written("97140")], timed_minutes_stated=30, timed_minutes_itemised=15
    )
    found = review(doubtful)
    assert found["needed"] and found["confidence"] < REVIEW_BELOW
    assert all(reason["text"] and "0123456789" not in reason["text"] for reason in found["reasons"])


@pytest.mark.parametrize(
    "fields",
    [
        {"stated": [written("97124")]},
        {"stated": [written("97140", charged=False)]},
        {"stated": [written("97140")], "not_performed": [NotPerformed("97140", "negated", [Span(0, 5)])]},
        {"timed_minutes_stated": 15, "timed_minutes_itemised": 15},
        {"timed_minutes_stated": None, "timed_minutes_itemised": 15},
        {"statements": [statement(), statement("unknown", status="planned")]},
        {"statements": [statement(), statement("other", p=0.95)]},
    ],
    ids=[
        "a charged code that was done",
        "a legend",
        "a code read as not performed",
        "sums that meet",
        "no stated total",
    ]
    + ["an unknown plan", "surely no intervention"],
)
def test_what_is_explained_is_no_doubt(fields):
    assert reasons(chart(**fields)) == []


@pytest.mark.parametrize(
    "doubtful",
    [statement("97140", p=0.7, sure=0.8), statement("97140", sure=0.5), statement("97140", status="planned", sure=0.5)],
    ids=["code", "performed or not", "planned or not"],
)
def test_a_statement_that_half_speaks_for_a_code_that_was_not_found_asks_for_a_person(doubtful):
    found = review(chart(statement(), doubtful, statement()))
    assert found["confidence"] < REVIEW_BELOW
    assert found["needed"]


def test_a_code_is_as_sure_as_its_surest_service():
    services = [Service("s1", "97124", 0.55, minutes=15), Service("s2", "97124", 0.99, minutes=8)]
    assert not review(chart(services=services))["needed"]
    assert review(chart(services=services[:1]))["needed"]


def test_a_doubtful_statement_of_a_code_that_is_sure_anyway_changes_nothing():
    assert review(chart(statement(), statement(p=0.5))) == review(chart())


def test_a_note_without_statements_is_certain_of_nothing_to_say():
    assert review(Chart(Note("a", "."), ".")) == {"needed": False, "confidence": 1.0, "reasons": []}


def test_a_service_is_as_sure_as_services_read_so_are_right():
    services = [
        Service("s1", "97124", 0.7, [("97140", 0.2)]),
        Service("s2", "97110", 1.0, []),
    ]
    lines = [ClaimLine("97124", 15, 1, 1, services=["s1"]), ClaimLine("97110", 15, 1, 1, services=["s2"])]
    calibrate(services, lines)
    assert [s.confidence for s in services] == [0.807, 1.0]
    assert services[0].candidates == [("97140", pytest.approx(0.2 * 0.193 / 0.3, abs=0.001))]
    assert [line.confidence for line in lines] == [0.807, 1.0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_calibrating_keeps_the_order_and_a_probability_a_probability(p, q):
    services = [Service("s1", "97124", p), Service("s2", "97140", q)]
    calibrate(services, [])
    assert all(0 <= s.confidence <= 1 for s in services)
    assert (services[0].confidence - services[1].confidence) * (p - q) >= 0

"""Visits that several notes tell: minutes joined before units are counted, claims counted once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.billing.profile import profiles
from rehabcoder.billing.units import units_of
from rehabcoder.billing.visits import NoteOfVisit, join

MEDICARE = profiles()["medicare"]
CODES = st.sampled_from(["97124", "97140", "97110", "97530"])
NOTES = st.lists(st.dictionaries(CODES, st.integers(0, 60)).map(NoteOfVisit), min_size=1, max_size=4)


def units(*notes: NoteOfVisit) -> dict[str, int | None]:
    return {line.code: line.units for line in join(notes, MEDICARE).lines}


def verdicts(*notes: NoteOfVisit) -> dict[str, str | None]:
    return {row["code"]: row["verdict"] for row in join(notes, MEDICARE).check}


def test_two_short_sessions_make_one_unit() -> None:
    assert units(NoteOfVisit({"97110": 10}), NoteOfVisit({"97110": 10})) == {"97110": 1}


def test_two_notes_of_different_services_are_pooled() -> None:
    assert units(NoteOfVisit({"97110": 10}), NoteOfVisit({"97140": 10})) == {"97110": 1, "97140": 0}


def test_an_addendum_gives_the_minutes_that_were_missing() -> None:
    addendum = NoteOfVisit({"97110": 15}, restates=True)
    assert units(NoteOfVisit({"97110": None}), addendum) == {"97110": 1}
    assert units(NoteOfVisit({"97140": 15}), addendum) == {"97140": 1, "97110": 1}


def test_an_addendum_that_says_other_minutes_leaves_them_open() -> None:
    assert units(NoteOfVisit({"97110": 15}), NoteOfVisit({"97110": 30}, restates=True)) == {"97110": None}


def test_one_claim_on_both_notes_counts_once_and_two_claims_add_up() -> None:
    one = NoteOfVisit({"97110": 15}, {"97110": 2}, "V1")
    assert verdicts(one, one) == {"97110": "match"}
    assert verdicts(one, one._replace(visit_id="V2")) == {"97110": "over"}


def test_the_same_claim_on_an_addendum_without_a_visit_id_counts_once() -> None:
    note = NoteOfVisit({"97110": 15}, {"97110": 1}, "V1")
    addendum = note._replace(visit_id=None, restates=True)
    assert verdicts(note, addendum) == verdicts(addendum, note) == {"97110": "match"}
    assert verdicts(note, addendum._replace(billed={"97110": 2})) == {"97110": "over"}


def test_what_is_missing_is_told_only_of_a_whole_claim() -> None:
    claimed, bare = NoteOfVisit({"97110": 30}, {"97110": 2}, "V1"), NoteOfVisit({"97110": 30}, None, "V2")
    assert verdicts(claimed, bare) == {"97110": None}
    assert verdicts(claimed, bare._replace(visit_id="V1")) == {"97110": "under"}


@given(NOTES)
def test_together_they_never_support_more_than_their_minutes(notes: list[NoteOfVisit]) -> None:
    total = sum(minutes or 0 for note in notes for minutes in note.minutes.values())
    assert sum(n or 0 for n in units(*notes).values()) == units_of(total)


@given(NOTES.flatmap(lambda notes: st.tuples(st.just(notes), st.permutations(notes))))
def test_the_order_of_the_notes_does_not_matter(both: tuple[list[NoteOfVisit], list[NoteOfVisit]]) -> None:
    notes, mixed = both
    assert units(*notes) == units(*mixed)


@given(NOTES)
def test_notes_told_again_add_nothing(notes: list[NoteOfVisit]) -> None:
    assert units(*notes) == units(*notes, *(note._replace(restates=True) for note in notes))

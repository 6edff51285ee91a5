"""Assembly: which statements are one service, and which of the note's times is whose.

The model of these tests is written down in conftest.py, so that only the assembly decides.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from rehabcoder.coding.assembly import without_doubtful
from rehabcoder.coding.charts import charts
from rehabcoder.coding.groups import Group, Placed, groups_of
from rehabcoder.coding.model import Head, LinearModel, Model
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.reading.times import Time
from rehabcoder.records import Note, Statement


@pytest.fixture
def services(chart):
    """(code, minutes) of every service of a note, in its order."""
    return lambda text: [(s.code, s.minutes) for s in chart(text).services]


# One service or several (annotation guide, section 4)


def test_a_heading_with_one_time_over_several_exercises_is_one_service(services):
    note = "Therapeutic exercise 25 min:\n- bridges 3x10\n- squats 2x15\n- rows 3x12"
    assert services(note) == [("97110", 25)]


def test_a_lead_in_with_one_time_before_several_strokes_is_one_service(services):
    assert services("Massage to R calf, 15 min: effleurage, then kneading, then tapotement.") == [("97124", 15)]


def test_lines_of_another_code_are_separate_services(services):
    note = "Kneading to L forearm 8 min.\nSTM to the calf 5 min.\nRows 3x10, 9 min."
    assert services(note) == [("97124", 8), ("97140", 5), ("97110", 9)]


def test_separately_timed_rows_of_one_code_are_separate_services(services):
    note = "Intervention | Area | Min\nKneading | L forearm | 8\nEffleurage | R shoulder | 7"
    assert services(note) == [("97124", 8), ("97124", 7)]


def test_separately_timed_lines_of_one_code_with_another_between_are_separate_services(services):
    note = "Kneading to L forearm 8 min.\nSTM to the calf 5 min.\nEffleurage to R shoulder 7 min."
    assert services(note) == [("97124", 8), ("97140", 5), ("97124", 7)]


@pytest.mark.parametrize("mark", ["", "- ", "1. "], ids=["lines", "bullets", "numbers"])
def test_separately_timed_lines_of_one_code_beside_each_other_are_separate_services(services, mark):
    note = f"{mark}Kneading to L forearm 8 min.\n{mark}Effleurage to R shoulder 7 min."
    assert services(note) == [("97124", 8), ("97124", 7)]


def test_soft_tissue_mobilisation_with_strokes_is_massage(services):
    assert services("STM to R calf with kneading x 10 min") == [("97124", 10)]
    assert services("STM to R calf, kneading of the whole calf, 10 min") == [("97124", 10)]
    assert services("STM to R calf 8 min, kneading of L calf 9 min") == [("97140", 8), ("97124", 9)]


def test_a_list_that_times_only_its_first_exercise_has_no_minutes(services):
    assert services("Bike 6 min, bridges 3x10, rows 3x10") == [("97110", None)]


def test_a_time_at_the_end_of_a_list_sums_up_the_one_before_it(services):
    assert services("Bike 6 min, bridges 3x10, 20 min") == [("97110", 20)]


def test_the_parts_of_a_stated_whole_are_not_added_to_it(services):
    assert services("Manual therapy 28 min: STM 12 min, glides 8 min, mobs 8 min") == [("97140", 28)]


# Times


def test_a_time_before_a_colon_is_not_that_of_the_next_line_too(services):
    note = "STM to R calf, 9 min: slow and deep\nGlides of the R ankle grade II, 6 min"
    assert services(note) == [("97140", 9), ("97140", 6)]


def test_a_time_on_the_line_below_belongs_to_what_stands_above(services):
    assert services("Rows 3x10\n12 min") == [("97110", 12)]


def test_a_service_without_a_time_has_none(services):
    assert services("Kneading to R calf.\nRows 3x10, 12 min.") == [("97124", None), ("97110", 12)]


@pytest.mark.parametrize(
    "note",
    [
        "Manual therapy and exercise, 30 min",
        "Manual therapy/exercise 30 min",
        "STM R calf and rows 3x10, 30 min",
        "Manual therapy and exercise, 30 min:\n- STM to calf\n- rows 3x10",
        "STM to calf in prone with the foot over the edge, followed by rows 3x10 in standing, 30 min between the two",
        "Today, 30 min:\n- STM to calf\n- rows 3x10",
    ],
    ids=["and", "slash", "with detail", "heading", "told to be shared", "heading without names"],
)
def test_a_time_that_two_codes_share_is_nobodys(services, note):
    assert services(note) == [("97140", None), ("97110", None)]


def test_times_fifteen_is_minutes_after_massage_and_repetitions_after_an_exercise(services):
    assert services("Biceps curl x 15. Kneading to calf x 15.") == [("97110", None), ("97124", 15)]


def test_times_ten_is_minutes_after_a_part_in_the_plural_too(services):
    assert services("STM to hamstrings x 10") == [("97140", 10)]


def test_units_alone_are_no_minutes(services):
    assert services("Kneading to R calf x 1 unit") == [("97124", None)]


def test_clock_ranges_are_minutes(services):
    assert services("Kneading to R calf 2:05-2:20\nRows 3x10 2:20-2:32") == [("97124", 15), ("97110", 12)]


def test_a_time_beside_words_that_may_be_a_service_makes_them_one(services):
    assert services("moves for the arm") == []
    assert services("moves for the arm 10 min") == [("97110", 10)]


def test_a_time_that_nothing_explains_is_left_over(chart):
    note = "Frobnicating the foot 12 min"
    read = chart(note)
    assert read.services == []
    assert [note[a:b] for a, b in read.unassigned_times] == ["12 min"]


def test_stated_totals_are_no_times_of_a_service(chart):
    read = chart("Kneading to R calf 10 min. Rows 3x12, 15 min.\nTotal timed minutes: 25\nTotal treatment time: 40 min")
    assert [s.minutes for s in read.services] == [10, 15]
    assert (read.timed_minutes_stated, read.timed_minutes_itemised, read.total_treatment_minutes) == (25, 25, 40)


def test_a_stated_length_is_that_of_the_only_timed_service(services):
    length = "\nTotal treatment time: 40 min"
    assert services(f"Kneading to R calf.{length}") == [("97124", 40)]
    assert services(f"Kneading to R calf.\nUltrasound to R calf.{length}") == [("97124", None), ("97035", None)]
    assert services(f"Kneading to R calf 30 min.{length}") == [("97124", 30)]


def doubting(model: Model, service: float) -> Model:
    """The model with a time head that takes each time for one of service with this probability, totals apart."""
    kinds = model.times.heads["kind"]
    probable = {"service": service, "no_service": 1 - service}
    heads = [replace(kinds, intercept=np.log([probable.get(kind, 1e-4) for kind in kinds.classes]))]
    return Model(model.statements, LinearModel(list(model.times.vocabulary), heads))


@pytest.mark.parametrize(
    ("stated", "minutes"),
    [("25", [10, 15]), ("40", [None, None]), (None, [None, None])],
    ids=["the total that they make", "another total", "no total"],
)
def test_a_stated_total_decides_on_doubtful_times(nlp, model, stated, minutes):
    """Two times that are hardly of service become it where the note's total is their sum."""
    text = "For the calf 10 min kneading.\nFor the arm 15 min rows."
    text += f"\nTotal timed minutes: {stated}" if stated else ""
    (read,) = charts([Note("a", text)], [nlp(text)], doubting(model, 0.11))
    assert [s.minutes for s in read.services] == minutes


ENTRY = "Kettle, toast and plates from the rack. 26 min"


@pytest.mark.parametrize(
    ("codes", "families"),
    [
        ([{"97530": 0.8}, {"unknown": 0.7, "97530": 0.2}], {"97530"}),
        ([{"97530": 0.8}, {"97110": 0.5, "97530": 0.4}], {"97530"}),
        ([{"97530": 0.95}, {"97110": 0.95}], {"97530", "97110"}),
    ],
    ids=["an unknown one", "a less sure one", "each sure of its own"],
)
def test_the_clauses_of_a_timed_entry_are_one_service(codes, families):
    cut = ENTRY.index(" and")
    entry = [
        Statement(a, b, "treatment", code=max(read, key=read.get), codes=read)
        for (a, b), read in zip([(0, cut), (cut, len(ENTRY))], codes, strict=True)
    ]
    start = ENTRY.index("26")
    time = ReadTime(Time(start, len(ENTRY), 26, "minutes"), "service", 1.0, 1.0)
    leaves = [Leaf(0, len(ENTRY), "treatment", (), 0)]
    assert {group.family for group in groups_of(entry, leaves, [time], [], ENTRY)} == families


def test_a_line_of_minutes_is_of_the_service_in_the_line_above(services):
    note = "Kneading to R calf. He slept meanwhile.\nMinutes: 12\nRows 3x10.\nMinutes: 9"
    assert services(note) == [("97124", 12), ("97110", 9)]


def test_a_doubtful_time_beside_an_untimed_service_is_its_time(nlp, model):
    text = "For the calf 10 min kneading.\nFor the arm 15 min rows."
    (read,) = charts([Note("a", text)], [nlp(text)], doubting(model, 0.2))
    assert [s.minutes for s in read.services] == [10, 15]


def test_untimed_codes_do_not_count_as_timed_minutes(chart):
    read = chart("Evaluation, moderate complexity, 35 min. Rows 3x10, 10 min.")
    assert [(s.code, s.minutes) for s in read.services] == [("97162", 35), ("97110", 10)]
    assert read.timed_minutes_itemised == 10


# Charges and corrections


def test_charge_lines_give_their_minutes_to_what_they_charge(services):
    note = "Tx: kneading to R calf. Rows 3x10.\n\nCharges:\n97124 15 min\n97110 12 min"
    assert services(note) == [("97124", 15), ("97110", 12)]


def test_charge_lines_that_repeat_times_add_nothing(services):
    note = (
        "Tx:\n- STM to calf 10 min\n- rows 3x10, 14 min\n\nBilling:\n97140 - 10 min - 1 unit\n97110 - 14 min - 1 unit"
    )
    assert services(note) == [("97140", 10), ("97110", 14)]


def test_a_mislabelled_charge_gives_its_minutes_to_what_was_done(services):
    assert services("Kneading and effleurage to the R calf.\nCharges: 97140 15 min") == [("97124", 15)]


def test_what_an_addendum_adds_is_a_service(services):
    note = "Kneading to R calf 20 min.\nAddendum: rows 3x10 for 8 min were also done."
    assert services(note) == [("97124", 20), ("97110", 8)]


@pytest.mark.parametrize(
    "correction",
    [
        "kneading was 12 min, not 20 min.",
        "kneading to R calf 12 min.",
    ],
    ids=["not", "said again"],
)
def test_an_addendum_wins_over_what_it_corrects(services, correction):
    assert services(f"Kneading to R calf 20 min.\nAddendum, correction: {correction}") == [("97124", 12)]


# Status


def test_only_what_was_performed_is_a_service(chart):
    read = chart("No massage today. STM to L knee 12 min.\nPlan: glides next visit.")
    assert [(s.code, s.minutes) for s in read.services] == [("97140", 12)]
    assert [(m.code, m.status) for m in read.not_performed] == [("97124", "negated"), ("97140", "planned")]


def test_an_empty_box_is_no_service(chart):
    read = chart("[x] Massage R calf 10 min\n[ ] STM\n[x] Rows 3x10 12 min")
    assert [(s.code, s.minutes) for s in read.services] == [("97124", 10), ("97110", 12)]
    assert [(m.code, m.status) for m in read.not_performed] == [("97140", "hypothetical")]


def test_an_empty_box_wins_over_the_model(nlp, model):
    heads = dict(model.statements.heads)
    heads["status"] = replace(heads["status"], weights=np.zeros_like(heads["status"].weights))
    sure = Model(LinearModel(list(model.statements.vocabulary), list(heads.values())), model.times)
    text = "[ ] STM to calf"
    (read,) = charts([Note("a", text)], [nlp(text)], sure)
    assert read.services == []


def test_no_minutes_say_that_a_listed_service_was_not_given(chart):
    read = chart("Massage 0 min. Rows 3x10, 12 min")
    assert [s.code for s in read.services] == ["97110"]
    assert [(m.code, m.status) for m in read.not_performed] == [("97124", "negated")]


def test_nothing_furnished_nothing_coded(chart):
    read = chart("Patient called to cancel; his car would not start.")
    assert (read.furnished, read.services, read.unassigned_times) == (False, [], [])


# What holds for any note

LINES = ("Kneading to L forearm 8 min", "STM to R calf 9 min", "Rows 3x10, 12 min", "Lifting a box 14 min")


@pytest.mark.parametrize("lines", list(permutations(LINES))[::3], ids=lambda lines: "-".join(x[:2] for x in lines))
@pytest.mark.parametrize("mark", ["", "- "], ids=["lines", "bullets"])
def test_the_order_of_the_lines_changes_no_service(services, lines, mark):
    note = "\n".join(mark + line for line in lines)
    assert sorted(services(note)) == [("97110", 12), ("97124", 8), ("97140", 9), ("97530", 14)]


def test_no_time_is_given_twice(chart):
    note = "\n".join([*LINES, "Total timed minutes: 43", "97124 x1, 97140 x1, 97110 x1, 97530 x1"])
    read = chart(note)
    slots = [span for s in read.services for span in s.slots.get("minutes", [])]
    assert len(slots) == len(set(slots)) == 4
    assert read.timed_minutes_itemised == read.timed_minutes_stated == 43


# Services that are told weakly


def told(family: str, sure: float, minutes: int | None) -> Group:
    """A service read this surely, with minutes or without."""
    read = [ReadTime(Time(0, 5, minutes, "minutes"), "service", 1.0, 1.0)] if minutes else []
    statement = Statement(0, 9, "treatment", code=family, codes={family: sure})
    return Group(family, [statement], [Placed(time, True) for time in read])


@pytest.mark.parametrize(
    ("groups", "totals", "left"),
    [
        ([told("97110", 1.0, 15), told("97140", 0.8, None)], {15}, ["97110"]),
        ([told("97110", 1.0, 15), told("97140", 0.95, None)], {15}, ["97110", "97140"]),
        ([told("97110", 1.0, 15), told("97140", 0.8, None)], {25}, ["97110", "97140"]),
        ([told("97110", 1.0, 15), told("97140", 0.4, None)], set(), ["97110"]),
        ([told("97110", 1.0, 15), told("97010", 0.4, None)], {15}, ["97110", "97010"]),
        ([told("97110", 0.6, None), told("97140", 0.4, None)], set(), ["97110", "97140"]),
        ([told("97110", 0.45, None), told("97140", 0.4, None)], set(), []),
    ],
    ids=[
        "the total is met without it",
        "it is told too surely to be left out",
        "the total leaves room for it",
        "it is told weakly beside a timed one",
        "it is no timed code",
        "one bears out the others",
        "none is told surely",
    ],
)
def test_services_without_minutes_need_to_be_told_surely_beside_timed_ones(groups, totals, left):
    assert [g.family for g in without_doubtful(groups, totals)] == left


@pytest.mark.parametrize(("probability", "codes"), [(0.1, []), (0.9, ["97124"])])
def test_a_document_that_is_no_record_of_a_visit_has_no_services(nlp, model, probability, codes):
    odds = np.log([probability / (1 - probability)])
    head = Head("visit", ("visit",), np.zeros((1, 1)), odds, exclusive=False)
    judging = replace(model, notes=LinearModel(["w:kneading"], [head]))
    text = "Kneading to R calf 20 min."
    (read,) = charts([Note("a", text)], [nlp(text)], judging)
    assert [s.code for s in read.services] == codes
    assert read.furnished == bool(codes)

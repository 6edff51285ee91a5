"""Minutes: what could be a time of service, in every form that writers use, and what never is one.

Which of these times belong to which service is decided later (tests/coding).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st


def times(nlp, text: str) -> list[int]:
    return [time.minutes for time in nlp(text).user_data["times"]]


FORMS = [
    ("15 min", 15),
    ("15 mins.", 15),
    ("15 minutes", 15),
    ("15min", 15),
    ("15-minute", 15),
    ("15'", 15),
    ("15’", 15),
    ("15m", 15),
    ("x15 min", 15),
    ("fifteen minutes", 15),
    ("twenty-five min", 25),
    ("forty five minutes", 45),
    ("0:15", 15),
    ("1:05", 65),
    ("1 hr", 60),
    ("1 hr 10 min", 70),
    ("an hour", 60),
    ("half an hour", 30),
    ("1.5 hours", 90),
    ("10-12 min", 12),
    ("2:05-2:20", 15),
    ("2:05 - 2:20 pm", 15),
    ("2:05pm to 2:20pm", 15),
    ("11:50 am - 12:10 pm", 20),
    ("11:50-12:10", 20),
    ("12:50-1:05", 15),
    ("1405-1420", 15),
    ("1405-20", 15),
    ("14:05–14:20", 15),
    (":05-:20", 15),
    (":50 - :05", 15),
    ("in 9:00 out 9:45", 45),
    ("l5 min", 15),
    ("1O min", 10),
    ("15 rnin", 15),
    ("x 15", 15),
    ("(15)", 15),
    ("8 minuets", 8),
    ("for another 12", 12),
]


@pytest.mark.parametrize(("written", "minutes"), FORMS, ids=[written for written, _ in FORMS])
def test_minutes_are_read_in_every_form(nlp, written, minutes):
    for note in (
        f"Massage {written} to the calf",
        f"Massage to the calf {written}",
        f"MASSAGE TO THE CALF {written.upper()}",
    ):
        assert times(nlp, note) == [minutes], note


NEVER = [
    "Plank 3 x 30 sec",
    "Bridges 3x15, hold 10 sec",
    'hold 30" x 4',
    "Walked 150 ft with cane",
    "Age 67, seen 10/15/2024",
    "DOB 03-12-1956",
    "Ibuprofen 600 mg",
    "Transfers with min A x 1",
    "sit to stand with 5 min A",
    "Min assist for balance",
    "Flexion 0-115",
    "MMT 4/5, pain 6/10",
    "5'10\" tall",
    "3 lb x 15 reps",
    "Visit 5 of 12",
    "room 312",
    "Fax 0944-52-12",
    "Played in the 2023-24 season",
    "Held for ten breaths",
    "Pain comes after 15 min of sitting",
    "ICD M54.50",
    "US 1.5 W/cm2 at 3 MHz",
]


@pytest.mark.parametrize("note", NEVER)
def test_what_only_looks_like_minutes_is_not_listed(nlp, note):
    assert times(nlp, note) == []


def test_a_minutes_column_makes_its_numbers_times(nlp):
    note = "Procedure | Sets | Min\nSTM calf | - | 8\nRows | 3 | 12"
    assert times(nlp, note) == [8, 12]


def test_boxes_drawn_round_a_table_are_its_columns(nlp):
    note = "| Procedure | Sets | Min |\n| STM calf | - | 8 |\n| Rows | 3 | 12 |".replace("|", "\u2502")
    assert times(nlp, note) == [8, 12]


def test_an_arrow_runs_from_clock_time_to_clock_time(nlp):
    assert times(nlp, "Calf work 11:39 \u2192 11:52, then rows 11:52 -> 12:04") == [13, 12]


def test_start_and_end_columns_make_times(nlp):
    note = "Procedure | Start | Stop\nSTM calf | 9:00 | 9:08\nRows | 9:08 | 9:20"
    assert times(nlp, note) == [8, 12]


def test_a_log_of_clock_times_runs_from_line_to_line(nlp):
    note = "9:00 kneading of the calf\n9:12 rows and bridges\n9:30 end"
    assert times(nlp, note) == [12, 18]


def test_a_time_said_twice_is_one_time(nlp):
    assert times(nlp, "STM to the calf 15 min (9:00-9:15)") == [15]


@given(st.integers(1, 120))
def test_any_number_of_minutes_is_read(nlp, n):
    assert times(nlp, f"Massage to the calf, {n} min.") == [n]


@given(st.integers(8 * 60, 18 * 60), st.integers(1, 90))
def test_any_clock_range_of_a_working_day_is_read(nlp, start, n):
    def clock(minute: int) -> str:
        return f"{minute // 60}:{minute % 60:02}"

    assert times(nlp, f"Massage to the calf {clock(start)}-{clock(start + n)}") == [n]


@given(text=st.text(alphabet=st.sampled_from("0123456789 :-'xminhr.\n()") | st.characters(codec="utf-8"), max_size=60))
def test_times_do_not_overlap_and_lie_inside_the_note(nlp, text):
    found = nlp(text).user_data["times"]
    assert all(0 <= t.start < t.end <= len(text) and 0 < t.minutes <= 300 for t in found)
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clock: stretches 12 / thumbs on the calf 9 / all 21", [12, 9, 21]),
        ("Patella tipped inward, grade II /7", [7]),
        ("Slow pressing along the shin, for the tight band. 13.\nSore after.", [13]),
        ("Clamshells blue, 3x15. 11\nSee fax p. 7 and no. 4\n", [11]),
        ("[10] 4 kg box, floor to shelf", [10]),
        ("Bridges 2x15 18\nStep-ups x 8 ea side", [18]),
        ("I pressed the palm scar for ten, then the wrist for another seven. Sore for two weeks.", [10, 7]),
    ],
    ids=[
        "a ledger",
        "behind a slash at the end of a line",
        "a sentence of its own",
        "behind the sentence that ends a line",
        "in brackets before a number",
        "behind the sets at the end of a line",
        "in words behind for and another",
    ],
)
def test_bare_numbers_where_writers_put_minutes(nlp, text, expected):
    assert times(nlp, text) == expected


@pytest.mark.parametrize("text", ["Pain 6 /10", "1 / 97110 1\nHot pack offered", "Grade 4 /5 strength"])
def test_scores_and_charges_are_no_minutes(nlp, text):
    assert times(nlp, text) == []


def test_the_number_of_a_row_is_no_time(nlp):
    table = "# | work | min\n5 | kneading calf | 9\n6 | rows 3x10 | 11\n7 | steps 2x12 | 8"
    assert times(nlp, table) == [9, 11, 8]

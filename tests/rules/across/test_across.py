"""Rules across visits: courses that raise each, and look-alikes that must not."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.coding.sketch import SIZE, similarity, sketch
from rehabcoder.rules.across import Visit, findings, rules

START = date(2024, 3, 4)
PLAIN = (
    "patient reports the shoulder is easier when reaching the shelf and still wakes at night on that side. "
    "kneading and effleurage to the right upper trapezius for guarding, then wall slides and rows with a band, "
    "cues to keep the blade down. rotation {} degrees, pain {} of ten, flexion {}. plan to go on twice a week."
)


def own_words(n: int) -> str:
    """A text that shares hardly a run of words with that of another number."""
    return " ".join(
        f"w{chr(97 + (n * 7 + k * k) % 26)}{chr(97 + (n + k) % 26)}{chr(97 + (n * k) % 26)}x" for k in range(60)
    )


def visit(
    day: int, text: str | None = None, profile: str = "medicare", note_type: str = "", **units: int | None
) -> Visit:
    """A visit so many days after the first; units by code ("c97124=2")."""
    codes = {code[1:]: n for code, n in units.items()}
    words = own_words(day) if text is None else text
    minutes = {code: n and 15 * n for code, n in codes.items()}
    day_of_visit, mark = START + timedelta(day), tuple(sketch(words))
    return Visit(
        "P1", day_of_visit, f"N{day}", None, None, profile, note_type, codes, mark, {}, False, "PT", None, minutes, None
    )


def raised(visits: list[Visit]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.note_id) for finding in findings(visits)]


def test_every_rule_says_where_it_comes_from():
    assert [rule.id for rule in rules()] == [
        "cloned-note",
        "no-progress",
        "progress-report-due",
        "prolonged-massage",
        "same-massage-units",
        "visit-units",
    ]
    assert all(
        rule.source and rule.fix.endswith("?") and rule.message and "Why: " in rule.explanation for rule in rules()
    )


class TestClonedNote:
    def test_only_the_numbers_are_new(self):
        visits = [visit(0, PLAIN.format(40, 6, 110)), visit(3, PLAIN.format(44, 5, 118))]
        assert raised(visits) == [("cloned-note", "N3")]
        [finding] = findings(visits)
        assert "that of 2024-03-04 (note N0), numbers apart" in finding.message

    def test_told_in_other_words(self):
        assert raised([visit(0, PLAIN.format(40, 6, 110)), visit(3)]) == []

    def test_the_forms_headings_alone_are_the_same(self):
        form = "subjective: {} objective: {} assessment: {} plan: see again "
        visits = [visit(n, form.format(*(own_words(10 * n + k) for k in range(3)))) for n in (0, 3)]
        assert raised(visits) == []

    def test_two_lines_are_too_short_to_be_a_copy(self):
        assert raised([visit(0, "adj c5 c6, felt looser"), visit(3, "adj c5 c6, felt looser")]) == []


class TestProlongedMassage:
    def test_five_weeks_at_the_same_amount(self):
        assert raised([visit(7 * week, c97124=1) for week in range(6)]) == [("prolonged-massage", "N35")]

    def test_a_payer_that_expects_two_weeks(self):
        visits = [visit(7 * week, profile="aetna", c97124=1) for week in range(4)]
        assert raised(visits) == [("prolonged-massage", "N21")]
        assert raised([v._replace(profile="generic") for v in visits]) == []

    def test_it_tapers(self):
        assert raised([visit(7 * week, c97124=3 - week // 2) for week in range(6)]) == []

    def test_two_courses_with_a_gap_between(self):
        assert raised([visit(day, c97124=1) for day in (0, 7, 14, 60, 67, 74)]) == []


class TestProgressReportDue:
    def test_the_eleventh_treatment_day(self):
        visits = [visit(0, c97161=1), *(visit(2 + 2 * n, c97110=2) for n in range(13))]
        assert raised(visits) == [("progress-report-due", "N22")]

    @pytest.mark.parametrize("report", [{"c97164": 1}, {"c97110": 2, "note_type": "Progress note"}])
    def test_a_report_begins_a_new_period(self, report):
        visits = [visit(2 * n, c97110=2) for n in range(9)] + [visit(18, **report)]
        assert raised(visits + [visit(20 + 2 * n, c97110=2) for n in range(10)]) == []

    def test_two_notes_of_a_day_are_one_treatment_day(self):
        morning = [visit(2 * n, c97110=2) for n in range(10)]
        assert raised([v for m in morning for v in (m, m._replace(note_id=m.note_id + "b", sketch=()))]) == []

    def test_a_payer_that_does_not_ask_for_it(self):
        assert raised([visit(2 * n, profile="generic", c97110=2) for n in range(13)]) == []


class TestSameMassageUnits:
    def test_two_units_on_each_of_six_visits(self):
        assert raised([visit(4 * n, c97124=2, c97110=1) for n in range(6)]) == [("same-massage-units", "N20")]

    def test_the_amount_varies(self):
        assert raised([visit(4 * n, c97124=2 + n % 2) for n in range(6)]) == []

    def test_one_unit_cannot_fall(self):
        assert raised([visit(4 * n, c97124=1) for n in range(6)]) == []

    def test_minutes_are_missing(self):
        assert raised([visit(4 * n, c97124=None) for n in range(6)]) == []


class TestVisitUnits:
    def test_two_notes_rounded_apart_are_billed_over(self):
        morning = visit(0, c97110=1)._replace(minutes={"97110": 10}, billed={"97110": 1}, visit_id="V1")
        noon = morning._replace(note_id="N0b", sketch=(), billed={"97110": 1}, visit_id="V2")
        assert raised([morning, noon]) == [("visit-units", "N0b")]
        [finding] = findings([morning, noon])
        assert finding.message == "the 2 notes of the visit together (N0, N0b): 97110: 2 billed, 1 supported"

    def test_the_visits_claim_stands_on_both_of_its_notes(self):
        first = visit(0, c97110=1)._replace(billed={"97110": 2}, visit_id="V1")
        assert raised([first, first._replace(note_id="N0b", sketch=())]) == []

    def test_another_discipline_and_another_day_are_other_visits(self):
        first = visit(0, c97110=1)._replace(minutes={"97110": 10}, billed={"97110": 1})
        occupational = first._replace(note_id="N0b", sketch=(), discipline="OT", visit_id="V2")
        next_day = first._replace(note_id="N1", sketch=(), day=first.day + timedelta(1), visit_id="V3")
        assert raised([first, occupational, next_day]) == []

    def test_without_a_discipline_only_the_notes_of_one_provider_are_one_visit(self):
        first = visit(0, c97124=1)._replace(
            minutes={"97124": 10}, billed={"97124": 1}, discipline=None, provider="A", visit_id="V1"
        )
        second = first._replace(note_id="N0b", sketch=(), visit_id="V2")
        assert raised([first, second]) == [("visit-units", "N0b")]
        assert raised([first, second._replace(provider="B")]) == []

    def test_an_addendum_tells_the_same_minutes_again(self):
        note = visit(0, c97110=1)._replace(billed={"97110": 2})
        addendum = note._replace(note_id="N0b", sketch=(), note_type="Addendum", billed=None)
        assert raised([note, addendum]) == [("visit-units", "N0b")]


class TestNoProgress:
    STILL = {"pain": ["6/10"], "rotation": ["r48", "l66"]}

    def course(self, *measures: dict[str, list[str]], every: int = 3, profile: str = "generic") -> list[Visit]:
        visits = [visit(every * n, profile=profile, c97110=2) for n in range(len(measures))]
        return [v._replace(measures=m) for v, m in zip(visits, measures, strict=True)]

    def test_six_visits_over_two_weeks_with_the_same_figures(self):
        visits = self.course(*[self.STILL] * 8)
        assert raised(visits) == [("no-progress", "N15")]
        [finding] = findings(visits)
        assert finding.message == (
            "the same on 8 treatment days from 2024-03-04 to 2024-03-25: pain 6/10; rotation r48, l66"
        )

    def test_the_visit_it_is_told_at_stays_when_the_course_goes_on(self):
        fingerprints = {f.fingerprint for n in (6, 9) for f in findings(self.course(*[self.STILL] * n))}
        assert len(fingerprints) == 1

    def test_medicare_expects_it_by_the_tenth_treatment_day(self):
        assert raised(self.course(*[self.STILL] * 9, profile="medicare")) == []
        assert raised(self.course(*[self.STILL] * 10, profile="medicare")) == [("no-progress", "N27")]

    def test_six_visits_within_two_weeks_are_too_soon(self):
        assert raised(self.course(*[self.STILL] * 6, every=2)) == []

    def test_one_figure_moves(self):
        better = {"pain": ["6/10"], "rotation": ["r52", "l66"]}
        assert raised(self.course(*[self.STILL] * 4, *[better] * 4)) == []

    def test_a_measure_that_only_some_visits_state_moves(self):
        first, later = ({**self.STILL, "neck_disability": [score]} for score in ("38%", "30%"))
        assert raised(self.course(first, *[self.STILL] * 3, later, *[self.STILL] * 3)) == []

    def test_words_tell_a_change(self):
        visits = self.course(*[self.STILL] * 8)
        visits[4] = visits[4]._replace(tells_progress=True)
        assert raised(visits) == []

    def test_pain_alone_says_too_little(self):
        assert raised(self.course(*[{"pain": ["6/10"]}] * 8)) == []

    def test_no_pain_cannot_get_less(self):
        assert raised(self.course(*[{"pain": ["0/10"], "rotation": ["r70"]}] * 8)) == []

    def test_visits_that_measure_other_things_are_not_compared(self):
        other = {"pain": ["6/10"], "flexion": ["r110"]}
        assert raised(self.course(*[self.STILL, other] * 4)) == []

    def test_visits_that_measure_nothing_are_passed_over(self):
        assert raised(self.course(*[self.STILL, {}] * 6)) == [("no-progress", "N30")]

    def test_a_gap_of_more_than_a_month(self):
        visits = self.course(*[self.STILL] * 8)
        assert raised([v if n < 4 else v._replace(day=v.day + timedelta(40)) for n, v in enumerate(visits)]) == []


@pytest.mark.parametrize("days_apart", [0, 1])
def test_many_visits_under_one_patient_id(days_apart):
    first = visit(0, c97110=2)._replace(measures=TestNoProgress.STILL)
    visits = [
        first._replace(day=first.day + timedelta(n * days_apart), note_id=f"N{n}", sketch=tuple(range(n, n + SIZE)))
        for n in range(6000)
    ]
    started = time.monotonic()
    list(findings(visits))
    assert time.monotonic() - started < 10  # one second; comparing each with all before it takes minutes


@given(st.text())
def test_a_sketch_is_like_itself_and_numbers_do_not_count(text):
    own = sketch(text.lower())
    assert len(own) <= SIZE and own == sorted(set(own))
    assert similarity(own, own) in (0.0, 1.0)
    assert sketch("on day 3 he lifted 20 kg twice") == sketch("on day 14 he lifted 25 kg twice")

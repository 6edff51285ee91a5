"""Services become claim lines, and a claim is held against them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.billing.claim import bill, claim_check, claim_lines
from rehabcoder.billing.profile import profile_of
from rehabcoder.records import Billed, Chart, Note, Service, Stated
from rehabcoder.vocabulary import CODES, TIMED_CODES


def services(*of_code):
    return [
        Service(f"s{i}", code, confidence=1 - i / 100, minutes=minutes) for i, (code, minutes) in enumerate(of_code, 1)
    ]


def lines(*of_code, rule="cms"):
    return {line.code: line for line in claim_lines(services(*of_code), rule)}


def chart(*of_code, **record):
    text = "Note. J. Rivera, PTA"
    stated = [Stated("signature", 6, 20, 0.9), Stated("role", 17, 20, "assistant")]
    return Chart(Note("n1", text, **record), text.lower(), stated=stated, services=services(*of_code))


class TestLines:
    def test_minutes_of_one_code_add_up(self):
        line = lines(("97140", 8), ("97110", 15), ("97140", 7))["97140"]
        assert (line.minutes, line.units, line.services) == (15, 1, ["s1", "s3"])
        assert line.confidence == pytest.approx(0.97), "the least certain service decides"

    def test_context_minutes_are_in_the_pool(self):
        assert lines(("97124", 10), ("97035", 13))["97124"].units == 1
        assert lines(("97124", 10))["97124"].arithmetic == "10 of 10 timed minutes: 1 unit"

    def test_untimed_services_are_one_unit_and_outside_the_pool(self):
        visit = lines(("97012", 20), ("97012", 10), ("97124", 7))
        assert (visit["97012"].units, visit["97124"].units) == (1, 0)

    def test_work_without_a_code_has_no_line(self):
        assert lines(("none", 10), ("97124", 15)).keys() == {"97124"}

    def test_one_missing_time_leaves_every_timed_line_open(self):
        visit = lines(("97124", 15), ("97110", None), ("97010", None))
        assert (visit["97124"].units, visit["97124"].units_at_least) == (None, 1)
        assert (visit["97110"].units, visit["97110"].units_at_least) == (None, None)
        assert visit["97010"].units == 1
        assert visit["97124"].arithmetic == "no minutes for 97110: units stay open; 15 stated minutes alone: 1 unit"

    def test_a_code_with_one_missing_time_keeps_what_is_stated_as_a_floor(self):
        line = lines(("97124", 23), ("97124", None))["97124"]
        assert (line.minutes, line.units, line.units_at_least) == (None, None, 2)

    def test_the_ama_rule_pools_nothing(self):
        visit = lines(("97124", 10), ("97110", 10), ("97140", None), rule="ama")
        assert (visit["97124"].units, visit["97110"].units, visit["97140"].units) == (1, 1, None)

    def test_both_rules_stand_side_by_side(self):
        visit = lines(("97110", 33), ("97140", 7))
        assert [(line.units, line.units_ama) for line in visit.values()] == [(2, 2), (1, 0)]

    def test_a_tie_names_the_other_unit_counts(self):
        visit = lines(("97112", 20), ("97110", 20))
        assert {code: (line.units, line.alternatives) for code, line in visit.items()} == {
            "97110": (2, [1]),
            "97112": (1, [2]),
        }

    @given(st.lists(st.tuples(st.sampled_from(CODES), st.none() | st.integers(0, 90)), max_size=8))
    def test_timed_units_never_exceed_the_minutes(self, visit):
        total = sum(minutes or 0 for code, minutes in visit if code in TIMED_CODES)
        timed = [line for line in claim_lines(services(*visit)) if line.code in TIMED_CODES]
        assert sum(line.units or 0 for line in timed) <= (total + 7) // 15
        assert all((line.units is None) == any(other.minutes is None for other in timed) for line in timed)


class TestDiscipline:
    def modifiers(self, *args, **record):
        return [line.modifiers for line in bill(chart(*args, **record), profile_of("generic"))]

    def test_the_record_names_it(self):
        assert self.modifiers(("97124", 15), discipline="OT") == [[{"code": "GO", "evidence": []}]]

    def test_the_signature_shows_it(self):
        assert self.modifiers(("97124", 15)) == [[{"code": "GP", "evidence": [{"start": 9, "end": 20}]}]]

    def test_the_record_wins_over_the_signature(self):
        assert self.modifiers(("97124", 15), discipline="DC") == [[]]

    @pytest.mark.parametrize(
        ("signature", "modifiers"),
        [
            ("Ana Ruiz, PT", {"GP"}),
            ("ana ruiz, pt", {"GP"}),
            ("Signed by Lee Park PTA 4/12/24", {"GP"}),
            ("Ana Ruiz, P.T.", {"GP"}),
            ("A. Moss, OTR/L", {"GO"}),
            ("Nora Field, COTA/L", {"GO"}),
            ("A. Moss, OTR/L\nB. Lee, PT", set()),
            ("Marc Essex, DC", set()),
            ("Ana Ruiz", set()),
            ("PT tolerated well", set()),
            ("TOLERATED WELL. PT WALKED OUT", set()),
            ("Helped by J. Olsen, PT aide", set()),
            ("", set()),
        ],
    )
    def test_a_note_shows_it(self, coder, signature, modifiers):
        result = coder.suggest(f"Kneading to R upper trap x 15 min for spasm. Rotation R 50, was 42.\n{signature}\n")
        (line,) = result.claim_lines
        assert {modifier["code"] for modifier in line.modifiers} == modifiers

    def test_the_record_of_a_note_wins_over_its_signature(self, coder):
        note = {"text": "Kneading to R upper trap x 15 min for spasm.\nAna Ruiz, PT", "discipline": "OT"}
        (line,) = coder.suggest(note).claim_lines
        assert line.modifiers == [{"code": "GO", "evidence": []}]

    def test_manipulation_takes_none(self):
        assert self.modifiers(("98940", None), discipline="PT") == [[]]


class TestSetting:
    @pytest.mark.parametrize(
        ("setting", "payer", "said"),
        [
            ("IRF", "medicare", "inpatient rehabilitation is not paid by units"),
            ("Home-health", "medicare", "a home-health episode is not paid by units"),
            ("SNF", "medicare", None),
            ("outpatient", "medicare", None),
            ("IRF", "generic", None),
        ],
    )
    def test_what_is_not_paid_by_units_is_said_and_the_units_stay(self, setting, payer, said):
        (line,) = bill(chart(("97110", 30), setting=setting), profile_of(payer))
        assert line.units == 2
        assert line.arithmetic.partition("; ")[2] == (said or "")


class TestClaimCheck:
    def verdicts(self, billed, *of_code, bundled=()):
        rows = claim_check([Billed(*line) for line in billed], claim_lines(services(*of_code)), bundled)
        return [(row["code"], row["billed_units"], row["supported_units"], row["verdict"]) for row in rows]

    def test_match_over_under(self):
        assert self.verdicts(
            [("97124", 1), ("97110", 3), ("97012", 0)], ("97124", 15), ("97110", 30), ("97012", 10)
        ) == [
            ("97124", 1, 1, "match"),
            ("97110", 3, 2, "over"),
            ("97012", 0, 1, "under"),
        ]

    def test_work_billed_under_its_neighbour_is_one_mistake(self):
        rows = claim_check([Billed("97140", 1)], claim_lines(services(("97124", 15))))
        assert rows == [
            {
                "code": "97140",
                "billed_units": 1,
                "supported_units": 0,
                "verdict": "wrong-code",
                "documented_code": "97124",
            }
        ]

    def test_both_directions_are_shown(self):
        assert self.verdicts([("97035", 1)], ("97110", 15)) == [
            ("97035", 1, 0, "not-documented"),
            ("97110", 0, 1, "missing-from-claim"),
        ]

    def test_what_is_never_paid_alone_or_earns_no_unit_is_not_missing(self):
        assert self.verdicts([("97110", 1)], ("97110", 15), ("97010", 10), ("97140", 4), bundled={"97010"}) == [
            ("97110", 1, 1, "match")
        ]

    def test_a_tie_may_go_either_way_but_not_both(self):
        tied = (("97112", 20), ("97110", 20))
        for claim in ([("97112", 2), ("97110", 1)], [("97112", 1), ("97110", 2)]):
            assert {row[3] for row in self.verdicts(claim, *tied)} == {"match"}
        assert sorted(row[3] for row in self.verdicts([("97112", 2), ("97110", 2)], *tied)) == ["match", "over"]

    def test_split_lines_of_one_code_are_added_up(self):
        assert self.verdicts([("97124", 1), ("97124", 1)], ("97124", 15)) == [("97124", 2, 1, "over")]

    def test_missing_minutes_or_units_decide_nothing(self):
        assert self.verdicts([("97124", 1)], ("97124", None)) == [("97124", 1, None, None)]
        assert self.verdicts([("97124", None)], ("97124", 15)) == [("97124", None, 1, None)]

    def test_a_code_with_its_own_minutes_is_judged_though_another_has_none(self):
        assert self.verdicts([("97124", 2)], ("97124", 10), ("97110", None)) == [("97124", 2, 1, "over")]

    @pytest.mark.parametrize(
        ("billed", "supported", "differs"),
        [
            (["GP", "59"], ["GP"], {}),
            (["GO"], ["GP"], {"modifiers_not_supported": ["GO"], "modifiers_not_billed": ["GP"]}),
            (["GP"], ["GP", "CQ"], {"modifiers_not_billed": ["CQ"]}),
            (["GP"], [], {}),
            ([], ["GP"], {}),
        ],
        ids=["the same", "another discipline", "left off", "the note does not say", "a claim without modifiers"],
    )
    def test_modifiers_that_differ_are_named(self, billed, supported, differs):
        lines = claim_lines(services(("97110", 15)))
        lines[0].modifiers = [{"code": code, "evidence": []} for code in supported]
        [row] = claim_check([Billed("97110", 1, billed)], lines)
        assert {name: codes for name, codes in row.items() if name.startswith("modifiers")} == differs

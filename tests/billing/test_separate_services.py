"""Services that a code-pair edit joins: shown to be separate, refuted, or left open, and what is made of it."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from itertools import product
from typing import Any

import pytest

from rehabcoder.billing.claim import bill, claim_check
from rehabcoder.billing.edits import pair_edit
from rehabcoder.billing.profile import CONFIDENCES, profile_of
from rehabcoder.billing.separate_services import MODIFIERS, joined_pairs, unsupported_modifiers
from rehabcoder.records import Billed, Chart, Note, Service, Span

DAY = "2024-08-01"
CMT = ("98940", None, ["lower_back"], ["joint_mobility"])
CALF = ("97124", 10, ["lower_leg:right"], ["reduce_spasm"])
BACK = ("97124", 10, ["lower_back"], ["reduce_spasm"])
NECK = ("97124", 15, ["neck:right"], ["reduce_spasm"])
HIP = ("97140", 15, ["hip:left"], ["joint_mobility"])
GROUP = ("97150", 30, [], [])
EXERCISE = ("97110", 15, [], ["increase_strength"])


def chart(*services: tuple[str, int | None, list[str], list[str]], **record: Any) -> Chart:
    """A visit of these services, the slots of the n-th at 100 n: minutes 0, regions 10, purposes 20."""
    made = []
    for n, (code, minutes, regions, intents) in enumerate(services, 1):
        given = {"minutes": minutes, "regions": regions, "intents": intents}
        slots = {
            name: [Span(100 * n + k, 100 * n + k + 5)]
            for name, k in zip(given, (0, 10, 20), strict=True)
            if given[name]
        }
        made.append(Service(f"s{n}", code, 0.9, minutes=minutes, regions=regions, intents=intents, slots=slots))
    return Chart(Note("n1", "x", **{"date_of_service": DAY, **record}), "x", services=made)


def suggested(visit: Chart, payer: str = "medicare") -> dict[str, list[str]]:
    lines = bill(visit, profile_of(payer))
    return {line.code: codes for line in lines if (codes := [m["code"] for m in line.modifiers if "beside" in m])}


def unsupported(visit: Chart, payer: str = "medicare") -> dict[str, tuple[str, ...]]:
    return {each.code: each.modifiers for each in unsupported_modifiers(visit, profile_of(payer))}


class TestSuggestion:
    def test_region_time_and_purpose_are_separate(self):
        visit = chart(CMT, CALF)
        line = bill(visit, profile_of("medicare"))[1]
        [modifier] = [m for m in line.modifiers if m["code"] == "XS"]
        assert (modifier["instead"], modifier["beside"]) == (["59"], "98940")
        assert [span["start"] for span in modifier["evidence"]] == [110, 120, 200, 210, 220]

    def test_a_payer_that_is_not_known_to_take_xs_gets_59(self):
        assert suggested(chart(NECK, HIP), "generic") == {"97124": ["59"]}

    def test_medicare_never_pays_massage_beside_manual_therapy(self):
        assert suggested(chart(NECK, HIP)) == {}

    @pytest.mark.parametrize(
        ("massage", "record"),
        [
            (BACK, {}),
            (("97124", 10, ["hip:right"], ["reduce_spasm"]), {}),
            (("97124", 10, [], ["reduce_spasm"]), {}),
            (("97124", None, ["lower_leg:right"], ["reduce_spasm"]), {}),
            (("97124", 10, ["lower_leg:right"], ["joint_mobility"]), {}),
            (("97124", 10, ["lower_leg:right"], []), {}),
            (("97124", 7, ["lower_leg:right"], ["reduce_spasm"]), {}),
            (CALF, {"date_of_service": "2023-08-01"}),
        ],
        ids=["one region", "neighbours", "no region", "no minutes", "one aim", "no aim", "no unit", "no data"],
    )
    def test_one_thing_that_is_not_shown_is_enough_to_suggest_nothing(self, massage, record):
        assert suggested(chart(CMT, massage, **record)) == {}

    def test_work_in_both_regions_is_not_separate(self):
        assert suggested(chart(CMT, CALF, BACK)) == {}

    def test_it_has_to_be_separate_from_every_code_that_denies_it(self):
        manual = ("97140", 15, ["lower_leg:right"], ["tissue_mobility"])
        assert suggested(chart(CMT, CALF), "generic") == {"97124": ["59"]}
        assert suggested(chart(CMT, CALF, manual), "generic") == {"97140": ["59"]}

    def test_one_on_one_beside_a_group_needs_its_own_time_only(self):
        assert suggested(chart(GROUP, EXERCISE)) == {"97110": ["XU"]}

    def test_minutes_that_do_not_fit_into_the_visit_are_not_separate(self):
        visit = chart(GROUP, EXERCISE)
        visit.total_treatment_minutes = 30
        assert suggested(visit) == {}


class TestQuestion:
    def question(self, *services: Any, payer: str) -> str | None:
        visit = chart(*services)
        bill(visit, profile_of(payer))
        return next((service.question for service in visit.services if service.question), None)

    def test_neighbouring_tissue_is_one(self):
        upper_back = ("97140", 15, ["upper_back"], ["joint_mobility"])
        asked = "Were neck right and upper back two sites, or one stretch of tissue (97124 beside 97140)?"
        assert self.question(NECK, upper_back, payer="generic") == asked

    def test_not_where_no_modifier_helps_or_the_sites_are_apart(self):
        upper_back = ("97140", 15, ["upper_back"], ["joint_mobility"])
        assert self.question(NECK, upper_back, payer="medicare") is None
        assert self.question(NECK, HIP, payer="generic") is None
        both_backs = ("97140", 15, ["neck:right", "upper_back"], ["joint_mobility"])
        assert self.question(NECK, both_backs, payer="generic") is None, "they meet in the neck"


class TestBilled:
    @pytest.mark.parametrize("modifier", ["59", "XS", "XU"])
    def test_one_region(self, modifier):
        visit = chart(CMT, BACK, billed=[Billed("98940", 1), Billed("97124", 1, [modifier])])
        assert unsupported(visit) == {"97124": (modifier,)}

    @pytest.mark.parametrize("modifier", ["XE", "XP"])
    def test_what_one_note_cannot_refute(self, modifier):
        visit = chart(CMT, BACK, billed=[Billed("98940", 1), Billed("97124", 1, [modifier])])
        assert unsupported(visit) == {}

    @pytest.mark.parametrize("modifier", ["59", "XE", "XS", "XP", "XU"])
    def test_no_modifier_lifts_indicator_0(self, modifier):
        visit = chart(NECK, HIP, billed=[Billed("97124", 1), Billed("97140", 1, [modifier])])
        assert unsupported(visit) == {"97140": (modifier,)}
        assert unsupported(visit, "generic") == {}

    def test_no_edit_of_the_day(self):
        task = ("97530", 15, [], ["improve_function"])
        billed = [Billed("97110", 1, ["59"]), Billed("97530", 1)]
        assert unsupported(chart(EXERCISE, task, billed=billed)) == {"97110": ("59",)}
        assert unsupported(chart(EXERCISE, task, billed=billed, date_of_service="2026-08-01")) == {}
        assert unsupported(chart(EXERCISE, task, billed=billed, date_of_service=None)) == {}
        assert unsupported(chart(EXERCISE, task, billed=billed), "generic") == {}

    def test_it_may_be_meant_for_a_code_that_the_note_does_not_tell(self):
        billed = [Billed("98940", 1), Billed("97124", 1, ["59"]), Billed("97164", 1)]
        assert unsupported(chart(CMT, BACK, billed=billed)) == {}

    def test_the_question_of_neighbours_is_no_verdict(self):
        billed = [Billed("98940", 1), Billed("97124", 1, ["59"])]
        assert unsupported(chart(CMT, ("97124", 10, ["hip:right"], []), billed=billed)) == {}


class TestClaimCheck:
    def differs(self, *services: Any, billed: list[Billed]) -> dict[str, dict[str, list[str]]]:
        profile = profile_of("medicare")
        visit = chart(*services, billed=billed)
        rows = claim_check(billed, bill(visit, profile), (), unsupported_modifiers(visit, profile))
        return {
            row["code"]: differing
            for row in rows
            if (differing := {name: row[name] for name in row if name.startswith("modifiers")})
        }

    @pytest.mark.parametrize(("of_cmt", "of_massage"), [([], ["59"]), ([], ["XS"]), (["59", "AT"], [])])
    def test_59_or_xs_on_either_code_is_what_the_note_supports(self, of_cmt, of_massage):
        billed = [Billed("98940", 1, of_cmt), Billed("97124", 1, of_massage)]
        assert "97124" not in self.differs(CMT, CALF, billed=billed)

    def test_left_off(self):
        billed = [Billed("98940", 1, ["AT"]), Billed("97124", 1)]
        assert self.differs(CMT, CALF, billed=billed) == {"97124": {"modifiers_not_billed": ["XS"]}}

    def test_not_supported(self):
        billed = [Billed("98940", 1, ["AT"]), Billed("97124", 1, ["59"])]
        assert self.differs(CMT, BACK, billed=billed) == {"97124": {"modifiers_not_supported": ["59"]}}


def test_every_listed_pair_is_an_edit_and_says_whence() -> None:
    text = (files("rehabcoder.billing") / "separate_services.toml").read_text("utf-8")
    for table in tomllib.loads(text)["pairs"]:
        assert table["source"] and table["date"] and table["confidence"] in CONFIDENCES
        assert table["modifier"] in MODIFIERS
        for one, other in product(table["one"], table["other"]):
            assert pair_edit(one, other, date(2024, 8, 1)).indicator in (0, 1), (one, other)


def test_doubtful_services_are_not_joined():
    visit = chart(CMT, BACK)
    visit.services[1].confidence = 0.5
    assert joined_pairs(visit, profile_of("medicare")) == []

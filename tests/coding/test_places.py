"""Places: which of the parts that a statement names were treated, and on which side."""

from __future__ import annotations

import pytest

from rehabcoder.coding import places
from rehabcoder.records import Statement


@pytest.fixture
def treated(nlp):
    """The names of the parts that a text treats, read as one statement; asides only where there is nothing else."""

    def read(text: str, family: str = "97124") -> list[str]:
        data = nlp(text).user_data
        statement = Statement(0, len(text), "treatment", mentions=data["mentions"])
        parts = places.treated(statement, family, data["plain"])
        return list(dict.fromkeys(p.name for p in [p for p in parts if not p.aside] or parts))

    return read


# What is worked on, and what only stands beside it


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Kneading to the tight calf so the knee can straighten", ["lower_leg"]),
        ("Kneading of L gastroc because the heel will not come down", ["lower_leg:left"]),
        ("Massage R pec major, tightness pulling the shoulder forward", ["chest:right"]),
        ("Wringing of the calf to free the ankle", ["lower_leg"]),
        ("Kneading of the calf for adherence to the Achilles, then the hamstrings", ["lower_leg"]),
        ("Kneading R calf -> less foot drag", ["lower_leg:right"]),
        ("Kneading R hamstrings (knees cross less)", ["thigh:right"]),
        ("Kneading to R calf with a pillow under the shin, foot over the edge", ["lower_leg:right"]),
    ],
    ids=["so", "because", "a finding", "a purpose", "for", "a result", "brackets", "a posture"],
)
def test_parts_in_an_aside_are_not_treated(treated, text, regions):
    assert treated(text) == regions


def test_an_aside_ends_with_the_next_technique_or_semicolon(treated):
    assert treated("Kneading to L calf so he can squat, effleurage to L hamstrings") == ["lower_leg:left", "thigh:left"]
    assert treated("Kneading to L calf for cramps; L hamstrings too") == ["lower_leg:left", "thigh:left"]


def test_a_part_in_an_aside_counts_where_no_other_is_named(treated):
    assert treated("Kneading because the R calf cramps") == ["lower_leg:right"]


def test_to_and_for_lead_to_a_part_that_stands_right_behind_them(treated):
    assert treated("Kneading of neck, then to calf") == ["neck", "lower_leg"]


@pytest.mark.parametrize(
    "text",
    [
        "Strokes along the calf towards the knee",
        "Strokes along the calf, toward her knee",
        "Calf kneaded, then light strokes up to the knee",
        "Kneading of the calf above the ankle",
    ],
)
def test_the_end_of_a_direction_is_not_treated(treated, text):
    assert treated(text) == ["lower_leg"]


# The provider's own hands


@pytest.mark.parametrize(
    "text",
    [
        "Kneading of the calf with the heel of my hand",
        "Rolled the calf between finger and thumb",
        "Calf hands-on, 10 min",
        "Forearm gliding and thumb circles over the calf",
        "Therapist's hands: kneading to the calf",
        "Calf, elbow leaning in the thick part",
        "Calf: slow compressions w/ the heel of the hand",
        "Calf, forearm pin",
    ],
)
def test_what_the_provider_works_with_is_not_treated(treated, text):
    assert treated(text) == ["lower_leg"]


def test_nothing_is_treated_where_only_the_providers_hands_are_named(treated):
    assert treated("Kneaded between finger and thumb") == []


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Kneading to the palm and forearm", ["wrist_hand", "forearm"]),
        ("Drainage: R upper arm, forearm, hand", ["upper_arm:right", "forearm:right", "wrist_hand:right"]),
        ("Kneading to hand L, biceps and neck", ["wrist_hand:left", "upper_arm", "neck"]),
    ],
)
def test_a_hand_in_the_list_of_what_is_worked_on_is_treated(treated, text, regions):
    assert treated(text) == regions


# Stretches and whole backs


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Strokes from neck to sacrum", {"neck", "upper_back", "lower_back", "pelvis"}),
        ("Strokes L foot to knee", {"ankle_foot:left", "lower_leg:left"}),
        ("Rolling of R forearm from wrist to elbow", {"forearm:right"}),
        ("Retrograde strokes R hand to forearm", {"wrist_hand:right", "forearm:right"}),
        ("Strokes L hand -> upper arm", {"wrist_hand:left", "upper_arm:left"}),
    ],
)
def test_a_stretch_goes_over_what_lies_between_its_ends(treated, text, regions):
    assert set(treated(text)) == regions


@pytest.mark.parametrize(
    "text", ["Full back massage", "Massage of the back and calves", "Back rub", "Kneading to mid and low back"]
)
def test_a_whole_back_is_the_upper_and_the_lower(treated, text):
    assert {"upper_back", "lower_back"} <= set(treated(text))


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Kneading over the back of the thigh", ["thigh"]),
        ("Massage to the low back", ["lower_back"]),
        ("Slow strokes to the calf, back and forth", ["lower_leg"]),
        ("Swedish full body massage: back, calves, scalp", ["whole_body"]),
    ],
)
def test_other_backs(treated, text, regions):
    assert treated(text) == regions


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Kneading to the L calf muscle belly", ["lower_leg:left"]),
        ("Kneading of the quad belly", ["thigh"]),
        ("Kneading to R forearm, the flexor bellies squeezed", ["forearm:right"]),
        ("Hamstring: shaking the belly loose", ["thigh"]),
        ("Warm hand on the belly, clockwise strokes", ["abdomen"]),
        ("Kneading to C2-4 paraspinals", ["neck"]),
        ("Kneading to mid back erectors", ["upper_back"]),
        ("Kneading to paraspinals", ["lower_back"]),
    ],
)
def test_a_muscles_belly_and_the_muscles_of_a_segment_belong_to_what_stands_before_them(treated, text, regions):
    assert treated(text) == regions


# Other services of the statement


def test_the_part_of_another_familys_term_does_not_count(treated):
    assert treated("Row 2: kneading to R glutes, 10 min") == ["hip:right"]
    assert treated("Rows, then kneading") == []


# Sides


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("C2-3 side glides, L", ["neck:left"]),
        ("Suboccipital release, both sides", ["neck:both"]),
        ("C1-2 mobs into L rotation", ["neck"]),
        ("Mobs to L5 in left side-lying", ["lower_back"]),
        ("GH glides grade III to unload the L C7 root", ["shoulder"]),
        ("Mobs L hip L 5m", ["hip:left"]),
        ("Mobs to web space R > L", ["wrist_hand:both"]),
        ("STM R then L forearm", ["forearm:both"]),
        ("MLD L thigh and abdomen", ["thigh:left", "abdomen"]),
        ("MLD L abdomen", ["abdomen:left"]),
        ("Full body work, both sides", ["whole_body"]),
    ],
    ids=[
        "alone",
        "alone, both",
        "of a motion",
        "of a posture",
        "of an aside",
        "before a dose",
        "more on one",
        "in turn",
    ]
    + ["not of the trunk beside", "of the trunk", "of no side"],
)
def test_sides(treated, text, regions):
    assert treated(text, "97140") == regions

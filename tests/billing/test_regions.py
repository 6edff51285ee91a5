"""Separate regions: other coarse regions, or opposite single sides of one (guide, section 5)."""

from __future__ import annotations

import pytest

from rehabcoder.billing import regions
from rehabcoder.records import Service


@pytest.mark.parametrize(
    ("one", "other", "separate"),
    [
        (["neck"], ["lower_back"], True),
        (["neck:right"], ["neck:left"], True),
        (["neck:right"], ["neck:right"], False),
        (["neck:right"], ["neck"], False),
        (["neck:both"], ["neck:left"], False),
        (["neck", "upper_back"], ["upper_back", "hip"], False),
        (["whole_body"], ["knee:left"], False),
        ([], ["knee:left"], False),
        ([], [], False),
    ],
)
def test_are_separate(one: list[str], other: list[str], separate: bool) -> None:
    assert regions.are_separate(one, other) is separate
    assert regions.are_separate(other, one) is separate


@pytest.mark.parametrize(
    ("one", "other", "beside"),
    [
        (["neck:right"], ["upper_back"], ("neck:right", "upper_back")),
        (["lower_back"], ["pelvis"], ("lower_back", "pelvis")),
        (["thigh", "knee"], ["lower_leg"], ("knee", "lower_leg")),
        (["neck:right"], ["shoulder:left"], None),
        (["neck"], ["hip"], None),
        (["neck"], ["neck"], None),
        ([], ["neck"], None),
    ],
)
def test_neighbours(one: list[str], other: list[str], beside: tuple[str, str] | None) -> None:
    assert regions.neighbours(one, other) == beside


def test_spinal() -> None:
    service = Service("s1", "97140", 0.9, regions=["neck:right", "shoulder:right", "pelvis"])
    assert regions.spinal(service) == ["neck:right", "pelvis"]

"""Separate regions: other coarse regions, or opposite single sides of one (guide, section 5)."""

from __future__ import annotations

import pytest

from rehabcoder.records import Service
from rehabcoder.rules import regions


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


def test_spinal() -> None:
    service = Service("s1", "97140", 0.9, regions=["neck:right", "shoulder:right", "pelvis"])
    assert regions.spinal(service) == ["neck:right", "pelvis"]

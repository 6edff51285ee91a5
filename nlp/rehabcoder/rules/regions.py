"""Regions of services: which are separate, and which are parts of the spine."""

from __future__ import annotations

from collections.abc import Iterable

from rehabcoder.records import Service
from rehabcoder.vocabulary import SPINAL_REGIONS

_OPPOSITE = {"left": "right", "right": "left"}


def are_separate(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two services' regions nowhere meet: other coarse regions, or opposite single sides of one.

    Unstated regions and the whole body meet everything (guide, section 5).
    """
    one, other = list(one), list(other)
    if not one or not other:
        return False
    return not any(_meet(a, b) for a in one for b in other)


def _meet(a: str, b: str) -> bool:
    region, _, side = a.partition(":")
    other_region, _, other_side = b.partition(":")
    if "whole_body" in (region, other_region):
        return True
    return region == other_region and not (side in _OPPOSITE and other_side == _OPPOSITE[side])


def coarse(region: str) -> str:
    """A region without its side."""
    return region.partition(":")[0]


def spinal(service: Service) -> list[str]:
    """The regions of a service that a spinal manipulation treats."""
    return [r for r in service.regions if coarse(r) in SPINAL_REGIONS]

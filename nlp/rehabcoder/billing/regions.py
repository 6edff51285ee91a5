"""Regions of services: which are separate, which are neighbours, and which are parts of the spine."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

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


def neighbours(one: Iterable[str], other: Iterable[str]) -> tuple[str, str] | None:
    """The first two regions that lie side by side in one stretch of tissue (``neighbouring_regions.csv``)."""
    other = list(other)
    return next(
        (
            (a, b)
            for a in one
            for b in other
            if {coarse(a), coarse(b)} in _neighbours() and not _on_opposite_sides(a, b)
        ),
        None,
    )


def _meet(a: str, b: str) -> bool:
    if "whole_body" in (coarse(a), coarse(b)):
        return True
    return coarse(a) == coarse(b) and not _on_opposite_sides(a, b)


def _on_opposite_sides(a: str, b: str) -> bool:
    side = a.partition(":")[2]
    return side in _OPPOSITE and b.partition(":")[2] == _OPPOSITE[side]


@cache
def _neighbours() -> frozenset[frozenset[str]]:
    lines = (files("rehabcoder.billing") / "neighbouring_regions.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if line[:1] != "#")
    return frozenset(frozenset((row["region"], row["neighbour"])) for row in rows)


def coarse(region: str) -> str:
    """A region without its side."""
    return region.partition(":")[0]


def spinal(service: Service) -> list[str]:
    """The regions of a service that a spinal manipulation treats."""
    return [r for r in service.regions if coarse(r) in SPINAL_REGIONS]

"""Code families: the classes of the trained classifier, and the way back from a family to a code.

Codes that a statement's words cannot tell apart share a class (an evaluation's complexity, the number of regions of a
manipulation); what the note says elsewhere decides between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

OTHER = "other"
UNKNOWN = "unknown"

_FAMILY = {
    **dict.fromkeys(("97161", "97162", "97163"), "pt_eval"),
    **dict.fromkeys(("97165", "97166", "97167"), "ot_eval"),
    **dict.fromkeys(("97164", "97168"), "reeval"),
    **dict.fromkeys(("98940", "98941", "98942"), "cmt"),
    **dict.fromkeys(("20560", "20561"), "needling"),
    **dict.fromkeys(("G0283", "97014"), "estim"),
    **dict.fromkeys(("97760", "97761", "97763"), "orthosis"),
    "none": UNKNOWN,
}
_USUAL = {
    "pt_eval": "97162",
    "ot_eval": "97166",
    "reeval": "97164",
    "cmt": "98940",
    "needling": "20560",
    "estim": "G0283",
    "orthosis": "97760",
    UNKNOWN: "none",
}
_SPINAL_SEGMENT_REGIONS = ("neck", "upper_back", "lower_back", "pelvis")


def family_of(code: str) -> str:
    """The class of a code; a code of its own class is its own family."""
    return _FAMILY.get(code, code)


@cache
def codes_of(family: str) -> tuple[str, ...]:
    """The codes of a family, the usual one first."""
    codes = tuple(code for code, name in _FAMILY.items() if name == family)
    usual = _USUAL.get(family, family)
    return (usual, *(code for code in codes if code != usual))


def code_of(family: str, written: Iterable[str], regions: Iterable[str], discipline: str | None) -> str:
    """The code of a family in a note: the one written down, else what regions or discipline say, else the usual.

    98940, 98941, 98942 stand for one or two, three or four, and five spinal regions (NCCI Policy Manual ch. XI).
    """
    codes = codes_of(family)
    for code in written:
        if code in codes:
            return code
    if family == "cmt":
        spinal = {r.partition(":")[0] for r in regions} & set(_SPINAL_SEGMENT_REGIONS)
        return "98941" if len(spinal) > 2 else "98940"
    if family == "reeval" and discipline == "OT":
        return "97168"
    if family == "pt_eval" and discipline == "OT":
        return "97166"
    return codes[0]

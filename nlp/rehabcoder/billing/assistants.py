"""Units that an assistant furnished in whole or in part, and so carry CQ (PTA) or CO (OTA).

An assistant's share counts above 10 % of a unit's minutes; a unit of which the therapist furnished 8 minutes or more
is the therapist's; two left-over units of which each furnished 9 to 14 minutes are one each. Minutes spent together are
the therapist's. Source: CMS, "Billing examples using CQ/CO modifiers"; CY2022 Physician Fee Schedule final rule;
42 CFR 410.59(a)(4), 410.60(a)(4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rehabcoder.billing.units import cms
from rehabcoder.vocabulary import TIMED_CODES

_UNIT = 15
#: A therapist's minutes that make a left-over unit the therapist's.
_MIDPOINT = 8
#: Rounded percentage of a service's minutes from which on an assistant furnished it "in part".
_DE_MINIMIS = 11


class Share(NamedTuple):
    """Minutes of one code: the therapist's (with an assistant or not), and those of an assistant alone."""

    therapist: int = 0
    assistant: int = 0

    @property
    def minutes(self) -> int:
        return self.therapist + self.assistant


def assistant_units(shares: Mapping[str, Share]) -> dict[str, int]:
    """Code -> how many of its units carry the assistant's modifier; timed codes share the visit's units as CMS counts.

    An untimed code is one unit. Where a tie leaves the choice of units open, the first allocation is taken.
    """
    timed = {code: share.minutes for code, share in shares.items() if code in TIMED_CODES}
    units = cms(timed).units if timed else {}
    return {
        code: _of_timed(share, units.get(code, 0)) if code in timed else int(_in_part(share))
        for code, share in shares.items()
    }


def _of_timed(share: Share, units: int) -> int:
    """The assistant's units of a timed code: full blocks of 15 minutes, then what is left over."""
    blocks = share.assistant // _UNIT
    left = units - blocks - share.therapist // _UNIT
    rest = Share(share.therapist % _UNIT, share.assistant % _UNIT)
    if left <= 0:
        return min(blocks, units)
    if left == 1:
        return blocks + int(rest.therapist < _MIDPOINT and _in_part(rest))
    return blocks + int(rest.assistant > 0)


def _in_part(share: Share) -> bool:
    return share.minutes > 0 and round(100 * share.assistant / share.minutes) >= _DE_MINIMIS

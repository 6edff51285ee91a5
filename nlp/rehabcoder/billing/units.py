"""Minutes to units: the CMS rule, which pools a visit's minutes, and the AMA midpoint rule, which does not.

A timed code is billed in units of 15 minutes. Both rules take whole minutes a code (all services of that code on the
visit added up, untimed codes left out) and answer with an Allocation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

UNIT_MINUTES = 15
#: Minutes short of a full unit that still earn it: 8 of 15 are past the midpoint, so 7 may be missing.
_ROUNDING = 7


@dataclass(frozen=True, slots=True)
class Allocation:
    """Units a code under one rule; ``alternatives`` are the other allocations that a tie allows, equal in total.

    ``minutes``, ``units`` and each alternative have the same codes; a code that earns no unit has 0.
    """

    rule: str
    minutes: dict[str, int]
    units: dict[str, int]
    alternatives: tuple[dict[str, int], ...] = ()

    @property
    def total_minutes(self) -> int:
        return sum(self.minutes.values())

    @property
    def total_units(self) -> int:
        return sum(self.units.values())

    def other_units(self, code: str) -> list[int]:
        """Unit counts that a tie would also allow this code."""
        return sorted({other[code] for other in self.alternatives} - {self.units[code]})

    def arithmetic(self, code: str) -> str:
        """How this code came to its units, in words: ``15 of 15 timed minutes: 1 unit``."""
        minutes, answer = self.minutes[code], counted(self.units[code])
        if self.rule == "ama":
            return f"{minutes} minutes of its own, a unit past each midpoint of {UNIT_MINUTES}: {answer}"
        head = f"{minutes} of {self.total_minutes} timed minutes"
        if minutes == self.total_minutes:
            return f"{head}: {answer}"
        whole, remainder = divmod(minutes, UNIT_MINUTES)
        steps = [f"{whole} for full {UNIT_MINUTES}s"]
        if remainder:
            steps.append(f"{self.units[code] - whole} for the remaining {remainder}{self._tie(code)}")
        return f"{head} ({counted(self.total_units)} in all): {', '.join(steps)}: {answer}"

    def _tie(self, code: str) -> str:
        tied = sorted(other for other in self.units if other != code and self.other_units(other))
        return f" (tied with {', '.join(tied)}: the clinician chooses)" if self.other_units(code) else ""


def counted(units: int) -> str:
    """``1 unit``, ``2 units``."""
    return f"{units} unit" if units == 1 else f"{units} units"


def units_of(minutes: int) -> int:
    """Units that so many timed minutes make when they are counted together: 8 to 22 make 1, 23 to 37 make 2 ..."""
    return (minutes + _ROUNDING) // UNIT_MINUTES


def cms(minutes: Mapping[str, int]) -> Allocation:
    """The CMS rule: the visit's total sets the units; full 15s first, then the largest remainders, one unit each.

    Where remainders tie, the code with more minutes (then the lower code) is chosen and every other choice is an
    alternative. Source: Medicare Claims Processing Manual (Pub. 100-04) ch. 5 s. 20.2.C.
    """
    minutes = _checked(minutes)
    whole = {code: count // UNIT_MINUTES for code, count in minutes.items()}
    left = units_of(sum(minutes.values())) - sum(whole.values())
    if left == 0:
        return Allocation("cms", minutes, whole)
    remainder = {code: count % UNIT_MINUTES for code, count in minutes.items()}
    # No code gets a unit for nothing: there are never more units left than codes with a remainder.
    order = sorted(minutes, key=lambda code: (-remainder[code], -minutes[code], code))
    edge = remainder[order[left - 1]]
    sure = [code for code in order if remainder[code] > edge]
    tied = [code for code in order if remainder[code] == edge]
    chosen, *others = (
        {code: whole[code] + (code in sure or code in pick) for code in minutes}
        for pick in combinations(tied, left - len(sure))
    )
    return Allocation("cms", minutes, chosen, tuple(others))


def ama(minutes: Mapping[str, int]) -> Allocation:
    """The AMA midpoint rule ("rule of eights"): each code by its own minutes, nothing pooled, no ties.

    Source: the CPT time rule (a unit is earned once its midpoint is passed), as quoted by WebPT help article 1142.
    """
    minutes = _checked(minutes)
    return Allocation("ama", minutes, {code: units_of(count) for code, count in minutes.items()})


def _checked(minutes: Mapping[str, int]) -> dict[str, int]:
    if any(count < 0 for count in minutes.values()):
        raise ValueError("minutes of a service are negative")
    return dict(minutes)


#: The unit rules by the name that payer profiles and results use.
UNIT_RULES: dict[str, Callable[[Mapping[str, int]], Allocation]] = {"cms": cms, "ama": ama}

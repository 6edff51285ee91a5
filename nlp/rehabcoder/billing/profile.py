"""Payer profiles: what a payer asks for, as TOML with the source, date and confidence of every line.

``profiles/NAME.toml`` holds ``label``, ``payers`` (names of the payer as notes write them) and one table a policy:
``value``, ``source``, ``date`` and ``confidence`` (primary, copy, secondary, derived, memory).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from rehabcoder.billing.units import UNIT_RULES

CONFIDENCES = ("primary", "copy", "secondary", "derived", "memory")
_LINES = {"unit_rule", "bundled", "code_pair_edits", "medicare_modifiers", "total_times", "usual_timed_units"}
#: Whose code-pair edits a payer follows.
CODE_PAIR_EDITS = ("ncci", "unknown")
#: The profile of a payer that has none of its own.
DEFAULT = "generic"


class ProfileError(ValueError):
    """A payer profile that cannot be used; the message names the profile and the line."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One line of a profile and where it comes from."""

    value: Any
    source: str
    date: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What one payer asks for."""

    name: str
    label: str
    payers: tuple[str, ...]
    policies: dict[str, Policy]

    @property
    def unit_rule(self) -> str:
        """``cms`` or ``ama``: how minutes become units."""
        return self.policies["unit_rule"].value

    @property
    def follows_ncci(self) -> bool:
        """Whether the payer is known to pay by Medicare's code-pair edits."""
        return self.policies["code_pair_edits"].value == "ncci"

    @property
    def asks_medicare_modifiers(self) -> bool:
        """Whether lines carry CQ/CO for assistants, KX past the year's threshold and AT for active manipulation."""
        return bool(self.policies["medicare_modifiers"].value)

    @property
    def asks_total_times(self) -> bool:
        """Whether a treatment note must state total timed minutes and total treatment time."""
        return bool(self.policies["total_times"].value)

    @property
    def usual_timed_units(self) -> int:
        """Timed units of a visit beyond which a review is likely."""
        return int(self.policies["usual_timed_units"].value)

    @property
    def bundled(self) -> frozenset[str]:
        """Codes that are never paid on their own, so that leaving them off a claim is no omission."""
        return frozenset(self.policies["bundled"].value)


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by its name."""
    folder = files("rehabcoder.billing") / "profiles"
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): parse(name.removesuffix(".toml"), (folder / name).read_text("utf-8"))
        for name in found
    }


def profile_of(payer: str | None) -> Profile:
    """The profile of a payer as a note or a command line names it; an unknown or missing payer has the generic one."""
    wanted = _plain(payer or DEFAULT)
    for profile in profiles().values():
        if wanted in (profile.name, *profile.payers):
            return profile
    return profiles()[DEFAULT]


def parse(name: str, text: str) -> Profile:
    """The profile that a TOML text describes. Raises ProfileError where a line is missing, unknown or unsourced."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile {name}: {error}") from None
    label, payers = table.pop("label", name), table.pop("payers", [])
    for line in table.keys() ^ _LINES:
        raise ProfileError(f"profile {name}: {line} is {'unknown' if line in table else 'missing'}")
    policies = {line: _policy(name, line, fields) for line, fields in table.items()}
    if policies["unit_rule"].value not in UNIT_RULES:
        raise ProfileError(f"profile {name}: unit_rule is none of {', '.join(UNIT_RULES)}")
    if policies["code_pair_edits"].value not in CODE_PAIR_EDITS:
        raise ProfileError(f"profile {name}: code_pair_edits is none of {', '.join(CODE_PAIR_EDITS)}")
    return Profile(name, label, tuple(_plain(payer) for payer in payers), policies)


def _policy(name: str, line: str, fields: Any) -> Policy:
    if not isinstance(fields, dict) or fields.keys() != {"value", "source", "date", "confidence"}:
        raise ProfileError(f"profile {name}: {line} needs value, source, date and confidence")
    if fields["confidence"] not in CONFIDENCES:
        raise ProfileError(f"profile {name}: {line} has an unknown confidence")
    return Policy(fields["value"], fields["source"], str(fields["date"]), fields["confidence"])


def _plain(payer: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in payer.casefold()).split())

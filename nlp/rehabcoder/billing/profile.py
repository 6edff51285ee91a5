"""Payer profiles: what a payer asks for, as TOML with the source, date and confidence of every line.

``profiles/NAME.toml`` holds ``label``, ``payers`` (names of the payer as notes write them, or how they begin), the
profile that it ``extends`` (the generic one where it names none) and one table for each policy that differs there:
``value``, ``source``, ``date`` and ``confidence`` (primary, copy, secondary, derived, memory). A table ``rules.ID``
sets a rule's ``severity`` or ``mode`` (on; silent: raised apart, not shown; off) for that payer, with the same three.
A user's own profiles lie in the folder ``profiles`` of REHABCODER_DATA and take precedence.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rehabcoder.billing.edits import data_folder
from rehabcoder.billing.units import UNIT_RULES

CONFIDENCES = ("primary", "copy", "secondary", "derived", "memory")
MODES = ("on", "silent", "off")
SEVERITIES = ("high", "medium", "low")
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
class RuleSetting:
    """How a payer's findings of one rule are shown; ``severity`` None leaves it to the rule."""

    mode: str
    severity: str | None
    policy: Policy


@dataclass(frozen=True, slots=True)
class Profile:
    """What one payer asks for."""

    name: str
    label: str
    payers: tuple[str, ...]
    policies: dict[str, Policy]
    rules: dict[str, RuleSetting] = field(default_factory=dict)

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
    """Every profile by its name, the user's own in place of a shipped one of the same name."""
    texts: dict[str, str] = {}
    for folder in (Path(str(files("rehabcoder.billing") / "profiles")), data_folder() / "profiles"):
        for path in sorted(folder.glob("*.toml")):
            texts[path.stem] = path.read_text("utf-8")
    found: dict[str, Profile] = {}
    while texts:
        ready = [name for name, text in texts.items() if _extends(name, text) in (None, *found)]
        if not ready:
            raise ProfileError(f"profile {min(texts)}: extends a profile that is not there")
        for name in ready:
            text = texts.pop(name)
            found[name] = parse(name, text, found.get(_extends(name, text) or ""))
    return found


def profile_of(payer: str | None) -> Profile:
    """The profile of a payer as a note or a command line names it; an unknown or missing payer has the generic one.

    "Aetna PPO" is Aetna's; of several names that a payer's begins with the longest decides.
    """
    best, length = profiles()[DEFAULT], 0
    wanted = _plain(payer or "") + " "
    if not wanted.strip():
        return best
    for profile in profiles().values():
        for name in (_plain(profile.name), *profile.payers):
            if wanted.startswith(name + " ") and len(name) > length:
                best, length = profile, len(name)
    return best


def parse(name: str, text: str, base: Profile | None = None) -> Profile:
    """The profile that a TOML text describes, with what it leaves out from the profile that it extends.

    Raises ProfileError where a line is missing, unknown or unsourced.
    """
    table = _table(name, text)
    table.pop("extends", None)
    label, payers, settings = table.pop("label", name), table.pop("payers", []), table.pop("rules", {})
    policies = dict(base.policies) if base else {}
    for line in table.keys() - _LINES:
        raise ProfileError(f"profile {name}: {line} is unknown")
    policies |= {line: _policy(name, line, fields) for line, fields in table.items()}
    for line in _LINES - policies.keys():
        raise ProfileError(f"profile {name}: {line} is missing")
    rules = (dict(base.rules) if base else {}) | {rule: _setting(name, rule, of) for rule, of in settings.items()}
    if policies["unit_rule"].value not in UNIT_RULES:
        raise ProfileError(f"profile {name}: unit_rule is none of {', '.join(UNIT_RULES)}")
    if policies["code_pair_edits"].value not in CODE_PAIR_EDITS:
        raise ProfileError(f"profile {name}: code_pair_edits is none of {', '.join(CODE_PAIR_EDITS)}")
    return Profile(name, label, tuple(_plain(payer) for payer in payers), policies, rules)


def _table(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"profile {name}: {error}") from None


def _extends(name: str, text: str) -> str | None:
    return None if name == DEFAULT else _table(name, text).get("extends", DEFAULT)


def _setting(name: str, rule: str, fields: Any) -> RuleSetting:
    if not isinstance(fields, dict) or not {"source", "date", "confidence"} <= fields.keys():
        raise ProfileError(f"profile {name}: rules.{rule} needs source, date and confidence")
    mode, severity = fields.pop("mode", "on"), fields.pop("severity", None)
    if mode not in MODES or severity not in (None, *SEVERITIES):
        raise ProfileError(f"profile {name}: rules.{rule} has an unknown mode or severity")
    return RuleSetting(mode, severity, _policy(name, f"rules.{rule}", {"value": mode, **fields}))


def _policy(name: str, line: str, fields: Any) -> Policy:
    if not isinstance(fields, dict) or fields.keys() != {"value", "source", "date", "confidence"}:
        raise ProfileError(f"profile {name}: {line} needs value, source, date and confidence")
    if fields["confidence"] not in CONFIDENCES:
        raise ProfileError(f"profile {name}: {line} has an unknown confidence")
    return Policy(fields["value"], fields["source"], str(fields["date"]), fields["confidence"])


def _plain(payer: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in payer.casefold()).split())

"""Rules across the visits of one patient: one file each in this folder, thresholds with their sources in
``thresholds.toml``. They read visits, never note text."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Visit(NamedTuple):
    """What the rules across visits look at: one note of a patient's day, in order of days.

    ``units`` maps the performed codes to their units (None where minutes are missing); ``sketch`` is
    ``coding.sketch.sketch`` of the note; ``measures`` and ``tells_progress`` are those of ``rules.measures``.
    ``minutes`` maps the performed codes to their minutes, ``billed`` those of the note's claim to their units (None
    where no claim came with it).
    """

    patient_id: str
    day: date
    note_id: str
    source: str | None
    provider: str | None
    profile: str
    note_type: str
    units: dict[str, int | None]
    sketch: tuple[int, ...]
    measures: dict[str, list[str]]
    tells_progress: bool
    discipline: str | None
    visit_id: str | None
    minutes: dict[str, int | None]
    billed: dict[str, int | None] | None


class RaisedAcross(NamedTuple):
    """What a check found: the visit that it is told at, and in what words."""

    visit: Visit
    message: str


Check = Callable[[Sequence[Visit]], Iterable[RaisedAcross]]


@dataclass(frozen=True, slots=True)
class RuleAcross:
    """A rule across visits; its module's docstring says what it checks and why."""

    id: str
    severity: str
    fix: str
    source: str
    check: Check

    @property
    def explanation(self) -> str:
        return (importlib.import_module(self.check.__module__).__doc__ or "").strip()

    @property
    def message(self) -> str:
        """What it checks, in one line."""
        return " ".join(self.explanation.partition("\n\n")[0].removeprefix("What it checks: ").split())


class FindingAcross(NamedTuple):
    """A row of ``episodes.csv``."""

    rule: str
    severity: str
    patient_id: str
    date_of_service: str
    note_id: str
    note_source: str | None
    provider: str | None
    message: str
    fix: str
    source: str
    fingerprint: str


@cache
def rules() -> tuple[RuleAcross, ...]:
    """Every rule of this folder (each module's ``RULE``), in the order of their ids."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").RULE for name in names)


def findings(visits: Sequence[Visit]) -> Iterator[FindingAcross]:
    """What the rules find in the visits of one patient, which are in order of days."""
    for rule in rules():
        for visit, message in rule.check(visits):
            whole = f"{rule.id}|{visit.patient_id}|{visit.day}|{visit.note_id}"
            yield FindingAcross(
                rule.id,
                rule.severity,
                visit.patient_id,
                visit.day.isoformat(),
                visit.note_id,
                visit.source,
                visit.provider,
                message,
                rule.fix,
                rule.source,
                hashlib.sha256(whole.encode()).hexdigest()[:16],
            )


def threshold(rule: str, name: str, profile: str = "default") -> Any:
    """A threshold of ``thresholds.toml``: the payer profile's own where it has one."""
    table = _thresholds()[rule][name]
    return table.get(profile, table["default"])["value"]


@cache
def _thresholds() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((files(__name__) / "thresholds.toml").read_text(encoding="utf-8"))

"""The registry of rules: what a rule is, and every rule that the package holds.

A rule is one file in this folder (``massage_standalone.py``) and one case file in ``cases/``
(``massage-standalone.md``): notes that raise it and look-alikes that must not. The registry finds both by themselves.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rehabcoder.billing.profile import SEVERITIES, profiles
from rehabcoder.records import Chart, Finding, Span
from rehabcoder.rules import held


def _version() -> str:
    """Short hash of the rules as they are written, so that results of other rules are told apart."""
    digest = hashlib.sha256()
    for file in sorted(files("rehabcoder.rules").iterdir(), key=lambda f: f.name):
        if file.name.endswith((".py", ".toml")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


RULES_VERSION = _version()


@dataclass(frozen=True, slots=True)
class Raised:
    """What a rule's check found: the words that show it, the services concerned, how sure, and what it says of them."""

    evidence: tuple[Span, ...] = ()
    services: tuple[str, ...] = ()
    confidence: float = 1.0
    message: str | None = None


Check = Callable[[Chart], Iterable[Raised]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the audit. ``message``, ``fix`` and ``source`` go into each finding; the docstring says why."""

    id: str
    severity: str
    message: str
    fix: str
    source: str
    check: Check
    explanation: str

    def findings(self, chart: Chart) -> Iterator[Finding]:
        for raised in self.check(chart):
            yield Finding(
                rule=self.id,
                severity=self.severity,
                message=raised.message or self.message,
                fix=self.fix,
                source=self.source,
                evidence=list(raised.evidence),
                services=list(raised.services),
                confidence=round(raised.confidence, 3),
                fingerprint=_fingerprint(self.id, chart, raised),
            )


_RULES: dict[str, Rule] = {}


def rule(id: str, *, severity: str, message: str, fix: str, source: str) -> Callable[[Check], Check]:
    """Register a check as a rule. The id is the module's name with hyphens; an id is never used twice."""

    def register(check: Check) -> Check:
        if severity not in SEVERITIES:
            raise ValueError(f"rule {id}: unknown severity {severity}")
        if id in _RULES:
            raise ValueError(f"rule {id}: the id is taken")
        module = importlib.import_module(check.__module__)
        _RULES[id] = Rule(id, severity, message, fix, source, check, (module.__doc__ or "").strip())
        return check

    return register


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of their ids."""
    package = importlib.import_module("rehabcoder.rules")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "registry":
            importlib.import_module(f"rehabcoder.rules.{module.name}")
    return tuple(_RULES[id] for id in sorted(_RULES))


def findings(chart: Chart) -> tuple[list[Finding], list[Finding]]:
    """What the rules find in a chart, the gravest first; and what those found that its payer has silenced."""
    if held.is_called_off(chart):
        chart = held.without_services(chart)
    settings = profiles()[chart.profile].rules if chart.profile else {}
    shown: list[Finding] = []
    silent: list[Finding] = []
    for each in rules():
        setting = settings.get(each.id)
        if setting and setting.mode == "off":
            continue
        for finding in each.findings(chart):
            if setting and setting.severity:
                finding.severity = setting.severity
            (silent if setting and setting.mode == "silent" else shown).append(finding)
    return _gravest_first(shown), _gravest_first(silent)


def _gravest_first(found: list[Finding]) -> list[Finding]:
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.rule))


def case_file(rule_id: str) -> str:
    """The case file of a rule, as Markdown: its notes that raise it and its look-alikes."""
    return (files("rehabcoder.rules") / "cases" / f"{rule_id}.md").read_text(encoding="utf-8")


def measured(rule_id: str) -> list[str]:
    """How right a rule is on gold notes, a line a set of notes (``measured.csv``, by scripts/measure_rules.py)."""
    lines = (files("rehabcoder.rules") / "measured.csv").read_text(encoding="utf-8").splitlines()
    return [
        f"Measured on {row['notes']}: raised {row['raised']}, expected {row['expected']}, both {row['right']}; "
        f"precision {_interval(row, 'precision')}, recall {_interval(row, 'recall')}"
        for row in csv.DictReader(lines)
        if row["rule"] == rule_id
    ]


def _interval(row: dict[str, str], figure: str) -> str:
    if not row[figure]:
        return "not known"
    return f"{float(row[figure]):.2f} ({float(row[f'{figure}_low']):.2f}-{float(row[f'{figure}_high']):.2f})"


def _fingerprint(rule_id: str, chart: Chart, raised: Raised) -> str:
    """The same finding of the same note has the same fingerprint in every run; it tells nothing of the text.

    Two bytes of the text's hash keep notes apart that go by one id, and are too few to prove a guess at the text.
    """
    text = hashlib.sha256(chart.note.text.encode("utf-8", "replace")).hexdigest()[:4]
    spans = ",".join(f"{s.start}-{s.end}" for s in raised.evidence)
    whole = f"{rule_id}|{chart.note.note_id}|{text}|{spans}|{','.join(raised.services)}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]

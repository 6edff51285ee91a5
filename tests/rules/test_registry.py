"""The registry: what every rule carries, and what a finding says of itself."""

from __future__ import annotations

import pytest

from rehabcoder.coder import Coder
from rehabcoder.records import Chart, Note
from rehabcoder.rules import registry
from rehabcoder.rules.registry import Raised, Rule, rule
from rehabcoder.vocabulary import NOTE_FINDINGS

MASSAGE = "Hot pack 10 min, massage to lumbar paraspinals 20 min. Spasm less, sits longer. P. Lane, PT"


@pytest.mark.parametrize("each", registry.rules(), ids=lambda each: each.id)
def test_rule_tells_why_and_whence(each: Rule) -> None:
    assert each.severity in registry.SEVERITIES
    assert each.message
    assert each.source
    assert each.fix.endswith("?")
    assert each.explanation.startswith("What it checks: ")
    assert "\nWhy: " in each.explanation
    assert "\nWhat the note could say: " in each.explanation


def test_module_is_named_after_its_rule() -> None:
    for each in registry.rules():
        assert each.check.__module__ == f"rehabcoder.rules.{each.id.replace('-', '_')}"


@pytest.mark.parametrize(
    ("id", "severity", "error"), [("no-response", "high", "the id is taken"), ("new", "grave", "unknown severity")]
)
def test_rule_that_cannot_be_registered(id: str, severity: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        rule(id, severity=severity, message="", fix="", source="")(lambda chart: ())


def test_gravest_findings_first(coder: Coder) -> None:
    found = coder.suggest("Massage 30 min for relaxation.").findings
    severities = [registry.SEVERITIES.index(finding.severity) for finding in found]
    assert len(set(severities)) > 1
    assert severities == sorted(severities)


def test_finding_points_at_its_words(coder: Coder) -> None:
    result = coder.suggest(MASSAGE)
    (finding,) = [f for f in result.findings if f.rule == "massage-standalone"]
    (span,) = finding.evidence
    assert "massage" in MASSAGE[span.start : span.end]
    assert finding.services == [s.id for s in result.services if s.code == "97124"]


def test_fingerprint_tells_notes_and_places_apart() -> None:
    def fingerprint(note_id: str, *services: str, text: str = "text") -> str:
        checked = Rule("x", "low", "", "", "", lambda chart: [Raised(services=services)], "")
        (finding,) = checked.findings(Chart(Note(note_id, text), text))
        return finding.fingerprint

    assert fingerprint("a", "s1") == fingerprint("a", "s1")
    assert fingerprint("a", "s1") != fingerprint("a", "s1", text="another note by that id")
    assert len({fingerprint("a", "s1"), fingerprint("a", "s2"), fingerprint("b", "s1")}) == 3


def test_version_is_a_hash_of_the_rules(coder: Coder) -> None:
    assert len(registry.RULES_VERSION) == 12
    assert int(registry.RULES_VERSION, 16) >= 0
    assert coder.suggest(MASSAGE).versions["rules"] == registry.RULES_VERSION


def test_every_rule_of_the_guide_is_measured_on_two_sets_of_notes() -> None:
    for rule_id in NOTE_FINDINGS:
        assert [line.partition(":")[0] for line in registry.measured(rule_id)] == [
            "Measured on corpus, voice unseen",
            "Measured on first looks",
        ]
    assert registry.measured("excess-units") == []

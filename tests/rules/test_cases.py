"""Every case file of the rules is a test: its notes must raise the rule, its look-alikes must not.

A case file, ``nlp/rehabcoder/rules/cases/<id>.md``, says what the rule is about and then lists notes under the headings
``## Raises`` and ``## Does not raise``. Each note is a fenced block after one line that says why it is there. Where the
first line of the block is ``billed: 97124x2-GP; 97110x1``, it is the claim that came with the note and not its text;
``record: {"date_of_service": ...}`` gives other fields of its record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from rehabcoder.coder import Coder
from rehabcoder.records import Note
from rehabcoder.rules import registry

_SECTION = re.compile(r"^## (Raises|Does not raise)$", re.MULTILINE)
_CASE = re.compile(
    r"^(?P<why>[^\n`#]+(?:\n[^\n`#]+)*)\n\n```text\n(?:billed: (?P<billed>[^\n]*)\n)?"
    r"(?:record: (?P<record>[^\n]*)\n)?(?P<text>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
RULE_IDS = [rule.id for rule in registry.rules()]


class Case(NamedTuple):
    rule: str
    raises: bool
    why: str
    note: Note


def cases_of(rule_id: str) -> Iterator[Case]:
    """The cases of a rule's file, in order."""
    _, *parts = _SECTION.split(registry.case_file(rule_id))
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        for found in _CASE.finditer(body):
            record = json.loads(found["record"] or "{}")
            note = Note.from_dict({"text": found["text"], "billed": found["billed"], **record})
            yield Case(rule_id, heading == "Raises", " ".join(found["why"].split()), note)


CASES = [case for rule_id in RULE_IDS for case in cases_of(rule_id)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.why}")
def test_note(coder: Coder, case: Case) -> None:
    raised = {finding.rule for finding in coder.suggest(case.note).findings}
    assert (case.rule in raised) == case.raises


@pytest.mark.parametrize("rule_id", RULE_IDS)
def test_case_file_is_whole(rule_id: str) -> None:
    text = registry.case_file(rule_id)
    cases = [case for case in CASES if case.rule == rule_id]
    assert text.startswith(f"# {rule_id}\n")
    assert len(cases) == text.count("```text\n"), "a note without its reason, or outside the two sections"
    assert sum(case.raises for case in cases) >= 4
    assert sum(not case.raises for case in cases) >= 4

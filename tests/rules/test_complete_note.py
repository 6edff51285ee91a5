"""One visit told twice: in full, so that nothing is found, and stripped of what payers ask for."""

from __future__ import annotations

from rehabcoder.coder import Coder

COMPLETE = """\
S: Right-sided neck stiffness since the fall, driving and checking the blind spot limited. Pain 6/10.
O: Palpation: right upper trapezius and levator taut, guarding. Cervical rotation right 40 deg.
Treatment:
Gliding strokes and kneading to right upper trapezius and levator, 15 min, to reduce the guarding that limits rotation.
Cervical stabilization: deep neck flexor holds 10 x 10 sec, chin tuck with lift 2x10, scapular setting 3x10, 12 min.
Total timed minutes: 27. Total treatment time: 30 min.
A: After treatment pain 3/10, right rotation 52 deg; turned to look over the shoulder without stopping.
P: 2x/week, goal: drive 30 min and check mirrors without pain.
Dana Orr, PT, DPT
"""
STRIPPED = """\
S: Neck feels stiff.
Treatment:
Gliding strokes and kneading to right upper trapezius and levator, 15 min, for relaxation and stress relief.
Total timed minutes: 15. Total treatment time: 20 min.
P: 2x/week.
Dana Orr, PT, DPT
"""


def test_a_complete_note_raises_nothing(coder: Coder) -> None:
    result = coder.suggest({"text": COMPLETE, "payer": "Medicare"})
    assert [(line.code, line.units) for line in result.claim_lines] == [("97124", 1), ("97110", 1)]
    assert [(s.code, s.minutes) for s in result.services] == [("97124", 15), ("97110", 12)]
    assert result.services[0].regions == ["neck:right"]
    assert result.findings == []


def test_the_same_massage_for_comfort_raises_what_is_missing(coder: Coder) -> None:
    result = coder.suggest({"text": STRIPPED, "payer": "Medicare"})
    assert [(line.code, line.units) for line in result.claim_lines] == [("97124", 1)]
    assert {finding.rule for finding in result.findings} == {
        "comfort-language",
        "massage-standalone",
        "no-functional-link",
        "no-objective-findings",
        "no-response",
        "no-skilled-rationale",
    }

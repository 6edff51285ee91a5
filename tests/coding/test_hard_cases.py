"""The hard cases that the annotation guide decides (sections 3 to 5), in whole notes that the trained model reads."""

from __future__ import annotations

import pytest

#: What the treatment says, and (codes that count as right, minutes) of every service that it documents.
CASES = {
    "STM to R calf x 10 min": [("97140", 10)],
    "Soft tissue massage to R calf x 10 min": [("97124", 10)],
    "STM to R calf with gliding strokes x 10 min": [("97124", 10)],
    "Trigger point release to R upper trap, 8 min": [("97140", 8)],
    "Trigger point massage to L glute med, 8 min": [("97124 97140", 8)],
    "Cross-friction massage to R lateral elbow, 8 min": [("97140 97124", 8)],
    "Scar massage by therapist to L wrist, 8 min": [("97140 97124", 8)],
    "Retrograde massage of R hand for edema, 10 min": [("97124 97140", 10)],
    "Nerve glides by therapist, median nerve L, 8 min": [("97140", 8)],
    "MT 12 min to L knee": [("97140", 12)],
    "PROM of R shoulder in all planes by therapist, 8 min": [("97110 97140", 8)],
    "Contract-relax stretching of L hamstrings for length, 8 min": [("97110", 8)],
    "PNF patterns for scapular control, 10 min": [("97112", 10)],
    "Balance on foam, 10 min": [("97112", 10)],
    "Massage gun to own quads by patient, 5 min; bridges 3x10, 12 min": [("97110", 12)],
    "Step-ups 3x10 for strength, 9 min": [("97110", 9)],
    "Squats to practise lifting a 20 lb box, 12 min": [("97530", 12)],
    "Stair negotiation to enter home, 10 min": [("97530 97116", 10)],
    "Household task of folding laundry and stacking plates, 15 min": [("97530 97535", 15)],
    "Dressing and bathing training, 20 min": [("97535", 20)],
    "97140: kneading and effleurage to R calf x 15": [("97124", 15)],
    "Kneading to R calf, 1 unit": [("97124", None)],
    "MT/ther ex 30 min": [("97110", None), ("97140", None)],
    "MT/ther ex 30 min to the R shoulder": [("97110", None), ("97140", None)],
    "Joint mobs to R shoulder and rows 3x10, 30 min in all": [("97110", None), ("97140", None)],
}


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [pytest.param(words, done, id=words) for words, done in CASES.items()],
)
def test_the_guide_decides(coder, treatment, expected):
    note = (
        f"S: Sore after work.\nO: Tender, flexion 90.\nTreatment:\n- {treatment}\n"
        "A: Flexion 100 after treatment.\nPlan: progress next visit.\nAna Ruiz, PT"
    )
    services = [s for s in coder.suggest(note).services if s.code != "none"]
    found = [(s.code, s.minutes) for s in sorted(services, key=lambda s: s.code)]
    assert len(found) == len(expected)
    for (code, minutes), (accepted, stated) in zip(found, expected, strict=True):
        assert code in accepted.split()
        assert minutes == stated

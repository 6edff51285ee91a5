"""Named measures and their figures, as they are kept of a visit and compared across visits."""

from __future__ import annotations

from time import perf_counter

import pytest

from rehabcoder.coder import Coder

TREATMENT = "\nTreatment: STM to R upper trapezius 15 min; wall slides 3x10, 12 min\nAna Ruiz, PT"


@pytest.mark.parametrize(
    "told, measures",
    [
        ("O: Cervical rotation R 48, L 66.", {"rotation": ["r48", "l66"]}),
        ("O: R shoulder flexion 110 -> 120 deg.", {"flexion": ["110", "120"]}),
        ("S: Pain remains 6/10, can sit 20 min.", {"pain": ["6/10"], "sitting": ["20min"]}),
        ("O: Strength 4-/5. NDI 38%.", {"strength": ["4-/5"], "neck_disability": ["38%"]}),
        ("O: Knee extension -5, flexion 0-115.", {"extension": ["-5"], "flexion": ["0", "115"]}),
        ("O: R knee extension -10 to -5.", {"extension": ["-10", "-5"]}),
        ("O: TUG 14.2 s.", {"timed_up_and_go": ["14.2"]}),
        ("O: Upper trapezius guarded, seen on 3/8.", {}),
    ],
)
def test_what_a_visit_measures(coder: Coder, told: str, measures: dict[str, list[str]]) -> None:
    assert coder.suggest(told + TREATMENT).measures == measures


def test_goals_are_no_measures(coder: Coder) -> None:
    assert coder.suggest(f"O: Rotation R 48.{TREATMENT}\nGoals: rotation 70, pain 2/10.").measures == {
        "rotation": ["r48"]
    }


@pytest.mark.parametrize(
    "told, progress",
    [
        ("A: Flexion improved from 80.", True),
        ("A: No change since last visit.", False),
        ("S: Can sit 20 min.", False),
        ("A: Rotation R 60 after treatment.", False),
    ],
)
def test_progress_in_words(coder: Coder, told: str, progress: bool) -> None:
    assert coder.suggest(told + TREATMENT).tells_progress is progress


def test_measures_are_read_in_linear_time(coder: Coder) -> None:
    def seconds(words: int) -> float:
        text = "S: " + "pain " * words + "." + TREATMENT
        begun = perf_counter()
        coder.suggest(text)
        return perf_counter() - begun

    seconds(200)
    assert seconds(16_000) < 20 * seconds(4_000)

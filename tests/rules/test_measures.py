"""Named measures and their figures, as they are kept of a visit and compared across visits."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from rehabcoder.coder import Coder
from rehabcoder.rules.measures import measures

TREATMENT = "\nTreatment: STM to R upper trapezius 15 min; wall slides 3x10, 12 min\nAna Ruiz, PT"


@pytest.mark.parametrize(
    "told, found",
    [
        ("O: Cervical rotation R 48, L 66.", {"rotation": ["r48", "l66"]}),
        ("O: R shoulder flexion 110 -> 120 deg.", {"flexion": ["110", "120"]}),
        ("O: Knee extension R -10, L -5.", {"extension": ["r-10", "l-5"]}),
        ("O: Knee extension -10 -> -5 deg.", {"extension": ["-10", "-5"]}),
        ("O: Shoulder flexion 110-120.", {"flexion": ["110", "120"]}),
        ("S: Pain remains 6/10, can sit 20 min.", {"pain": ["6/10"], "sitting": ["20min"]}),
        ("O: Strength 4-/5. NDI 38%.", {"strength": ["4-/5"], "neck_disability": ["38%"]}),
        ("O: TUG 14.2 s.", {"timed_up_and_go": ["14.2"]}),
        ("O: Upper trapezius guarded, seen on 3/8.", {}),
    ],
)
def test_what_a_visit_measures(coder: Coder, told: str, found: dict[str, list[str]]) -> None:
    assert coder.suggest(told + TREATMENT).measures == found


def test_many_words_of_measures_without_figures() -> None:
    words = "pain and rotation, " * 20_000
    statement = SimpleNamespace(leaf=0, code="other", section="objective", start=0, end=len(words))
    started = time.monotonic()
    assert measures(SimpleNamespace(plain=words, statements=[statement])) == {}
    assert time.monotonic() - started < 5  # some hundredths; each word looking at the rest of the note takes minutes


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

"""Conformal sets hold the true class as often as promised, and are those of the library that the field uses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.coding.conformal import COVERAGE, least_probabilities


def statements(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of n statements over three classes, and classes drawn by them."""
    draw = np.random.default_rng(seed)
    p = draw.dirichlet((0.6, 0.4, 0.2), n)
    return p, np.array([draw.choice(3, p=row) for row in p])


def test_a_set_holds_the_true_class_as_often_as_promised_in_every_class():
    p, truth = statements(1, 4000)
    least = least_probabilities(p[:2000], truth[:2000])
    for k in range(3):
        held = p[2000:][truth[2000:] == k, k] >= least[k]
        assert held.mean() == pytest.approx(COVERAGE, abs=0.03)


def test_a_class_with_too_few_cases_is_in_every_set():
    p, truth = statements(2, 12)
    assert least_probabilities(p, truth).tolist() == [0.0, 0.0, 0.0]


@given(st.integers(0, 1000), st.floats(0.5, 0.98))
def test_more_coverage_never_makes_a_set_smaller(seed, coverage):
    p, truth = statements(seed, 200)
    assert (least_probabilities(p, truth, coverage + 0.01) <= least_probabilities(p, truth, coverage)).all()


@pytest.mark.filterwarnings("ignore:.*dataset has less labels")
@pytest.mark.parametrize("k", range(3))
def test_the_sets_are_those_of_mapie(k):
    mapie = pytest.importorskip("mapie.classification")
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Given(ClassifierMixin, BaseEstimator):
        """A fitted classifier whose features are its probabilities."""

        classes_ = np.arange(3)

        def fit(self, x: np.ndarray, y: np.ndarray) -> Given:
            return self

        def predict(self, x: np.ndarray) -> np.ndarray:
            return x.argmax(1)

        def predict_proba(self, x: np.ndarray) -> np.ndarray:
            return x

    p, truth = statements(3, 600)
    known, of_class = p[:400], truth[:400] == k
    theirs = mapie.SplitConformalClassifier(Given(), confidence_level=0.9, conformity_score="lac", prefit=True)
    theirs.conformalize(known[of_class], truth[:400][of_class])
    _, sets = theirs.predict_set(p[400:])
    assert (sets[:, k, 0] == (p[400:, k] >= least_probabilities(known, truth[:400], 0.9)[k])).all()

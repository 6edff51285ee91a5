"""Models are scored alike: by the target codes, and by all classes."""

import pytest

import compare_models


def test_scores_are_over_the_target_codes_that_the_truth_holds():
    truth = ["97124", "97124", "97110", "other", "97112"]
    predicted = ["97124", "97110", "97110", "other", "97140"]
    assert compare_models.scores(truth, predicted) == {"macro_f1": pytest.approx(2 / 3), "accuracy": 0.6}


def test_keywords_take_the_first_family_of_a_statement():
    read = compare_models.keywords(None)
    assert read([["w:x", "L:c:97124", "L:c:97110"], ["w:x"]]) == ["97124", "other"]

"""What tests share: the coder with the trained model, loaded once, and the reader that it uses.

``pytest --model FOLDER`` tests another model than that of the checkout.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from spacy.language import Language

from rehabcoder.coder import Coder
from rehabcoder.coding.model import load_model
from rehabcoder.reading import pipeline

# A slow machine fails no test; what takes too long is measured where it matters (tests/reading/test_pipeline.py).
settings.register_profile("rehabcoder", deadline=None)
settings.load_profile("rehabcoder")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--model", type=Path, help="folder of the model that the tests use")


@pytest.fixture(scope="session")
def coder(request: pytest.FixtureRequest) -> Coder:
    """The coder as users get it."""
    return Coder(load_model(request.config.getoption("model")))


@pytest.fixture(scope="session")
def nlp() -> Language:
    """The reading pipeline, which needs no model."""
    return pipeline()

"""A model that is written down here, so that the tests of coding know what it reads and no training can change it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rehabcoder.coding.charts import charts
from rehabcoder.coding.families import OTHER, UNKNOWN
from rehabcoder.coding.gold import TIME_KINDS
from rehabcoder.coding.model import Head, LinearModel, Model
from rehabcoder.records import Chart, Note
from rehabcoder.vocabulary import INTENTS, SAYINGS, STATUSES

#: The class that a word speaks for, and how strongly: strokes say more than "STM" does.
WORDS = {
    **dict.fromkeys(("kneading", "effleurage", "tapotement", "massage"), ("97124", 11.0)),
    **dict.fromkeys(("stm", "glides", "mobs", "manual"), ("97140", 9.0)),
    **dict.fromkeys(("rows", "bridges", "squats", "bike", "curl", "exercise"), ("97110", 9.0)),
    **dict.fromkeys(("transfers", "lifting"), ("97530", 9.0)),
    "ultrasound": ("97035", 9.0),
    "evaluation": ("pt_eval", 9.0),
    "adjusted": ("cmt", 9.0),
    "zorbing": (UNKNOWN, 9.0),
    "drills": ("97110", 6.0),
    "moves": ("97110", 4.6),
}
CODES = (OTHER, UNKNOWN, *sorted({code for code, _ in WORDS.values()} - {UNKNOWN}))


def weights(vocabulary: list[str], classes: tuple[str, ...], entries: dict[str, tuple[str, float]]) -> np.ndarray:
    """A matrix of features x classes that is zero but for the entries."""
    out = np.zeros((len(vocabulary), len(classes)))
    for name, (label, weight) in entries.items():
        out[vocabulary.index(name), classes.index(label)] = weight
    return out


def leaning(classes: tuple[str, ...], to: str) -> np.ndarray:
    """Intercepts for which a class is nearly sure where no feature speaks for another."""
    return np.array([5.0 if name == to else 0.0 for name in classes])


def written_down_model() -> Model:
    """Codes by ``WORDS``, status by scope, "for spasm" as a purpose; "total timed minutes: 25" is a total."""
    of_words = {f"w:{word}": entry for word, entry in WORDS.items()}
    of_scopes = {f"L:v:{status}": (status, 10.0) for status in STATUSES if status != "performed"}
    of_purposes = {"w:spasm": ("reduce_spasm", 10.0)}
    vocabulary = [*of_words, *of_scopes, *of_purposes]
    statements = [
        Head("code", CODES, weights(vocabulary, CODES, of_words), leaning(CODES, OTHER)),
        Head("status", STATUSES, weights(vocabulary, STATUSES, of_scopes), leaning(STATUSES, "performed")),
        Head("says", SAYINGS, np.zeros((len(vocabulary), len(SAYINGS))), np.full(len(SAYINGS), -6.0), exclusive=False),
        Head(
            "intents", INTENTS, weights(vocabulary, INTENTS, of_purposes), np.full(len(INTENTS), -6.0), exclusive=False
        ),
    ]
    of_totals = {f"a2:{kind}": (f"total_{kind}", 10.0) for kind in ("timed", "treatment")}
    kinds = Head("kind", TIME_KINDS, weights([*of_totals], TIME_KINDS, of_totals), leaning(TIME_KINDS, "service"))
    return Model(LinearModel(vocabulary, statements), LinearModel([*of_totals], [kinds]), "written down")


@pytest.fixture(scope="session")
def model() -> Model:
    return written_down_model()


@pytest.fixture(scope="session")
def chart(nlp, model) -> Callable[..., Chart]:
    """``chart(text, discipline="OT")``: the chart of a note, read with the model above."""

    def read(text: str, **fields: object) -> Chart:
        note = Note.from_dict({"text": text, **fields})
        return charts([note], [nlp(text)], model)[0]

    return read

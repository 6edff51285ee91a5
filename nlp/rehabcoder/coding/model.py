"""The trained model at run time: linear heads over named features, as plain arrays, checked before they are loaded.

The file holds vocabularies and arrays only (no estimator objects), so it outlives scikit-learn releases and loads
without importing scikit-learn. It is read only after its SHA-256 matches the manifest beside it: reading a joblib file
can run code, so a file that nobody vouches for is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rehabcoder.coding.features import LEXICON, Notation

MODEL_FILE = "rehabcoder.joblib"
MANIFEST_FILE = "manifest.json"
FORMAT = 5
_DAMPING = 0.35
_MIDDLING_SIZE = 83.0
#: Weights are stored in steps of 1/256: a third of the file, and still far finer than what training can tell.
_STEPS = 256


class ModelError(RuntimeError):
    """The model is missing, or is not the one that its manifest vouches for."""


@dataclass(frozen=True)
class Head:
    """One question put to the features; ``exclusive`` heads give one answer (softmax), others several (sigmoid).

    ``least`` is the probability from which each class belongs to the conformal set of a text (``coding.conformal``).
    """

    name: str
    classes: tuple[str, ...]
    weights: np.ndarray  # features x classes
    intercept: np.ndarray
    temperature: float = 1.0
    exclusive: bool = True
    least: np.ndarray | None = None

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, one row a text, of the scores ``features @ weights``."""
        z = (scores + self.intercept) / self.temperature
        if not self.exclusive:
            return 1.0 / (1.0 + np.exp(-z))
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)


def damping(size: np.ndarray) -> np.ndarray:
    """The factor for the features of texts of these sizes: 1 at a middling statement's size, less for longer ones.

    An exponent of 0.5 would give all texts unit length, 0 leaves them as they are. On statements of voices left out
    (three folds) 0.25, 0.375 and 0.5 read the target codes about equally well, all better than 0.
    """
    return (_MIDDLING_SIZE / np.maximum(size, 1.0)) ** _DAMPING


class Columns(Notation):
    """Features as a model's columns, for ``coding.features``; a name that is not in its vocabulary is column ``none``.

    Without the lexicon its features are among those.
    """

    def __init__(self, vocabulary: Mapping[str, int], use_lexicon: bool = True):
        super().__init__()
        self.none = len(vocabulary)
        self._place = vocabulary if use_lexicon else {n: i for n, i in vocabulary.items() if not n.startswith(LEXICON)}
        self._of_kind: dict[str, Mapping[str, int]] = {"": self._place}

    def each(self, kind: str, words: Iterable[str]) -> list[int]:
        place = self._of_kind.get(kind)
        if place is None:
            of_kind = ((name, i) for name, i in self._place.items() if name.startswith(kind))
            place = self._of_kind[kind] = {name.removeprefix(kind): i for name, i in of_kind}
        none = self.none
        return [place.get(word, none) for word in words]


class LinearModel:
    """Heads that share one vocabulary of feature names; all heads are scored in one product.

    With ``sizes`` (features) the features of a text are damped by ``damping`` of its size, the sum of its features'
    sizes: else the many words of a long text would shout down the few that decide.
    """

    def __init__(self, vocabulary: Sequence[str], heads: Sequence[Head], sizes: np.ndarray | None = None):
        self.vocabulary = {name: i for i, name in enumerate(vocabulary)}
        self.heads = {head.name: head for head in heads}
        self.sizes = sizes
        weights = np.hstack([h.weights for h in heads] + ([] if sizes is None else [sizes[:, None]]))
        self._weights = np.vstack([weights, np.zeros_like(weights[:1])]).astype(np.float32)  # the last: column none

    @cached_property
    def columns(self) -> Columns:
        """What the names of features are in ``score``."""
        return Columns(self.vocabulary)

    @cached_property
    def columns_without_lexicon(self) -> Columns:
        return Columns(self.vocabulary, use_lexicon=False)

    def predict(self, features: Iterable[Sequence[str]]) -> dict[str, np.ndarray]:
        """Head name -> probabilities (texts x classes). Names that training never saw count for nothing."""
        return self.score(self.columns.each("", names) for names in features)

    def score(self, features: Iterable[Sequence[int]]) -> dict[str, np.ndarray]:
        """``predict`` for features that are written as columns.

        Each text's are taken as they come, so a generator needs to hold those of one text only.
        """
        from scipy.sparse import csr_matrix

        indices: list[int] = []
        ends = [0]
        for columns in features:
            indices += columns
            ends.append(len(indices))
        shape = (len(ends) - 1, len(self._weights))
        matrix = csr_matrix((np.ones(len(indices), dtype=np.float32), indices, ends), shape=shape)
        scores = matrix @ self._weights
        if self.sizes is not None:
            scores = scores[:, :-1] * damping(scores[:, -1:])
        out, column = {}, 0
        for head in self.heads.values():
            width = len(head.classes)
            out[head.name] = head.probabilities(scores[:, column : column + width].astype(np.float64))
            column += width
        return out

    def contributions(self, names: Sequence[str], head: str, label: str) -> list[tuple[str, float]]:
        """What each feature adds to a class's score, largest first: exact, since the model is linear."""
        h = self.heads[head]
        column = h.classes.index(label)
        known = [(name, self.vocabulary[name]) for name in names if name in self.vocabulary]
        factor = 1.0 if self.sizes is None else float(damping(self.sizes[[i for _, i in known]].sum()))
        return sorted(((n, factor * float(h.weights[i, column])) for n, i in known), key=lambda row: -row[1])


@dataclass(frozen=True)
class Model:
    """The statement model (heads code, status, says), the time model (head kind) and the note model (head visit).

    Without a note model every note is taken for the record of a visit.
    """

    statements: LinearModel
    times: LinearModel
    version: str = "untrained"
    notes: LinearModel | None = None


def model_folder() -> Path:
    """Where the trained model lies: inside an installed wheel, else in ``models/`` of the checkout."""
    installed = Path(__file__).resolve().parent.parent / "trained"
    return installed if (installed / MANIFEST_FILE).is_file() else Path(__file__).resolve().parents[3] / "models"


def load_model(folder: Path | None = None) -> Model:
    """The model of a folder. Raises ModelError where it is missing or its hash is not the manifest's."""
    import joblib

    folder = folder or model_folder()
    path = folder / MODEL_FILE
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        expected, version = manifest["sha256"], manifest["version"]
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"no usable model in {folder}: run `rehabcoder train` ({type(error).__name__})") from None
    if found != expected:
        raise ModelError(
            f"{path} is not the model that its manifest describes (SHA-256 differs): run `rehabcoder train`"
        )
    stored = joblib.load(path)
    if stored.get("format") != FORMAT:
        raise ModelError(f"{path} has another format than this release reads: run `rehabcoder train`")
    notes = _linear(stored["notes"]) if "notes" in stored else None
    return Model(_linear(stored["statements"]), _linear(stored["times"]), version, notes)


def save_model(model: Model, folder: Path, manifest: dict[str, Any]) -> None:
    """Write the model and its manifest (which gets the file's SHA-256)."""
    import joblib

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MODEL_FILE
    stored = {
        "format": FORMAT,
        "statements": _plain(model.statements),
        "times": _plain(model.times),
        **({"notes": _plain(model.notes)} if model.notes else {}),
    }
    joblib.dump(stored, path, compress=9)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = {"version": model.version, "sha256": sha256, **manifest}
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1, sort_keys=False) + "\n", encoding="utf-8")


def _plain(linear: LinearModel) -> dict[str, Any]:
    heads = [
        {
            "name": h.name,
            "classes": list(h.classes),
            "weights": (np.round(h.weights * _STEPS) / _STEPS).astype(np.float16),
            "intercept": h.intercept,
            "temperature": h.temperature,
            "exclusive": h.exclusive,
            **({} if h.least is None else {"least": h.least}),
        }
        for h in linear.heads.values()
    ]
    # One string: joblib reads a list of names one by one, in Python, for a second. No name holds a line break.
    sizes = {} if linear.sizes is None else {"sizes": linear.sizes.astype(np.float32)}
    return {"vocabulary": "\n".join(linear.vocabulary), "heads": heads, **sizes}


def _linear(stored: dict[str, Any]) -> LinearModel:
    heads = [
        Head(**{**h, "classes": tuple(h["classes"]), "weights": h["weights"].astype(np.float32)})
        for h in stored["heads"]
    ]
    return LinearModel(stored["vocabulary"].split("\n"), heads, stored.get("sizes"))

"""Training: gold notes in, a ``Model`` out; deterministic. scikit-learn is needed here and nowhere else.

Every statement stands in the training matrix with and without its lexicon features, so that the classifier reads words
that the lexicon does not know; for the codes once more with a random half of its features, so that it leans on no
single word. Temperatures are fitted on predictions for voices that the fold's model has not seen.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count

from rehabcoder import lexicon, reading
from rehabcoder.coding import conformal, gold
from rehabcoder.coding.families import UNKNOWN
from rehabcoder.coding.features import LEXICON, Names, NoteFeatures
from rehabcoder.coding.model import Head, LinearModel, Model, damping, save_model
from rehabcoder.coding.times import Holder, holders, reading_features, time_features, with_readings
from rehabcoder.vocabulary import INTENTS, SAYINGS, STATUSES

_LEAST_FEATURE_COUNT = 2
_LEAST_NOTE_COUNT = 3
_LEAST_CLASS_COUNT = 8
_WEIGHT_WITHOUT_LEXICON = 0.5
#: Features are scaled before the fit, so that the regularisation spares what generalises (lexicon) and presses what
#: does not (parts of words); the weights are scaled back, so that a feature simply counts 1 at run time.
_SCALES = {LEXICON: 2.0, "g:": 0.3}
_REGULARISATION = {"code": 0.5, "status": 0.3, "says": 0.3, "intents": 0.5, "kind": 0.15, "visit": 0.3}


class Examples(NamedTuple):
    """Labelled features of statements, times and notes; ``group`` is the voice that each comes from.

    ``time_holders`` says in which of these statements each time stands, ``furnished`` whether anything was done in the
    visit that a note records.
    """

    features: list[list[str]]
    codes: list[str]
    statuses: list[str | None]
    says: list[frozenset[str]]
    intents: list[frozenset[str]]
    group: list[str]
    time_features: list[list[str]]
    time_kinds: list[str]
    time_group: list[str]
    time_holders: list[Holder]
    note_features: list[list[str]]
    furnished: list[bool]
    note_group: list[str]

    def of(self, keep: Iterable[str]) -> Examples:
        """The examples of some voices."""
        voices = set(keep)
        s = [i for i, g in enumerate(self.group) if g in voices]
        t = [i for i, g in enumerate(self.time_group) if g in voices]
        columns: list[Any] = [[column[i] for i in s] for column in self[:6]]
        columns += [[column[i] for i in t] for column in self[6:9]]
        moved = {old: new for new, old in enumerate(s)} | {-1: -1}
        columns.append([Holder(*(moved[k] for k in self.time_holders[i])) for i in t])
        n = [i for i, g in enumerate(self.note_group) if g in voices]
        columns += [[column[i] for i in n] for column in self[10:]]
        return Examples(*columns)


def notes_in(folder: Path) -> Iterator[dict[str, Any]]:
    """The gold notes of a folder's JSONL files, in the order of file names and lines."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def examples_of(notes: Iterable[dict[str, Any]]) -> Examples:
    """The labelled statements and times of gold notes."""
    nlp = reading.pipeline()
    out = Examples(*([] for _ in Examples._fields))
    for note in notes:
        doc = nlp(note["text"])
        data = doc.user_data
        features = NoteFeatures(doc, [line["code"] for line in note["billed"] or ()])
        out.time_holders.extend(holder.moved(len(out.features)) for holder in holders(doc))
        out.note_features.append(features.of_note(Names()))
        out.furnished.append(bool(note["services"]))
        out.note_group.append(note["voice"])
        labels = gold.labels(data["statements"], note)
        for names, label in zip(features.of_all(), labels, strict=True):
            out.features.append(names)
            out.codes.append(label.code)
            out.statuses.append(label.status)
            out.says.append(label.says)
            out.intents.append(label.intents)
            out.group.append(note["voice"])
        for names, kind in zip(time_features(doc), gold.time_labels(data["times"], note), strict=True):
            out.time_features.append(names)
            out.time_kinds.append(kind)
            out.time_group.append(note["voice"])
    return out


def fit(examples: Examples, version: str = "untrained") -> Model:
    """The model of labelled examples."""
    return Model(_statement_model(examples), _time_model(examples), version, _note_model(examples))


def _statement_model(examples: Examples) -> LinearModel:
    """The heads that read statements; rare intervention classes are learned as ``unknown``."""
    vocabulary, matrix = _matrix(examples.features)
    scales = _scales(vocabulary)
    matrix = _scaled(matrix, scales)
    copies = [Copy(_damped(matrix), 1.0), Copy(_damped(_without_lexicon(matrix, vocabulary)), _WEIGHT_WITHOUT_LEXICON)]
    counts = Counter(examples.codes)
    codes = np.array([c if counts[c] >= _LEAST_CLASS_COUNT else UNKNOWN for c in examples.codes])
    heads = [_softmax_head("code", [*copies, *_thinned(copies)], codes)]
    named = np.array([i for i, s in enumerate(examples.statuses) if s is not None])
    statuses = np.array([s for s in examples.statuses if s is not None])
    heads.append(_softmax_head("status", [copy.of(named) for copy in copies], statuses, STATUSES))
    heads.append(_several_head("says", SAYINGS, copies, examples.says))
    done = np.array([i for i, s in enumerate(examples.statuses) if s == "performed"])
    purposes = [examples.intents[i] for i in done]
    heads.append(_several_head("intents", INTENTS, [copy.of(done) for copy in copies], purposes))
    heads = [replace(head, weights=head.weights * scales[:, None]) for head in heads]
    return LinearModel(vocabulary, heads, scales**2)


def _time_model(examples: Examples) -> LinearModel:
    vocabulary, matrix = _matrix(examples.time_features)
    kinds = np.array(examples.time_kinds)
    return LinearModel(vocabulary, [_softmax_head("kind", [Copy(matrix, 1.0)], kinds, gold.TIME_KINDS)])


def _note_model(examples: Examples) -> LinearModel | None:
    """Which notes record a visit in which something was done; the few others weigh as much as all of these.

    None where the examples are all of one kind.
    """
    furnished = np.array(examples.furnished)
    if furnished.all() or not furnished.any():
        return None
    vocabulary, matrix = _matrix(examples.note_features, _LEAST_NOTE_COUNT)
    share = furnished.mean()
    weight = np.where(furnished, 0.5 / share, 0.5 / (1 - share))
    estimator = _fitted("visit", matrix, furnished, weight)
    return LinearModel(
        vocabulary, [Head("visit", ("visit",), estimator.coef_.T.copy(), estimator.intercept_, 1.0, False)]
    )


def folds(voices: Iterable[str], n: int) -> list[set[str]]:
    """n groups of voices of about equal size, the same on every machine."""
    order = sorted(set(voices), key=lambda v: hashlib.sha256(v.encode()).hexdigest())
    return [set(order[k::n]) for k in range(n)]


def fit_calibrated(examples: Examples, version: str, n_folds: int = 2) -> Model:
    """``fit`` on all examples, with temperatures and the readings of times from predictions on voices left out."""
    everyone = set(examples.group)
    left_out = folds(everyone, n_folds)
    with ThreadPoolExecutor(cpu_count()) as threads:
        *of_parts, statements = threads.map(
            lambda held_out: _statement_model(examples.of(everyone - held_out)), [*left_out, set()]
        )
    parts = list(zip(left_out, of_parts, strict=True))
    codes = [_held_out(part, "code", examples.of(held), "codes") for held, part in parts]
    temperatures = {
        "code": _temperature(codes),
        "status": _temperature([_held_out(part, "status", examples.of(held), "statuses") for held, part in parts]),
    }
    examples = _with_readings(examples, [(held, _with(part, temperatures)) for held, part in parts])
    kinds = []
    for held_out, _ in parts:
        part = _time_model(examples.of(everyone - held_out))
        predicted = part.predict(examples.of(held_out).time_features)["kind"]
        kinds.append(_log_and_truth(part.heads["kind"], predicted, examples.of(held_out).time_kinds))
    times = _with(_time_model(examples), {"kind": _temperature(kinds)})
    statements = _with(statements, temperatures)
    statements.heads["code"] = replace(statements.heads["code"], least=_least(statements.heads["code"], parts, codes))
    return Model(statements, times, version, _note_model(examples))


def _with_readings(examples: Examples, parts: Sequence[tuple[set[str], LinearModel]]) -> Examples:
    """The examples with what models that have not seen a voice read in the statements round its times."""
    features = list(examples.time_features)
    for held_out, part in parts:
        held = examples.of(held_out)
        readings = reading_features(part.heads, part.predict(held.features), held.time_holders)
        rows = [i for i, g in enumerate(examples.time_group) if g in held_out]
        for i, names in zip(rows, with_readings(held.time_features, readings), strict=True):
            features[i] = names
    return examples._replace(time_features=features)


def train(data: Path, folder: Path) -> dict[str, Any]:
    """Train on ``data/notes`` and write the model to ``folder``; returns the manifest's figures."""
    notes = list(notes_in(data / "notes"))
    sha = hashlib.sha256()
    for note in notes:
        sha.update(json.dumps(note, sort_keys=True, ensure_ascii=False).encode())
    data_hash = sha.hexdigest()
    examples = examples_of(notes)
    version = f"{data_hash[:8]}-{lexicon.version()[:8]}"
    model = fit_calibrated(examples, version)
    figures = {
        "data": {"sha256": data_hash, "notes": len(notes), "voices": len(set(examples.group))},
        "statements": len(examples.features),
        "times": len(examples.time_features),
        "lexicon": lexicon.version(),
        "features": len(model.statements.vocabulary),
        "classes": list(model.statements.heads["code"].classes),
        "temperatures": {n: round(h.temperature, 3) for n, h in model.statements.heads.items()},
    }
    save_model(model, folder, figures)
    return figures


# -- matrices and heads -----------------------------------------------------------------------------------------------


def _matrix(features: Sequence[Sequence[str]], least: int = _LEAST_FEATURE_COUNT) -> tuple[list[str], Any]:
    from scipy.sparse import csr_matrix

    counts = Counter(name for names in features for name in names)
    vocabulary = sorted(name for name, n in counts.items() if n >= least)
    index = {name: i for i, name in enumerate(vocabulary)}
    indices: list[int] = []
    ends = [0]
    for names in features:
        indices += sorted(index[name] for name in names if name in index)
        ends.append(len(indices))
    shape = (len(features), len(vocabulary))
    return vocabulary, csr_matrix((np.ones(len(indices)), indices, ends), shape=shape)


def _scales(vocabulary: Sequence[str]) -> np.ndarray:
    return np.array([next((v for p, v in _SCALES.items() if name.startswith(p)), 1.0) for name in vocabulary])


def _scaled(matrix: Any, scales: np.ndarray) -> Any:
    from scipy.sparse import diags

    return (matrix @ diags(scales)).tocsr()


def _without_lexicon(matrix: Any, vocabulary: Sequence[str]) -> Any:
    return _scaled(matrix, np.array([not name.startswith(LEXICON) for name in vocabulary], dtype=float))


class Copy(NamedTuple):
    """The examples once, as a matrix of features, and how much each counts."""

    matrix: Any
    weight: float

    def of(self, rows: np.ndarray) -> Copy:
        return Copy(self.matrix[rows], self.weight)


def _damped(matrix: Any) -> Any:
    from scipy.sparse import diags

    sizes = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    return (diags(damping(sizes)) @ matrix).tocsr()


def _thinned(copies: Sequence[Copy]) -> list[Copy]:
    """The copies with a random half of each example's features, which count double."""
    random = np.random.default_rng(0)
    out = []
    for copy in copies:
        matrix = copy.matrix.copy()
        matrix.data *= 2.0 * (random.random(matrix.nnz) < 0.5)
        matrix.eliminate_zeros()
        out.append(Copy(matrix, copy.weight))
    return out


def _stacked(copies: Sequence[Copy], truth: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """All copies below each other, their truths and weights; more of them weigh no more than the first two."""
    from scipy.sparse import vstack

    share = min(1.0, 2 / len(copies))
    weight = np.concatenate([np.full(len(truth), share * copy.weight) for copy in copies])
    return vstack([copy.matrix for copy in copies]).tocsr(), np.concatenate([truth] * len(copies)), weight


def _fitted(name: str, matrix: Any, truth: np.ndarray, weight: np.ndarray) -> Any:
    """A logistic regression, fitted on one thread: on such sparse matrices several only wait for each other."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        regression = LogisticRegression(C=_REGULARISATION[name], max_iter=300, tol=1e-3)
        return regression.fit(matrix, truth, sample_weight=weight)


def _softmax_head(name: str, copies: Sequence[Copy], truth: np.ndarray, classes: Sequence[str] | None = None) -> Head:
    x, y, weight = _stacked(copies, truth)
    found = sorted(set(truth))
    if len(found) < 2:
        raise ValueError(f"head {name}: the training data hold one class only")
    estimator = _fitted(name, x, y, weight)
    coefficients, intercept = estimator.coef_, estimator.intercept_
    if len(found) == 2:
        coefficients = np.vstack([-coefficients[0] / 2, coefficients[0] / 2])
        intercept = np.array([-intercept[0] / 2, intercept[0] / 2])
    return Head(name, tuple(str(c) for c in estimator.classes_), coefficients.T.copy(), intercept)


def _several_head(
    name: str, classes: tuple[str, ...], copies: Sequence[Copy], answers: Sequence[frozenset[str]]
) -> Head:
    """A head of independent questions: which of the classes a statement answers to."""
    columns, intercepts = [], []
    for label in classes:
        truth = np.array([label in answer for answer in answers])
        if truth.all() or not truth.any():
            columns.append(np.zeros(copies[0].matrix.shape[1]))
            intercepts.append(-10.0)
            continue
        x, y, weight = _stacked(copies, truth)
        estimator = _fitted(name, x, y, weight)
        columns.append(estimator.coef_[0])
        intercepts.append(float(estimator.intercept_[0]))
    return Head(name, classes, np.array(columns).T.copy(), np.array(intercepts), exclusive=False)


# -- calibration ------------------------------------------------------------------------------------------------------


def _held_out(model: LinearModel, name: str, examples: Examples, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of a head on statements that the model has not seen, and the index of the true class."""
    return _log_and_truth(model.heads[name], model.predict(examples.features)[name], getattr(examples, column))


def _log_and_truth(head: Head, p: np.ndarray, truth: Sequence[str | None]) -> tuple[np.ndarray, np.ndarray]:
    place = {c: k for k, c in enumerate(head.classes)}
    rows = [i for i, t in enumerate(truth) if t in place]
    return np.log(np.clip(p[rows], 1e-12, 1)), np.array([place[truth[i]] for i in rows])  # type: ignore[index]


def _least(
    head: Head, parts: Sequence[tuple[set[str], LinearModel]], held_out: Sequence[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """The probability from which each class of a head belongs to a conformal set, from predictions on voices left out.

    A fold's model may lack a rare class: the fold's statements of that class are then left out of the ranking.
    """
    from scipy.special import softmax

    p, truth = [], []
    for (_, part), (log_p, true) in zip(parts, held_out, strict=True):
        known = part.heads[head.name].classes
        calibrated = softmax(log_p / head.temperature, axis=1)
        columns = [known.index(c) if c in known else -1 for c in head.classes]
        p.append(np.hstack([calibrated, np.zeros((len(calibrated), 1))])[:, columns])
        truth += [known[k] for k in true]
    places = np.array([head.classes.index(c) if c in head.classes else -1 for c in truth])
    return conformal.least_probabilities(np.vstack(p), places)


def _temperature(parts: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The temperature with the least log-loss over held-out predictions."""
    grid = np.exp(np.linspace(np.log(0.5), np.log(4.0), 60))
    losses = []
    for t in grid:
        loss = n = 0.0
        for logits, truth in parts:
            z = logits / t
            z = z - z.max(axis=1, keepdims=True)
            log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
            loss -= log_p[np.arange(len(truth)), truth].sum()
            n += len(truth)
        losses.append(loss / n)
    return float(grid[int(np.argmin(losses))])


def _with(linear: LinearModel, temperatures: dict[str, float]) -> LinearModel:
    heads = [replace(h, temperature=temperatures.get(name, 1.0)) for name, h in linear.heads.items()]
    return LinearModel(list(linear.vocabulary), heads, linear.sizes)

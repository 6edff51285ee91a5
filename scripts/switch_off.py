"""What each mechanism of reading is worth: the first-look sets read again with one of them switched off.

usage: python scripts/switch_off.py

Writes training_data/switched_off.csv. The shipped model is asked each time and not trained anew: one that never had a
mechanism would lean more on the others, so this shows the most that each can be worth. The misses of these sets were
read after their first scores; the unspoilt figures of the whole are in training_data/first_look.csv.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partialmethod
from typing import Any
from unittest.mock import patch

import pandas as pd
from spacy.tokens import Doc

import rehabcoder
from measure_rules import ROOT, records
from rehabcoder.coder import Coder
from rehabcoder.coding import assembly, charts, features
from rehabcoder.coding.assignment import place_whole
from rehabcoder.coding.families import OTHER
from rehabcoder.coding.features import mention_family
from rehabcoder.coding.groups import Group, groups_of
from rehabcoder.coding.times import ReadTime
from rehabcoder.evaluation import evaluate
from rehabcoder.reading.layout import Layout, Leaf
from rehabcoder.reading.times import Time
from rehabcoder.records import Chart, Stated, Statement
from rehabcoder.rules import absence

LOOKS = ROOT / "training_data" / "first_look"
TABLE = ROOT / "training_data" / "switched_off.csv"
FIGURES = (
    *("code_set_exact", "minutes_exact", "units_exact", "region_f1"),
    *("not_performed_kept_out", "flags_micro_f1", "flags_macro_f1"),
)
_LINE = re.compile(r"\S[^\r\n]*")
_read_layout = Layout.__call__
_write = charts._write


def lines_only(layout: Layout, doc: Doc) -> Doc:
    """The layout tree off: every line by itself, without sections, lead-ins, wrapped lines and columns."""
    data = _read_layout(layout, doc).user_data
    lines = _LINE.finditer(data["plain"])
    data["leaves"] = [Leaf(m.start(), m.end(), "none", (), number) for number, m in enumerate(lines)]
    return doc


def named_only(statements: list[Statement], *rest: Any) -> None:
    """The reading of every statement off: only those that hold a technique or a service of the lexicon count."""
    _write(statements, *rest)
    for statement in statements:
        if not any(mention_family(m) for m in statement.mentions):
            statement.code, statement.codes = OTHER, {OTHER: 1.0}


def status_by_cues(statements: list[Statement], scopes: Any, *rest: Any) -> None:
    """The model's status off: the scope of cues and the section decide alone."""
    _write(statements, scopes, *rest)
    for statement, scope in zip(statements, scopes, strict=True):
        statement.status, statement.status_probability = scope.verdict, 1.0


def nearest_times(
    statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], written: list[Stated], plain: str
) -> tuple[list[Group], list[ReadTime], list[ReadTime]]:
    """The assignment over the whole note off: each time goes to the service that stands last before it."""
    groups = groups_of(statements, leaves, times, written, plain)
    for time in times if groups else ():
        if time.kind == "service":
            before = [g for g in groups if g.first.start <= time.time.start]
            place_whole((before or groups)[-1 if before else 0], [time])
    return assembly.merge_repeats(groups), times, []


def every_time(times: list[Time], *_: Any) -> list[ReadTime]:
    """The time model off: every time that its form does not rule out is one of service."""
    return [ReadTime(time, "service" if time.form != "bare" else "no_service", 1.0, 1.0) for time in times]


def said_by_terms(chart: Chart, saying: str) -> float:
    """The trained taggers off: a note says something where a term of the lexicon does."""
    kinds = {saying, "role"} if saying == "signature" else {saying}
    return float(any(m.kind in kinds for statement in chart.statements for m in statement.mentions))


MECHANISMS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing": nullcontext,
    "layout tree": lambda: patch.object(Layout, "__call__", lines_only),
    "reading of every statement": lambda: patch.object(charts, "_write", named_only),
    "lexicon": lambda: patch.object(Coder, "__init__", partialmethod(Coder.__init__, use_lexicon=False)),
    "time model": lambda: patch.object(charts, "_read_times", every_time),
    "assignment over the whole note": lambda: patch.object(assembly, "assemble", nearest_times),
    "status by model (cues alone)": lambda: patch.object(charts, "_write", status_by_cues),
    "status by cues (model alone)": lambda: patch.object(features, "_scope_features", lambda *_: ()),
    "taggers behind absence": lambda: patch.object(absence, "probability_said", said_by_terms),
}


def main() -> None:
    gold = [note for path in sorted(LOOKS.glob("*.jsonl")) for note in records(path)]
    rows = []
    for name, switched_off in MECHANISMS.items():
        with switched_off():
            scores = evaluate(gold, [result.to_dict() for result in rehabcoder.load().pipe(gold)]).scores
        rows.append({"off": name, **{figure: round(scores[figure].value, 3) for figure in FIGURES}})
        print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()

"""Charts: a batch of read notes becomes charts with services; the models are asked once for the whole batch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import compress, takewhile
from operator import attrgetter

import numpy as np
from spacy.tokens import Doc

from rehabcoder.coding import assembly
from rehabcoder.coding.families import OTHER, codes_of
from rehabcoder.coding.features import NoteFeatures
from rehabcoder.coding.groups import Group
from rehabcoder.coding.model import LinearModel, Model
from rehabcoder.coding.services import explain, service_of
from rehabcoder.coding.times import Holder, ReadTime, holders, reading_features, time_features, with_readings
from rehabcoder.reading.codes import written_codes
from rehabcoder.reading.minutes import NO_MINUTES
from rehabcoder.reading.status import Scope
from rehabcoder.reading.times import Time
from rehabcoder.reading.visits import EARLIER
from rehabcoder.records import Chart, Mention, Note, NotPerformed, Span, Stated, Statement
from rehabcoder.vocabulary import INTENTS, SAYINGS, TARGET_CODES, TIMED_CODES

#: A statement's saying is stated on the chart from this probability on; rules look at the probability itself.
_STATED_FROM = 0.3
#: A statement that says what was found at least this probably does not go on with what was done.
_FINDS = 0.5
#: A note is the record of a visit from this probability on: far fewer are not, and those are told by many words.
_VISIT = 0.4


def charts(notes: Sequence[Note], docs: Sequence[Doc], model: Model, use_lexicon: bool = True) -> list[Chart]:
    """The charts of notes and their read Docs, in order. ``use_lexicon=False`` hides the lexicon from the models."""
    statements, of_times, of_notes = model.statements, model.times, model.notes
    columns, time_columns = statements.columns, of_times.columns
    if not use_lexicon:
        columns, time_columns = statements.columns_without_lexicon, of_times.columns_without_lexicon
    claimed = ([line.code for line in note.billed or ()] for note in notes)
    features = [NoteFeatures(doc, codes, columns) for doc, codes in zip(docs, claimed, strict=True)]
    read = statements.score(of_note.of_statement(k) for of_note in features for k in range(len(of_note.statements)))
    visits = np.ones(len(notes))
    if of_notes:
        visits = of_notes.score(f.of_note(of_notes.columns) for f in features)["visit"][:, 0]
    times: list[list[str]] = []
    held: list[Holder] = []
    seen = 0
    for doc in docs:
        times += time_features(doc)
        held += [holder.moved(seen) for holder in holders(doc)]
        seen += len(doc.user_data["statements"])
    if times:
        times = with_readings(times, reading_features(statements.heads, read, held))
    kinds = of_times.score(time_columns.each("", names) for names in times)["kind"] if times else np.empty((0, 0))
    out = []
    statement_row = time_row = 0
    for note, doc, visit in zip(notes, docs, visits >= _VISIT, strict=True):
        data = doc.user_data
        own = slice(statement_row, statement_row := statement_row + len(data["statements"]))
        own_times = slice(time_row, time_row := time_row + len(data["times"]))
        if data["statements"]:
            _write(
                data["statements"],
                data["scopes"],
                data["plain"],
                model.statements,
                {n: p[own] for n, p in read.items()},
                visit,
            )
        out.append(_chart(note, doc, _read_times(data["times"], model.times, kinds[own_times]), visit))
    return out


def _write(
    statements: list[Statement],
    scopes: list[Scope],
    plain: str,
    model: LinearModel,
    read: Mapping[str, np.ndarray],
    visit: bool,
) -> None:
    """Write what the model reads in the statements of a note into them; nothing was performed without a visit."""
    codes, statuses, says, intents = (read[n] for n in ("code", "status", "says", "intents"))
    of_code, of_status = model.heads["code"].classes, model.heads["status"].classes
    if not visit:
        statuses = statuses * [name != "performed" for name in of_status]
    best_code, best_status = codes.argmax(axis=1).tolist(), statuses.argmax(axis=1).tolist()
    for k, j in zip(*np.nonzero(codes > 0.005), strict=True):
        statements[k].codes[of_code[j]] = float(codes[k, j])
    least = model.heads["code"].least
    if least is not None:
        for statement, possible in zip(statements, (codes >= least).tolist(), strict=True):
            statement.possible = frozenset(compress(of_code, possible))
    rows = zip(statements, statuses.tolist(), says.tolist(), intents.tolist(), strict=True)
    for k, (statement, status, saying, intent) in enumerate(rows):
        statement.code = of_code[best_code[k]]
        statement.status = of_status[best_status[k]]
        statement.status_probability = status[best_status[k]]
        if statement.section == "history" and scopes[k].verdict == "historical" and statement.status == "performed":
            statement.status, statement.status_probability = "historical", 1.0
        if statement.ticked is False and statement.status == "performed":
            statement.status, statement.status_probability = "hypothetical", 1.0
        if statement.status == "performed" and NO_MINUTES.search(plain, statement.start, statement.end):
            statement.status, statement.status_probability = "negated", 1.0
        statement.says = dict(zip(SAYINGS, saying, strict=True))
        if statement.section == EARLIER:
            statement.status, statement.status_probability = "historical", 1.0
            statement.says = dict.fromkeys(SAYINGS, 0.0)
        if statement.code != OTHER:
            statement.intents = {name: p for name, p in zip(INTENTS, intent, strict=True) if p > 0.1}


def _read_times(times: list[Time], model: LinearModel, p: np.ndarray) -> list[ReadTime]:
    """The times of a note with their kinds."""
    classes = model.heads["kind"].classes
    service = classes.index("service")
    return [
        ReadTime(time, classes[best], float(row[best]), float(row[service]))
        for time, row, best in zip(times, p, p.argmax(axis=1) if times else (), strict=True)
    ]


def _chart(note: Note, doc: Doc, times: list[ReadTime], visit: bool) -> Chart:
    data = doc.user_data
    statements: list[Statement] = data["statements"]
    leaves = data["leaves"]
    chart = Chart(note, data["plain"], statements)
    written = written_codes(data["plain"], statements, _unit_cells(data))
    groups: list[Group] = []
    left_over: list[ReadTime] = []
    if visit:
        groups, times, left_over = assembly.assemble(statements, leaves, times, written, data["plain"])
    mentions_of_leaf = _by_leaf(statements)
    mentions: list[Mention] = data["mentions"]
    starts = [m.start for m in mentions]

    def mentions_in(span: Span) -> list[Mention]:
        return mentions[bisect_left(starts, span.start) : bisect_left(starts, span.end)]

    def behind(group: Group) -> list[Statement]:
        """The statements of the same line behind a group that document nothing and state no finding."""
        last = max(s.start for s in group.statements)
        rest = statements[bisect_right(statements, last, key=attrgetter("start")) :]
        line = leaves[group.statements[-1].leaf].line
        return list(takewhile(lambda s: leaves[s.leaf].line == line and s.code == OTHER and not _finds(s), rest))

    chart.services = [
        service_of(k, group, mentions_of_leaf, mentions_in, behind, written, note.discipline, data["plain"])
        for k, group in enumerate(groups, 1)
    ]
    explain(chart.services, data["plain"])
    chart.not_performed = _not_performed(statements)
    chart.stated = [*_totals(times), *written, *_sayings(statements), *_roles(data["mentions"])]
    chart.timed_minutes_stated = _largest(chart, "total_timed")
    chart.total_treatment_minutes = _largest(chart, "total_treatment")
    chart.timed_minutes_itemised = _itemised(chart)
    chart.unassigned_times = [Span(t.time.start, t.time.end) for t in left_over]
    chart.furnished = bool(chart.services)
    return chart


def _finds(statement: Statement) -> bool:
    """Whether a statement says what was found, what came of it or what the patient can do."""
    return any(statement.says[name] > _FINDS for name in ("objective", "response", "function"))


def _unit_cells(data: dict) -> dict[int, int]:
    """Statement -> units, from the units columns of tables."""
    out = {}
    for i, statement in enumerate(data["statements"]):
        for cell in data["leaves"][statement.leaf].cells if statement.kind == "row" else ():
            words = data["plain"][cell.start : cell.end].strip()
            if cell.role == "units" and words[:2].strip().isdigit() and len(words) <= 7:
                out[i] = int(words[:2])
    return out


def _by_leaf(statements: list[Statement]) -> dict[int, list[Mention]]:
    out: dict[int, list[Mention]] = {}
    for statement in statements:
        out.setdefault(statement.leaf, []).extend(statement.mentions)
    return out


def _not_performed(statements: list[Statement]) -> list[NotPerformed]:
    return [
        NotPerformed(codes_of(s.code)[0], s.status, [s.span])
        for s in statements
        if s.code != OTHER and s.status != "performed"
    ]


def _totals(times: list[ReadTime]) -> list[Stated]:
    return [
        Stated(t.kind, t.time.start, t.time.end, t.time.minutes)
        for t in times
        if t.kind in ("total_timed", "total_treatment")
    ]


def _sayings(statements: list[Statement]) -> list[Stated]:
    return [
        Stated(name, s.start, s.end, round(p, 3)) for s in statements for name, p in s.says.items() if p >= _STATED_FROM
    ]


def _roles(mentions: list[Mention]) -> list[Stated]:
    return [Stated("role", m.start, m.end, m.name) for m in mentions if m.kind == "role"]


def _largest(chart: Chart, kind: str) -> int | None:
    return max((fact.value for fact in chart.all_stated(kind)), default=None)


def _itemised(chart: Chart) -> int | None:
    timed = [s.minutes for s in chart.services if s.code in TIMED_CODES and s.minutes is not None]
    return sum(timed) if timed else None


def primary_code(chart: Chart) -> str | None:
    """The target code with most minutes, else the most confident one; None where none was performed."""
    minutes: dict[str, tuple[int, float]] = {}
    for s in chart.services:
        if s.code in TARGET_CODES:
            m, c = minutes.get(s.code, (0, 0.0))
            minutes[s.code] = (m + (s.minutes or 0), max(c, s.confidence))
    return max(minutes, key=lambda code: minutes[code]) if minutes else None

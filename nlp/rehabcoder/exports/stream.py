"""One export -> its notes, one at a time; bad records go aside and the good ones go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from rehabcoder.exports.columns import Columns, note_record
from rehabcoder.exports.encoding import UNDECODED, is_binary
from rehabcoder.exports.formats import HEAD, BadRow, Format, format_of, formats
from rehabcoder.exports.formats.zipped import FOLDER
from rehabcoder.exports.problems import ExportError, Rejected
from rehabcoder.records import BadRecord, Note


def read(
    path: Path | str,
    columns: Columns | None = None,
    quarantine: Callable[[Rejected], None] = lambda rejected: None,
    *,
    name: str | None = None,
) -> Iterator[Note]:
    """The notes of an export, in its order, with ``source`` saying where each stood (``name``, the row).

    A note without an id gets one of file and row. Raises ExportError where nothing, or nothing more, can be read;
    a single bad record is handed to ``quarantine`` instead. Memory does not grow with the file.
    """
    path = Path(path)
    name = name or path.name
    columns = columns or Columns()
    layout = recognised(path, name)
    places: dict[tuple[str, ...], dict[str, str]] = {}
    unseen = set(columns.chosen.values())
    for row in rows_of(layout, path, name):
        source = f"{name}/{row.name}" if row.name else f"{name} {layout.row_word} {row.number}"
        if isinstance(row, BadRow):
            quarantine(Rejected(source, "", "reading", row.code, f"{source}: {row.message}"))
            continue
        names = tuple(row.cells)
        if names not in places:
            if len(places) > 1000:  # rows that all name other fields: do not remember every one of them
                places.clear()
            places[names] = columns.fields_of(names)
            unseen.difference_update(names)
            if layout.table:
                check_columns(columns, names, places[names], name)
        found = note_of(row.cells, places[names], source, id_of_row(name, row.number))
        if isinstance(found, Rejected):
            quarantine(found)
        else:
            yield found
    if unseen and places and not layout.table:
        raise ExportError("missing-column", f"{name}: no {layout.row_word} has a field called {min(unseen)}")


def recognised(path: Path, name: str) -> Format:
    """The format of a file that can be opened. Raises ExportError."""
    try:
        if not path.exists():
            raise ExportError("missing-file", f"{name}: there is no such file")
        if path.is_dir():
            return FOLDER
        if not path.is_file():
            raise ExportError("not-a-file", f"{name}: neither a file nor a folder")
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        raise ExportError("unreadable-file", f"{name}: the file cannot be opened") from None
    if not head:
        raise ExportError("empty-file", f"{name}: the file is empty")
    layout = format_of(path, head)
    if layout is None or (not layout.binary and is_binary(head)):
        known = ", ".join(each.suffixes[0][1:] for each in formats())
        raise ExportError("unknown-format", f"{name}: not a format that can be read ({known})")
    return layout


def rows_of(layout: Format, path: Path, name: str) -> Iterator[Any]:
    try:
        yield from layout.rows(path)
    except OSError:
        raise ExportError("unreadable-file", f"{name}: the file cannot be read to its end") from None


def id_of_row(name: str, number: int) -> str:
    """The id of a note without one: its file's stem and row; all of ``name`` where that tells a folder, as another file
    may have the same stem."""
    return f"{name if '/' in name else PurePosixPath(name).stem}-{number}"


def note_of(cells: Mapping[str, Any], fields_of: Mapping[str, str], source: str, unnamed: str) -> Note | Rejected:
    """The note of a row's cells, or the row set aside; ``unnamed`` is the id of a note that has none of its own."""
    problem = _problem(cells, fields_of)
    try:
        record = note_record(cells, fields_of)
        record["source"] = source
        record.setdefault("note_id", unnamed)
        if problem:
            code, message = problem
            note_id = UNDECODED.sub("?", str(record["note_id"]).replace("\0", "?"))
            return Rejected(source, note_id, "reading", code, f"{source}, {message}")
        return Note.from_dict(record)
    except BadRecord as error:
        return Rejected(source, "", "reading", "bad-field", f"{source}, {error}")


def check_columns(columns: Columns, names: Sequence[str], fields_of: Mapping[str, str], name: str) -> None:
    """Raises ExportError where a table lacks the text or a column that the user named."""
    if missing := columns.missing_from(names):
        raise ExportError("missing-column", f"{name}: no column is called {missing[0]}")
    if "text" in fields_of.values():
        return
    if all(column.isdigit() for column in names):
        raise ExportError(
            "missing-column", f"{name}: no header row; give the columns by number, e.g. --columns text={len(names)}"
        )
    # A file without a header row has the first note's cells where names are expected: only known names are shown.
    known = ", ".join(fields_of) or "none"
    raise ExportError(
        "missing-column",
        f"{name}: no column for the note text among {len(names)} (known: {known}); say which with --columns text=NAME",
    )


def _problem(cells: Mapping[str, Any], fields_of: Mapping[str, str]) -> tuple[str, str] | None:
    """Error code and message of a row whose cells hold no text, or characters that are none."""
    text = None
    for column, field in fields_of.items():
        value = cells.get(column)
        if not isinstance(value, str):
            continue
        if "\0" in value:
            return "nul-bytes", f"field {field}: NUL characters"
        if not value.isascii() and UNDECODED.search(value):
            return "bad-encoding", f"field {field}: characters that the file's encoding cannot hold"
        if field == "text":
            text = value
    if text is None or not text.strip():
        return "no-text", "field text: missing or empty"
    return None

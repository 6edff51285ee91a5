"""A single document (html, rtf, docx, pdf) that holds one note."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rehabcoder.exports.documents import READERS, BadDocument, text_of
from rehabcoder.exports.formats import BadRow, Format, Row


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The one note of the document."""
    try:
        yield Row(1, {"note_id": path.stem, "text": text_of(path.suffix, path.read_bytes())})
    except BadDocument as error:
        yield BadRow(1, error.code, str(error))


def _recognises(head: bytes) -> bool:
    return head.startswith((b"%PDF-", b"{\\rtf")) or (head.startswith(b"PK\x03\x04") and b"word/" in head)


_SUFFIXES = tuple(suffix for suffix in READERS if suffix != ".txt")
FORMAT = Format("document", _SUFFIXES, _recognises, rows, row_word="note", table=False, binary=True)

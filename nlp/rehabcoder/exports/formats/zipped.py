"""Zip archives of documents, one note a document, and folders of them.

``index.csv`` at the top, if there is one, names the documents in a column ``file`` and gives their other fields (ids,
dates, payer ...) in columns of the usual names; without it a note's id is its document's name.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile

from rehabcoder.exports.archives import LARGEST_ENTRY, bytes_of, is_bomb, open_archive
from rehabcoder.exports.documents import BadDocument, text_of
from rehabcoder.exports.encoding import decoded
from rehabcoder.exports.formats import BadRow, Format, Row

INDEX = "index.csv"


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The documents of an archive, in the order of their names."""
    with open_archive(path) as archive:
        entries = {e.filename: e for e in sorted(archive.infolist(), key=lambda e: e.filename) if not e.is_dir()}

        def content(name: str) -> bytes:
            entry = entries[name]
            if entry.flag_bits & 1:
                raise BadDocument("unreadable-file", "the document is encrypted")
            if is_bomb(entry) or entry.file_size > LARGEST_ENTRY:
                raise BadDocument("too-large", "the document swells beyond what is read")
            try:
                return bytes_of(archive, entry)
            except (BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
                raise BadDocument("unreadable-file", "the document is damaged or cut short") from None

        yield from _documents(entries, content)


def folder_rows(path: Path) -> Iterator[Row | BadRow]:
    """The documents of a folder and of the folders in it, in the order of their names; links are not followed."""
    files = {
        file.relative_to(path).as_posix(): file
        for folder, _, names in os.walk(path)
        for name in names
        if not (file := Path(folder) / name).is_symlink() and file.is_file()
    }

    def content(name: str) -> bytes:
        if files[name].stat().st_size > LARGEST_ENTRY:
            raise BadDocument("too-large", "the document is larger than what is read")
        try:
            return files[name].read_bytes()
        except OSError:
            raise BadDocument("unreadable-file", "the document cannot be opened") from None

    yield from _documents(dict(sorted(files.items())), content)


def _documents(names: Iterable[str], content: Callable[[str], bytes]) -> Iterator[Row | BadRow]:
    names = list(names)
    index: dict[str, dict[str, str]] = {}
    if INDEX in names:
        try:
            table = csv.DictReader(decoded(content(INDEX)).splitlines())
            for row in table:
                if name := row.pop("file", None):
                    index[name] = row
        except (BadDocument, csv.Error) as error:
            yield BadRow(0, getattr(error, "code", "unreadable-row"), f"{INDEX} cannot be read", INDEX)
    for number, name in enumerate((n for n in names if n != INDEX), start=1):
        place = PurePosixPath(name)
        if any(part.startswith((".", "__MACOSX")) and part != ".." for part in place.parts):
            continue  # what an operating system leaves behind
        try:
            text = text_of(place.suffix, content(name))
        except BadDocument as error:
            yield BadRow(number, error.code, str(error), name)
            continue
        yield Row(number, {"note_id": place.stem, **index.get(name, {}), "text": text}, name)
    for name in index.keys() - set(names):
        yield BadRow(0, "missing-file", "the index names a document that is not there", name)


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and b"xl/" not in head and b"word/" not in head


FORMAT = Format("zip", (".zip",), _recognises, rows, row_word="document", table=False, binary=True)
FOLDER = Format("folder", (), lambda head: False, folder_rows, row_word="document", table=False, binary=True)

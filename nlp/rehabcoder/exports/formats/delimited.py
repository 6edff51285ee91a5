"""CSV, TSV and their cousins: delimiter, encoding and header are told from the file."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rehabcoder.exports.encoding import open_text
from rehabcoder.exports.formats import BadRow, Format, Row

DELIMITERS = ",\t;|"
#: Longest field, in characters; longer ones are taken for a quote that was never closed.
FIELD_LIMIT = 1 << 24
#: How often the rows behind a quote that never closes are given back: keeps a hostile file linear.
SECOND_LOOKS = 20


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of a table, cells by header name, or by number ("1", "2" ...) where it has no header row."""
    csv.field_size_limit(FIELD_LIMIT)
    with open_text(path) as file:
        lines = _Lines(file)
        table = csv.reader(lines, delimiter=_delimiter(path), strict=True)
        header: list[str] | None = None
        number = 0
        while True:
            lines.begin_row()
            number += 1
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error) or "field limit" in str(error):
                    lines.give_back()
                    yield BadRow(number, "unreadable-row", "a quote opens and never closes")
                else:
                    yield BadRow(number, "unreadable-row", "a quote stands inside a quoted cell")
                continue
            if not any(cells):
                continue
            if header is None:
                named = _is_header(cells)
                header = cells if named else [str(column + 1) for column in range(len(cells))]
                if named:
                    continue
            if len(cells) < len(header) or any(cells[len(header) :]):
                yield BadRow(number, "ragged-row", f"{len(cells)} cells where the header has {len(header)}")
            else:
                yield Row(number, dict(zip(header, cells, strict=False)))


class _Lines:
    """The lines of a file, which can be given back when a row has taken too many of them."""

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self.taken: list[str] = []
        self.returned: deque[str] = deque()
        self.second_looks = SECOND_LOOKS

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.returned.popleft() if self.returned else next(self.file)
        self.taken.append(line)
        return line

    def begin_row(self) -> None:
        self.taken.clear()

    def give_back(self) -> None:
        """All lines of this row but its first."""
        if self.second_looks:
            self.second_looks -= 1
            self.returned.extendleft(reversed(self.taken[1:]))


def _delimiter(path: Path) -> str:
    """The delimiter that stands most often in the first line, quoted cells left out."""
    with open_text(path) as file:
        first = next((line for line in iter(lambda: file.readline(FIELD_LIMIT), "") if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _is_header(cells: list[str]) -> bool:
    """Whether a first row names columns: short, distinct, not a number or date among them."""
    names = [cell.strip() for cell in cells if cell.strip()]
    return len(set(names)) == len(names) and all(
        len(name) <= 60 and "\n" not in name and not name[0].isdigit() for name in names
    )


def _recognises(head: bytes) -> bool:
    return False  # any text is a table of one column: the suffix decides


FORMAT = Format("table", (".csv", ".tsv", ".tab", ".psv", ".txt"), _recognises, rows)

"""Parquet, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rehabcoder.exports.formats import BadRow, Format, Row
from rehabcoder.exports.problems import ExportError

BATCH_ROWS = 256
#: Code and message of a row with bytes in a text that are none.
NOT_UTF8 = ("bad-encoding", "a text is not UTF-8")


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of the file; raises ExportError where it is damaged or cut short."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(path, memory_map=True) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in _rows_of(batch, number):
                    number = row.number
                    yield row
    except (pyarrow.ArrowException, OSError):
        place = f" after row {number}" if number else ""
        raise ExportError("unreadable-file", f"{path.name}: the Parquet file is damaged or cut short{place}") from None


def _rows_of(batch: Any, before: int) -> list[Row | BadRow]:
    """The rows of a batch, one by one where a cell among them is no value that it claims to be."""
    try:
        return [Row(number, cells) for number, cells in enumerate(batch.to_pylist(), before + 1)]
    except (ValueError, OverflowError):
        return [_row(before + place + 1, batch.slice(place, 1)) for place in range(batch.num_rows)]


def _row(number: int, one: Any) -> Row | BadRow:
    try:
        [cells] = one.to_pylist()
    except UnicodeDecodeError:
        return BadRow(number, *NOT_UTF8)
    except (ValueError, OverflowError):
        return BadRow(number, "unreadable-row", "a cell holds no value of its type")
    return Row(number, cells)


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PAR1")


FORMAT = Format("parquet", (".parquet", ".pq"), _recognises, rows, binary=True)

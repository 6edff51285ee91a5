"""Parquet, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rehabcoder.exports.formats import BadRow, Format, Row
from rehabcoder.exports.problems import ExportError

BATCH_ROWS = 256


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of the file; raises ExportError where it is damaged or cut short."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(path, memory_map=True) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for cells in batch.to_pylist():
                    number += 1
                    yield Row(number, cells)
    except (pyarrow.ArrowException, OSError):
        place = f" after row {number}" if number else ""
        raise ExportError("unreadable-file", f"{path.name}: the Parquet file is damaged or cut short{place}") from None


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PAR1")


FORMAT = Format("parquet", (".parquet", ".pq"), _recognises, rows)

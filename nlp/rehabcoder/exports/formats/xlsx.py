"""Excel workbooks (xlsx): the first sheet that holds anything, a row at a time; formulas count as their last value."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from rehabcoder.exports.archives import check_archive
from rehabcoder.exports.formats import BadRow, Format, Row
from rehabcoder.exports.problems import ExportError


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows under the header row, numbered as the sheet numbers them. Raises ExportError where it is damaged."""
    import openpyxl

    warnings.filterwarnings("ignore", module="openpyxl")  # some quote the value of a cell
    check_archive(path)
    try:
        with path.open("rb") as file:  # opened here, since the library goes by the suffix of a name
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what the file claims of its size is often wrong
                found = False
                for row in _rows_of(sheet):
                    found = True
                    yield row
                if found:
                    return
    except ExportError:
        raise
    except Exception:  # the library raises whatever the damaged part makes it stumble over
        raise ExportError("unreadable-file", f"{path.name}: the workbook is damaged, encrypted or cut short") from None


def _rows_of(sheet: Any) -> Iterator[Row]:
    header: list[str] | None = None
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if all(value is None or value == "" for value in values):
            continue
        if header is None:
            header = [str(value).strip() if value is not None else str(k) for k, value in enumerate(values, start=1)]
        else:
            yield Row(number, {name: _cell(value) for name, value in zip(header, values, strict=False)})


def _cell(value: Any) -> Any:
    """A cell as the other tables have it: dates as they are written in ISO, whole numbers without a point."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and b"xl/" in head


FORMAT = Format("xlsx", (".xlsx", ".xlsm"), _recognises, rows, binary=True)

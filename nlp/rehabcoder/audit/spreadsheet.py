"""CSV that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

#: A cell that starts so is a formula to a spreadsheet (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(value: Any) -> str:
    """A value as the text of a cell: nothing for None, lists joined, a formula made text by a leading quote.

    Line ends in a cell become plain newlines: the csv module leaves a lone carriage return unquoted.
    """
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def rows(table: Iterable[Sequence[Any]]) -> str:
    """The rows as CSV text."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([cell(value) for value in row] for row in table)
    return out.getvalue()

"""CSV that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

#: A cell that starts so is a formula to a spreadsheet (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cell(value: Any) -> str:
    """A value as the text of a cell; None is empty, lists are joined, a formula is made text by a leading quote."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    text = str(value)
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def rows(table: Iterable[Sequence[Any]]) -> str:
    """The rows as CSV text."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([cell(value) for value in row] for row in table)
    return out.getvalue()

"""The formats that can be read, one module each: every module of this folder has a ``FORMAT``.

A format is chosen by content first, by suffix where the content does not tell. A table has the same columns in every
row; other formats name their fields row by row.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

HEAD = 1 << 16


class Row(NamedTuple):
    """One record of an export: its number there (from 1, a header counts) and its cells by column name.

    ``name`` is that of the document it is, where the export is a folder or an archive.
    """

    number: int
    cells: Mapping[str, Any]
    name: str | None = None


class BadRow(NamedTuple):
    """A record that cannot be taken apart; ``code`` is one of ``problems.CODES``."""

    number: int
    code: str
    message: str
    name: str | None = None


@dataclass(frozen=True)
class Format:
    """``recognises`` looks at the first bytes of a file, ``rows`` streams its records."""

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool]
    rows: Callable[[Path], Iterator[Row | BadRow]]
    row_word: str = "row"
    table: bool = True
    binary: bool = False


@cache
def formats() -> tuple[Format, ...]:
    """Every format of this folder, in order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").FORMAT for name in names)


def format_of(path: Path, head: bytes) -> Format | None:
    """The format of a file with these first bytes, or None."""
    by_content = (each for each in formats() if each.recognises(head))
    by_suffix = (each for each in formats() if path.suffix.lower() in each.suffixes)
    return next(by_content, None) or next(by_suffix, None)

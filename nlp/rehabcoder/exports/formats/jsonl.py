"""JSONL (NDJSON): one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from rehabcoder.exports.encoding import open_text
from rehabcoder.exports.formats import BadRow, Format, Row

#: Longest line, in characters.
LINE_LIMIT = 1 << 26


def rows(path: Path) -> Iterator[Row | BadRow]:
    """The objects of the file; blank lines are passed over and counted."""
    with open_text(path) as file:
        number = 0
        while line := file.readline(LINE_LIMIT):
            number += 1
            if len(line) == LINE_LIMIT and not line.endswith("\n"):
                yield BadRow(number, "unreadable-row", f"the line is longer than {LINE_LIMIT} characters")
                while (rest := file.readline(LINE_LIMIT)) and not rest.endswith("\n"):
                    pass
            elif line.strip():
                yield _row(number, line)


def _row(number: int, line: str) -> Row | BadRow:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return BadRow(number, "bad-json", f"not JSON from column {error.colno} on")
    except ValueError:
        return BadRow(number, "bad-json", "a number has too many digits")
    except RecursionError:
        return BadRow(number, "bad-json", "nested too deeply")
    if not isinstance(record, dict):
        return BadRow(number, "bad-json", "not a JSON object")
    return Row(number, record)


def _recognises(head: bytes) -> bool:
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"{")


FORMAT = Format("jsonl", (".jsonl", ".ndjson", ".json"), _recognises, rows, row_word="line", table=False)

"""The log of a run directory, for machines: ``log.jsonl``, one JSON object a line, runs one after the other.

Every line has ``time`` (UTC), ``run`` (the same for all lines of one run) and ``event``: ``start``; ``part``, a chunk
of notes is done; ``bad``, a record was set aside; ``end``; ``failed``, the run ended early. A run without an end was
killed. Ids and places are told as salted hashes, errors by their code or class: no text, no id, no name of a document.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rehabcoder.exports import Rejected

LOG_FILE = "log.jsonl"
SALT_FILE = "log.salt"
#: The environment variable that gives a salt, so that the logs of several run directories can be joined.
SALT_VARIABLE = "REHABCODER_SALT"

_BLOCK = 1 << 16


class Log:
    """Writes the lines of one run; a line is handed to the system at once, so that a killed run keeps it."""

    def __init__(self, directory: Path) -> None:
        path = directory / LOG_FILE
        _end_last_line(path)
        self._file = path.open("ab", buffering=0)
        self._salt = _salt_of(directory)
        self._run = secrets.token_hex(4)

    def tell(self, event: str, **facts: Any) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "run": self._run, "event": event, **facts})
        self._file.write(line.encode() + b"\n")

    def tell_bad(self, record: Rejected) -> None:
        """A record that was set aside, under the hashes of its place and id; the message stays in the quarantine."""
        place, note = self.hashed(record.source), self.hashed(record.note_id)
        self.tell("bad", code=record.code, stage=record.stage, place=place, note=note)

    def hashed(self, name: str) -> str | None:
        """An id or place as it stands in the log (HMAC-SHA256, 16 hex digits); None for none."""
        return hmac.new(self._salt, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16] if name else None

    def close(self) -> None:
        self._file.close()


@contextmanager
def logged(directory: Path) -> Iterator[Log]:
    """The log of a run that is going on in this context; an exception that ends the run is told by its class."""
    log = Log(directory)
    try:
        yield log
    except BaseException as error:
        log.tell("failed", error=type(error).__name__, code=getattr(error, "code", None))
        raise
    finally:
        log.close()


def _end_last_line(path: Path) -> None:
    """A line that a full disk cut short is taken away: every line is one object."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        whole = 0
        while end and not whole:  # from the end: a log may be long
            start = max(0, end - _BLOCK)
            file.seek(start)
            line_end = file.read(end - start).rfind(b"\n") + 1
            whole, end = line_end and start + line_end, start
        file.truncate(whole)


def _salt_of(directory: Path) -> bytes:
    """The salt that is given, else the directory's own, made once and readable by its owner only."""
    if given := os.environ.get(SALT_VARIABLE):
        return given.encode()
    path = directory / SALT_FILE
    if not path.exists() or not path.stat().st_size:
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_bytes()

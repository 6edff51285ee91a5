"""What can be wrong with an export. Every message names the place and the field, none quotes a cell."""

from __future__ import annotations

from typing import NamedTuple

#: Stable error codes of the quarantine, with what each means.
CODES = {
    "missing-file": "there is no such file",
    "not-a-file": "a device stands where a file is expected",
    "empty-file": "the file holds no bytes",
    "unknown-format": "the content is of no format that can be read",
    "unreadable-file": "the file is damaged, cut short, or may not be read",
    "missing-column": "a table has no column for a field that is needed or was named",
    "unreadable-row": "a row cannot be told apart from its neighbours or is too long",
    "ragged-row": "a row has more or fewer cells than the header",
    "bad-json": "a line is not one JSON object",
    "bad-encoding": "characters that the file's encoding cannot hold",
    "nul-bytes": "NUL characters in a field",
    "no-text": "a row or a document has no note text",
    "no-text-layer": "a PDF holds pictures of pages and no text",
    "too-large": "an archive or a document is, or would swell to, more than is read",
    "bad-field": "a field has a form that cannot be read",
    "coder-error": "the coder failed on this note",
}


class ExportError(Exception):
    """An export of which nothing (more) can be read. ``code`` is one of ``CODES``; the message is one sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Rejected(NamedTuple):
    """One record that was set aside: where it stood, in which stage it failed (reading, coding) and why."""

    source: str
    note_id: str
    stage: str
    code: str
    message: str

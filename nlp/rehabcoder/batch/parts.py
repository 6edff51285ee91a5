"""A part is the output of one chunk of notes, kept on disk under the hash of everything that made it.

A run's outputs are its parts, joined in order. A part is written whole or not at all, so a run that was killed goes on
where it stood, an unchanged export does no work again, and parts of other versions are never mixed in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from rehabcoder.audit import spreadsheet
from rehabcoder.exports import Rejected
from rehabcoder.records import Note, Result

_VISIT = ("note_id", "patient_id", "visit_id", "date_of_service", "provider", "payer")
_LINE = ("code", "minutes", "units", "units_ama", "units_at_least", "alternatives")
_FINDING = ("rule", "severity", "message")
_CHECK = ("code", "billed_units", "supported_units", "verdict", "documented_code") + (
    "modifiers_not_supported",
    "modifiers_not_billed",
)
CLAIM_LINE_COLUMNS = (*_VISIT, *_LINE, "modifiers", "confidence", "arithmetic", "export_source")
CLAIM_CHECK_COLUMNS = (*_VISIT, *_CHECK, "export_source")
FINDING_COLUMNS = (
    *_VISIT,
    *_FINDING,
    "words",
    "start",
    "end",
    "services",
    "confidence",
    "fix",
    "fingerprint",
    "rule_source",
    "export_source",
)


@dataclass(slots=True)
class Part:
    """The lines that a chunk adds to the outputs; ``rejected`` are the notes that the coder failed on."""

    notes: int
    results: str
    claim_lines: str
    claim_check: str
    findings: str
    rejected: list[Rejected]

    @classmethod
    def of(cls, results: Iterable[Result], rejected: Sequence[Rejected], keep_text: bool = False) -> Part:
        """The part of these results; without ``keep_text`` it holds offsets and no words of the notes."""
        read = [(result.to_dict(), result.note.text if keep_text else "") for result in results]
        return cls(
            len(read),
            "".join(json.dumps(record, ensure_ascii=False, default=str) + "\n" for record, _ in read),
            spreadsheet.rows(row for record, _ in read for row in _claim_line_rows(record)),
            spreadsheet.rows(row for record, _ in read for row in _claim_check_rows(record)),
            spreadsheet.rows(row for record, text in read for row in _finding_rows(record, text)),
            list(rejected),
        )


class Parts:
    """The parts of a run directory, by key; ``keep_text`` says whether they quote the notes."""

    def __init__(self, directory: Path, keep_text: bool = False) -> None:
        self.directory = directory
        self.keep_text = keep_text
        directory.mkdir(parents=True, exist_ok=True)

    def __contains__(self, key: str) -> bool:
        return self._path(key).exists()

    def read(self, key: str) -> Part:
        part = json.loads(self._path(key).read_bytes())
        return Part(**{**part, "rejected": [Rejected(*row) for row in part["rejected"]]})

    def write(self, key: str, part: Part) -> None:
        """Whole or not at all: readers see the part only when its last byte is on disk."""
        path = self._path(key)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                json.dump(asdict(part), file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def keep_only(self, keys: set[str]) -> None:
        """Removes what this run did not use: parts of other versions, what a killed run left unfinished."""
        for path in self.directory.iterdir():
            if path.name.split(".")[0] not in keys or path.suffix == ".tmp":
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.json"


def key_of(notes: Iterable[Note], made_by: Mapping[str, Any]) -> str:
    """The hash of all that decides a part: the notes with everything known of them, the coder's versions and payer."""
    names = [field.name for field in fields(Note) if field.name != "billed"]
    content = [
        [*(getattr(note, name) for name in names), note.billed and [asdict(line) for line in note.billed]]
        for note in notes
    ]
    written = json.dumps([made_by, content], sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:32]


def _claim_line_rows(record: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    for line in record["claim_lines"]:
        yield (
            *(record[name] for name in _VISIT),
            *(line[name] for name in _LINE),
            [modifier["code"] for modifier in line["modifiers"]],
            line["confidence"],
            line["arithmetic"],
            record["source"],
        )


def _claim_check_rows(record: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    for line in record["claim_check"]:
        yield (*(record[name] for name in _VISIT), *(line.get(name) for name in _CHECK), record["source"])


def _finding_rows(record: Mapping[str, Any], text: str) -> Iterable[Sequence[Any]]:
    """One row a finding; where it has several pieces of evidence, words and offsets list them in one order."""
    for finding in record["findings"]:
        spans = finding["evidence"]
        words = [" ".join(text[span["start"] : span["end"]].split()) for span in spans]
        yield (
            *(record[name] for name in _VISIT),
            *(finding[name] for name in _FINDING),
            words if text else None,
            [span["start"] for span in spans],
            [span["end"] for span in spans],
            finding["services"],
            finding["confidence"],
            finding["fix"],
            finding["fingerprint"],
            finding["source"],
            record["source"],
        )

"""One batch run: exports in, a run directory out.

The directory holds ``results.jsonl`` and the same records as ``results.parquet``; ``claim_lines.csv``,
``claim_check.csv``, ``findings.csv``, ``worklist.csv``, ``episodes.csv`` (what is found across a patient's visits),
``visits.csv`` (visits that several notes tell), ``suppressed.csv`` (where findings are suppressed),
``quarantine.csv``, ``report.html``, ``run.json``; ``notes.jsonl`` with the riskiest notes' text, unless text is left
out; ``log.jsonl``, what happened when, and ``log.salt``, the salt of its hashes; and ``parts/``, from which the same
command goes on after it was killed. ``findings.csv`` quotes the words of the evidence, unless text is left out.
Outputs are the same to the byte for any number of workers, but for the log and for workers, parts and times in
``run.json``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO
from zlib import crc32

import rehabcoder
from rehabcoder.audit import spreadsheet
from rehabcoder.audit.lock import locked
from rehabcoder.audit.report import write_report
from rehabcoder.audit.run_directory import write_tables
from rehabcoder.audit.suppressions import Suppressions, keep_copy, read_suppressions
from rehabcoder.audit.survey import Survey
from rehabcoder.batch.dataset import dataset_writer
from rehabcoder.batch.log import Log, logged
from rehabcoder.batch.parts import CLAIM_CHECK_COLUMNS, CLAIM_LINE_COLUMNS, FINDING_COLUMNS, Parts, key_of
from rehabcoder.batch.payers import has_profile
from rehabcoder.batch.progress import progress
from rehabcoder.batch.workers import Chunk, CodesNotes, code_chunks
from rehabcoder.billing.edits import data_folder, day_of
from rehabcoder.coding.model import MODEL_FILE, model_folder
from rehabcoder.exports import Charges, Columns, ExportError, Rejected, charges, read
from rehabcoder.records import Note

#: Notes of a chunk, more or less, and the characters at which it is closed early.
CHUNK = 250
CHUNK_CHARACTERS = 4_000_000
#: What the names of folders start with in which charges and episodes keep a database while they need it.
UNFINISHED = "unfinished-"


@dataclass(frozen=True)
class Settings:
    """What a run is asked for; ``limit`` notes go into the report, notes of days before ``since`` are left out.

    ``claims`` is a file of charge lines, joined to the notes by the fields ``on``; ``suppressions`` one of findings
    that are set aside. Without ``keep_text`` no words of a note are written, but the figures of its named measures are:
    the rules across visits compare them. Notes whose sources are in ``again`` (as cells of the quarantine) are coded
    even where an earlier run had coded them, or failed to.
    """

    columns: Columns = field(default_factory=Columns)
    workers: int = 1
    keep_text: bool = True
    limit: int = 50
    since: date | None = None
    claims: Path | None = None
    on: tuple[str, ...] = ("visit_id",)
    suppressions: Path | None = None
    again: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the content of ``run.json``, and the figures and riskiest notes of its results.

    ``met_again`` maps those sources of ``Settings.again`` that the coder was given a note of to its id, both as cells.
    """

    facts: dict[str, Any]
    survey: Survey
    met_again: dict[str, str]


def run(coder: CodesNotes, inputs: Sequence[Path], out: Path, settings: Settings | None = None) -> Outcome:
    """Codes every note of the inputs into the directory ``out``.

    Raises ExportError where none of the inputs can be read, InUse where another command is writing into ``out``; other
    bad records end in ``quarantine.csv``.
    """
    out.mkdir(parents=True, exist_ok=True)
    with locked(out):
        return run_locked(coder, inputs, out, settings)


def run_locked(coder: CodesNotes, inputs: Sequence[Path], out: Path, settings: Settings | None = None) -> Outcome:
    """As ``run``, for who holds the lock of ``out`` already."""
    _remove_unfinished(out)
    with logged(out) as log:
        return _run(coder, inputs, out, settings or Settings(), log)


def _run(coder: CodesNotes, inputs: Sequence[Path], out: Path, settings: Settings, log: Log) -> Outcome:
    started = time.monotonic()
    suppressions = Suppressions(read_suppressions(settings.suppressions) if settings.suppressions else ())
    exports = _Exports(inputs, settings)
    log.tell(
        "start",
        inputs=len(exports.inputs),
        workers=settings.workers,
        payer=coder.payer,
        text_kept=settings.keep_text,
        versions=coder.versions,
    )
    with exports.claims_joined(out):
        counts, bad = _write_results(coder, exports, out, log)
    keep_copy(settings.suppressions, out)
    found, across = write_tables(out / "results.jsonl", out, settings.limit, suppressions)
    texts = exports.texts_of({result["source"] for result in found.riskiest}) if settings.keep_text else {}
    _write_texts(out / "notes.jsonl", texts)
    seconds = time.monotonic() - started
    facts = {
        "inputs": [_fingerprint(path, name) for path, name in exports.inputs],
        "claims": exports.claims_read,
        "counts": {
            "in": counts["ok"] + bad.total() + exports.skipped,
            "ok": counts["ok"],
            "quarantined": bad.total(),
            "skipped": exports.skipped,
        },
        "quarantine": dict(sorted(bad.items())),
        "across_visits": across,
        "suppressed": found.summary["suppressed"]["findings"],
        "parts": {"coded": counts["coded"], "reused": counts["reused"]},
        "columns": settings.columns.chosen,
        "payer": coder.payer,
        "unknown_payers": exports.unknown_payers,
        "text_kept": settings.keep_text,
        "workers": settings.workers,
        "command": _command(exports),
        "versions": coder.versions,
        "seconds": round(seconds, 3),
        "notes_per_second": round(counts["ok"] / seconds, 1),
    }
    with _fresh(out / "run.json") as file:
        json.dump(facts, file, indent=2)
        file.write("\n")
    write_report(out / "report.html", found, texts, facts)
    told = ("counts", "quarantine", "across_visits", "parts", "unknown_payers", "seconds", "notes_per_second")
    log.tell("end", **{name: facts[name] for name in told})
    return Outcome(facts, found, exports.met_again)


def _command(exports: _Exports) -> dict[str, Any]:
    """What the run was asked for and ``run.json`` does not say elsewhere; paths as they were given, in that folder."""
    settings = exports.settings
    return {
        "folder": str(Path.cwd()),
        "inputs": [str(path) for path, _ in exports.inputs],
        "claims": settings.claims and str(settings.claims),
        "on": settings.on,
        "since": settings.since and settings.since.isoformat(),
        "limit": settings.limit,
    }


def _remove_unfinished(out: Path) -> None:
    """Takes away what a killed run was at: half-written files, and databases that lay on disk for its time only."""
    for path in (*out.glob("*.tmp"), *out.glob(f"{UNFINISHED}*")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def rehearse(inputs: Sequence[Path], settings: Settings) -> dict[str, Any]:
    """What a run would read: ``counts`` as in ``run.json`` and what would be set aside; nothing is coded or written.

    Raises ExportError where none of the inputs can be read.
    """
    exports = _Exports(inputs, settings)
    with TemporaryDirectory() as folder, exports.claims_joined(Path(folder)):
        notes = sum(1 for _ in exports.notes())
    bad = Counter(rejected.code for rejected in exports.rejected)
    counts = {"in": notes + bad.total() + exports.skipped, "ok": notes, "quarantined": bad.total()}
    return {
        "counts": counts | {"skipped": exports.skipped},
        "quarantine": dict(sorted(bad.items())),
        "claims": exports.claims_read,
        "unknown_payers": exports.unknown_payers,
        "first_set_aside": [rejected.message for rejected in exports.rejected[:5]],
    }


class _Exports:
    """The inputs of a run as one stream of notes. ``rejected`` gathers what was set aside since it was last emptied.

    ``unknown_payers`` counts the notes whose payer has no profile; their names are not kept. ``skipped`` counts those
    that ``since`` leaves out; a note without a date is not among them.
    """

    def __init__(self, inputs: Sequence[Path], settings: Settings) -> None:
        paths = list(dict.fromkeys(inputs))
        alike = len({path.stem for path in paths}) < len(paths)
        self.inputs = [(path, path.as_posix() if alike else path.name) for path in paths]
        self.settings = settings
        self.rejected: list[Rejected] = []
        self.unknown_payers = 0
        self.skipped = 0
        self.met_again: dict[str, str] = {}
        self.claims: Charges | None = None
        self.claims_read: dict[str, Any] | None = None

    @contextmanager
    def claims_joined(self, folder: Path) -> Iterator[None]:
        """Join the claims of the settings, if there are any, to the notes that are read in this context."""
        path = self.settings.claims
        if path is None:
            yield
            return
        with charges(path, self.settings.on, folder, self.rejected.append) as self.claims:
            yield
            on = {"on": list(self.settings.on)}
            self.claims_read = _fingerprint(path, path.name) | on | self.claims.counts()

    def notes(self) -> Iterator[Note]:
        """Every note; raises the first ExportError where no input gave any."""
        errors = []
        any_note = False
        for path, name in self.inputs:
            try:
                for note in read(path, self.settings.columns, self.rejected.append, name=name):
                    any_note = True
                    if self.settings.since and (day_of(note.date_of_service) or date.max) < self.settings.since:
                        self.skipped += 1
                        continue
                    self.unknown_payers += note.payer is not None and not has_profile(note.payer)
                    yield self.claims.joined(note) if self.claims else note
            except ExportError as error:
                errors.append(error)
                self.rejected.append(Rejected(name, "", "reading", error.code, str(error)))
        if errors and not any_note and len(errors) == len(self.inputs):
            raise errors[0]

    def chunks(self, coder: CodesNotes) -> Iterator[Chunk]:
        """The notes in chunks, each with what was rejected before its end."""
        made_by = {**coder.versions, "payer": coder.payer, "text_kept": self.settings.keep_text, "files": _files_hash()}
        for notes in _chunked(self.notes()):
            rejected, self.rejected[:] = list(self.rejected), []
            places = {spreadsheet.cell(note.source): spreadsheet.cell(note.note_id) for note in notes}
            met = self.settings.again & places.keys()
            self.met_again |= {place: places[place] for place in met}
            yield Chunk(notes, rejected, key_of(notes, made_by), afresh=bool(met))
        if self.rejected:
            yield Chunk([], list(self.rejected), key_of([], made_by))

    def texts_of(self, sources: Collection[str]) -> dict[str, str]:
        """Source -> text of these notes, read once more from the inputs: no text waits in memory for the ranking."""
        texts: dict[str, str] = {}
        for path, name in self.inputs:
            with suppress(ExportError):
                for note in read(path, self.settings.columns, name=name):
                    if note.source and note.source in sources:
                        texts[note.source] = note.text
                        if len(texts) == len(sources):
                            return texts
        return texts


def _files_hash() -> str:
    """SHA-256 over every file of the package, the model and the user's own data (profiles, edits).

    An edit without a new version makes other results too.
    """
    package = Path(rehabcoder.__file__).parent
    folders = (package, data_folder() / "profiles", data_folder() / "edits")
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    paths = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    total = hashlib.sha256()
    for path in [*paths, model_folder() / MODEL_FILE]:
        sha256 = _fingerprint(path, path.name)["sha256"]
        total.update(f"{path.name} {sha256}\n".encode())
    return total.hexdigest()


def _chunked(notes: Iterable[Note]) -> Iterator[list[Note]]:
    """The notes in chunks, from half of CHUNK to twice of it; the content of a note decides whether one ends there.

    So a note more or less moves the ends round about, not those of all that follow, whose parts can be used again.
    """
    least = max(1, CHUNK // 2)
    chunk: list[Note] = []
    characters = 0
    for note in notes:
        chunk.append(note)
        characters += len(note.text)
        ends = len(chunk) >= least and crc32(f"{note.note_id} {note.text}".encode("utf-8", "replace")) % least == 0
        if ends or len(chunk) == 2 * CHUNK or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _write_results(coder: CodesNotes, exports: _Exports, out: Path, log: Log) -> tuple[Counter[str], Counter[str]]:
    """Writes what is written note by note; counts of notes and parts, and of rejected records by error code."""
    parts = Parts(out / "parts", exports.settings.keep_text)
    counts: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    keys = set()
    with ExitStack() as stack:
        results, claim_lines, claim_check, findings, quarantine = (
            stack.enter_context(_fresh(out / name))
            for name in ("results.jsonl", "claim_lines.csv", "claim_check.csv", "findings.csv", "quarantine.csv")
        )
        claim_lines.write(spreadsheet.rows([CLAIM_LINE_COLUMNS]))
        claim_check.write(spreadsheet.rows([CLAIM_CHECK_COLUMNS]))
        findings.write(spreadsheet.rows([FINDING_COLUMNS]))
        quarantine.write(spreadsheet.rows([Rejected._fields]))
        write_records = stack.enter_context(dataset_writer(out / "results.parquet"))
        tick = stack.enter_context(progress())
        for chunk in code_chunks(coder, parts, exports.chunks(coder), exports.settings.workers):
            part = parts.read(chunk.key)
            rejected = [*chunk.rejected, *part.rejected]
            results.write(part.results)
            write_records([json.loads(line) for line in part.results.split("\n") if line])
            claim_lines.write(part.claim_lines)
            claim_check.write(part.claim_check)
            findings.write(part.findings)
            quarantine.write(spreadsheet.rows(rejected))
            keys.add(chunk.key)
            counts.update({"ok": part.notes, "reused" if chunk.reused else "coded": 1})
            bad.update(record.code for record in rejected)
            for record in rejected:
                log.tell_bad(record)
            log.tell(
                "part",
                part=chunk.key,
                notes=part.notes,
                bad=len(rejected),
                reused=chunk.reused,
                seconds=round(chunk.seconds, 3),
            )
            tick(len(chunk.notes))
    parts.keep_only(keys)
    return counts, bad


@contextmanager
def _fresh(path: Path) -> Iterator[TextIO]:
    """A text file that takes its place only when all of it is written."""
    unfinished = path.with_name(path.name + ".tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_texts(path: Path, texts: dict[str, str]) -> None:
    """Keeps the texts for ``rehabcoder audit``; where there are none, those of an earlier run go too."""
    if not texts:
        path.unlink(missing_ok=True)
        return
    with _fresh(path) as file:
        for source, text in texts.items():
            file.write(json.dumps({"source": source, "text": text}, ensure_ascii=False) + "\n")


def _fingerprint(path: Path, name: str) -> dict[str, Any]:
    """Name, size and SHA-256 of an input; what cannot be opened has neither size nor hash."""
    try:
        with path.open("rb") as file:
            return {
                "name": name,
                "bytes": path.stat().st_size,
                "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
            }
    except OSError:
        return {"name": name, "bytes": None, "sha256": None}

"""The canary: words of the notes, ids and codes that must not sing, whatever goes wrong.

The notes of one export carry a word in their text, one in their ids and one in their billed column, and every failure
that can be brought about is. The text's word is then in no log, message, manifest, quarantine or exception; the ids'
is not in the log and the claim's in none of them.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from docx import Document
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

import rehabcoder
from rehabcoder.batch.log import LOG_FILE
from rehabcoder.cli import main
from rehabcoder.exports.problems import CODES
from rehabcoder.records import LONGEST_NOTE, Note
from rehabcoder.rules import registry

TEXT = "Zanzibarcanary"
ID = "Wharfingercanary"
BILLED = "Quillonscanary"
DEADLY = "the worker dies of this"
BROKEN = "break the coder"  # see conftest.py
NOTE = f"{TEXT}: massage to R UT x 15 min"

#: What the failures below are told as. Not among them: file errors that the readers' own tests show.
EXPECTED = set(
    "missing-file empty-file unknown-format unreadable-file missing-column unreadable-row ragged-row bad-json "
    "bad-encoding nul-bytes no-text no-text-layer too-large bad-field coder-error".split()
)


def rows_of_a_table() -> bytes:
    """A CSV whose rows fail one by one, in every way that a row can."""
    head = b"note_id,patient_id,provider,billed,text\n"
    ids = f"{ID}-1,{ID}-P,{ID}-Dr"
    rows = [
        f"{ids},97124x2,{NOTE}\n",
        f"{ids},{BILLED}x2,{NOTE}\n",
        f"{ids},97124x{BILLED},{NOTE}\n",
        f'{ids},"[{{""code"": ""{BILLED}",{NOTE}\n',
        f"{ids},97124x2,\n",
        f"{ids},97124x2,{NOTE} \0\n",
        f"{ids},97124x2,{NOTE},{NOTE},{NOTE}\n",
        f"{ids},97124x2\n",
        f'{ids},97124x2,"{NOTE}" {NOTE}\n',
        f"{ids},97124x2,{BROKEN} {NOTE}\n",
        f"{ids},97124x2,{NOTE} {'x' * LONGEST_NOTE}\n",
        f'{ids},97124x2,"{NOTE}\n',
    ]
    bad_bytes = (
        f"{ids},97124x2,caf\u00e9 \u00e9\u00e9 {NOTE}\n".encode() + f"{ids},97124x2,{NOTE} ".encode() + b"\xff\xfe\n"
    )
    return head + bad_bytes + "".join(rows).encode()


def lines_of_json() -> str:
    good = {"id": f"{ID}-2", "patient_id": f"{ID}-P", "text": NOTE, "billed": "97124x2"}
    bad: list[Any] = [
        {**good, "text": {"html": NOTE}},
        {**good, "text": NOTE + " \ud800"},
        {**good, "billed": [{"units": BILLED}]},
        {**good, "billed": [{"code": "97124", "modifiers": {BILLED: NOTE}}]},
        {**good, "billed": 5},
        {NOTE: NOTE},
        [NOTE],
    ]
    cut = json.dumps(good)[:-20]
    return "\n".join([json.dumps(good), *map(json.dumps, bad), cut, f'{{"text": "{NOTE}", "n": {"9" * 5000}}}', NOTE])


def documents() -> dict[str, bytes]:
    docx, picture = BytesIO(), BytesIO()
    document = Document()
    document.add_paragraph(NOTE)
    document.save(docx)
    pages = PdfWriter()
    pages.add_blank_page(300, 300)
    pages.write(picture)
    return {
        "good.txt": NOTE.encode(),
        "broken.docx": docx.getvalue()[:-400],
        "broken.pdf": f"{NOTE}\n%PDF-1.4\n{NOTE}\n%%EOF".encode(),
        "odd.pdf": odd_pdf(),
        "picture.pdf": picture.getvalue(),
        "not.rtf": NOTE.encode(),
        "binary.txt": NOTE.encode() + bytes(range(32)) * 100,
        "blank.txt": b" \n",
        "bomb.txt": NOTE.encode() + b" " * (20 << 20),
        f"{ID}.jpg": b"\xff\xd8" + NOTE.encode(),
        "index.csv": f"file,mrn\ngood.txt,{ID}\n{ID}-gone.txt,{ID}\n".encode(),
    }


def odd_pdf() -> bytes:
    """A page that the library warns of, quoting it."""
    writer, out = PdfWriter(), BytesIO()
    page = writer.add_blank_page(300, 300)
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": f"/{TEXT}"}
    names = DictionaryObject({NameObject(key): NameObject(value) for key, value in font.items()})
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): names})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td (massage {TEXT}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    writer.write(out)
    return out.getvalue()


def zipped(path: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in content.items():
            archive.writestr(name, document)


def a_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["note_id", "text", "billed"])
    book.active.append([ID, NOTE, BILLED])
    book.save(path)


@pytest.fixture
def exports(tmp_path: Path) -> list[Path]:
    """Files that hold every failure, each beside notes that can be read."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "rows.csv").write_bytes(rows_of_a_table())
    (folder / "lines.jsonl").write_text(lines_of_json())
    zipped(folder / "documents.zip", documents())
    a_workbook(folder / "good.xlsx")
    (folder / "cut.xlsx").write_bytes((folder / "good.xlsx").read_bytes()[:-300])
    (folder / "cut.parquet").write_bytes(b"PAR1" + NOTE.encode())
    (folder / "headless.csv").write_text(f"{ID},{NOTE}\n{ID},{NOTE}\n")
    (folder / "binary.csv").write_bytes(NOTE.encode() + bytes(range(32)) * 100)
    (folder / "empty.csv").write_text("")
    return [*sorted(folder.iterdir()), folder / "missing.csv"]


def charges(folder: Path) -> Path:
    """Charge lines that cannot be taken."""
    path = folder / "charges.csv"
    rows = [f"{ID}-P,97124,2,new", f"{ID}-P,{BILLED},1,new", f"{ID}-P,97124,{BILLED},new", f",97124,1,{BILLED}"]
    path.write_text("\n".join(["patient_id,code,units,status", *rows, f"{ID}-P,97124,1,{TEXT}", f'{ID},"{TEXT}']))
    return path


@pytest.fixture
def said(tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., str]:
    """What a batch of these arguments says and writes for operators: output, logs, exception, manifest, quarantine."""

    def batch(*arguments: Any) -> str:
        out = tmp_path / "out"
        result = CliRunner().invoke(main, ["batch", *map(str, arguments), "--out", str(out)])
        streams = capfd.readouterr()
        files = [out / name for name in (LOG_FILE, "run.json", "quarantine.csv")]
        listed = CliRunner().invoke(main, ["quarantine", "list", str(out)]).output
        raised = "".join(_chain(result.exception))
        written = [path.read_text() for path in files if path.exists()]
        return "\n".join(
            [result.output, result.stderr, raised, streams.out, streams.err, caplog.text, listed, *written]
        )

    return batch


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None and not isinstance(error, SystemExit):
        yield f"{error!r}\n"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def without_ids(directory: Path) -> None:
    """The log of a run holds neither ids nor names of documents, and no part of a claim."""
    log = (directory / LOG_FILE).read_text()
    assert log and not any(word in log for word in (TEXT, ID, BILLED))


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_records_of_every_kind(
    stand_in: Any, exports: list[Path], tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(rehabcoder, "load", stand_in)
    claims = charges(tmp_path)
    told = said(*exports, "--claims", claims, "--on", "patient_id", "--workers", workers)
    with (tmp_path / "out" / "quarantine.csv").open(encoding="utf-8", newline="") as file:
        set_aside = list(csv.DictReader(file))
    assert {row["code"] for row in set_aside} == EXPECTED <= CODES.keys()
    assert TEXT in (tmp_path / "out" / "notes.jsonl").read_text()  # the good ones were coded
    assert TEXT not in told and BILLED not in told
    without_ids(tmp_path / "out")


def test_unreadable_charges(
    stand_in: Any, exports: list[Path], tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehabcoder, "load", stand_in)
    (tmp_path / "charges.csv").write_text(f"{TEXT},{BILLED}\n{TEXT},{BILLED}\n")
    told = said(*exports, "--claims", tmp_path / "charges.csv")
    assert "charges.csv: no column for visit_id" in told
    assert TEXT not in told and BILLED not in told
    without_ids(tmp_path / "out")


@pytest.mark.parametrize(
    "content",
    [
        f"{TEXT},note_id,rule\n{TEXT},{ID},no-response\n",
        f"fingerprint,reason,who,date\nf1,{TEXT},{TEXT},{TEXT}\n",
        f"fingerprint,reason,who,date\nf1,{TEXT},{TEXT},2026-11-27,{TEXT}\n",
        f'[[suppression]]\n{TEXT} = "{TEXT}"\n',
        f"[[suppression]\n{TEXT}",
        f'suppression = "{TEXT}"\n',
    ],
)
def test_suppressions_that_cannot_be_used(
    stand_in: Any, tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setattr(rehabcoder, "load", stand_in)
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": ID, "text": NOTE}))
    for name in ("set-aside.csv", "set-aside.toml"):
        (tmp_path / name).write_text(content)
        told = said(tmp_path / "x.jsonl", "--suppressions", tmp_path / name)
        assert f"Error: {name}" in told and TEXT not in told and ID not in told


def test_a_worker_that_dies(stand_in: Any, tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deadly(stand_in):  # type: ignore[misc]
        def pipe(self, notes: Any) -> Any:
            for note in notes:
                if DEADLY in note.text:
                    os.kill(os.getpid(), signal.SIGKILL)
            return super().pipe(notes)

    monkeypatch.setattr(rehabcoder, "load", Deadly)
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": ID, "text": f"{DEADLY} {NOTE}", "billed": "97124x1"}))
    told = said(tmp_path / "x.jsonl", "--workers", 2)
    assert "a worker process died" in told and "WorkerDied" in told
    assert TEXT not in told
    without_ids(tmp_path / "out")


def test_a_full_disk(stand_in: Any, tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rehabcoder, "load", stand_in)
    monkeypatch.setattr(os, "fsync", full)
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": ID, "text": NOTE}))
    for workers in (1, 2):
        told = said(tmp_path / "x.jsonl", "--workers", workers)
        assert "No space left on device" in told and TEXT not in told
    without_ids(tmp_path / "out")


def test_a_rule_that_raises(tmp_path: Path, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the coder itself: the rule's error quotes the note."""

    def raising(chart: Any) -> Any:
        raise ValueError(chart.note.text)

    every = registry.rules()
    broken = registry.Rule("broken", "high", "", "", "", raising, "")
    monkeypatch.setattr(registry, "rules", lambda: (*every, broken))
    (tmp_path / "x.jsonl").write_text(json.dumps({"id": ID, "text": NOTE, "billed": "97124x1"}))
    told = said(tmp_path / "x.jsonl", "--workers", 1)
    assert "x.jsonl line 1: ValueError while coding" in told
    assert TEXT not in told and BILLED not in told
    without_ids(tmp_path / "out")


def test_a_note_that_stands_in_the_wrong_place(stand_in: Any, tmp_path: Path) -> None:
    """A record that a program hands on with the text in another field is refused without its words."""
    with pytest.raises(ValueError) as error:
        Note.from_dict({"text": {"body": NOTE}, "note_id": ID})
    assert TEXT not in str(error.value) and ID not in str(error.value)

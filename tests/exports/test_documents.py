"""Workbooks, documents, archives and folders of them: what is handed on, and what becomes of hostile ones."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from docx import Document
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from rehabcoder.exports import ExportError, Rejected, read
from rehabcoder.exports.problems import CODES
from rehabcoder.records import Billed, Note

LINE = "Kneading to R UT 15 min, less guarding after."


def notes_and_rejects(path: Path) -> tuple[list[Note], list[Rejected]]:
    rejected: list[Rejected] = []
    notes = list(read(path, quarantine=rejected.append))
    assert {record.code for record in rejected} <= CODES.keys()
    return notes, rejected


def docx(*lines: str) -> bytes:
    document, out = Document(), BytesIO()
    for line in lines:
        document.add_paragraph(line)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "97124", "15 min"
    document.save(out)
    return out.getvalue()


def pdf(text: str | None, password: str | None = None) -> bytes:
    """A page with this text, or with none (a picture's page)."""
    writer, out = PdfWriter(), BytesIO()
    page = writer.add_blank_page(300, 300)
    if text:
        names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        font = DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if password:
        writer.encrypt(password)
    writer.write(out)
    return out.getvalue()


DOCUMENTS = {
    "a.txt": LINE.encode(),
    "b.html": f"<html><head><title>x</title></head><body><p>{LINE.replace(' 15', '&nbsp;15')}</p>"
    "<script>steal()</script><table><tr><td>97124</td><td>15</td></tr></table></body></html>".encode(),
    "c.rtf": b"{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}" + LINE.encode() + b"\\par}",
    "d.docx": docx(LINE),
    "e.pdf": pdf(LINE),
}


def zipped(path: Path, documents: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents.items():
            archive.writestr(name, content)
    return path


def folder(path: Path, documents: dict[str, bytes]) -> Path:
    for name, content in documents.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


class TestWorkbooks:
    def workbook(self, path: Path, *rows: list) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
        return path

    def test_cells_as_the_other_tables_have_them(self, tmp_path: Path) -> None:
        path = self.workbook(
            tmp_path / "day.xlsx",
            ["Visit ID", "DOS", "CPT Billed", "Note Text"],
            [7, datetime(2024, 3, 5), "97124x1", LINE],
            [None, None, None, None],
            [8, "3/6/2024", None, "Glides gr III"],
        )
        notes, rejected = notes_and_rejects(path)
        assert not rejected
        assert [(n.visit_id, n.date_of_service, n.source) for n in notes] == [
            ("7", "2024-03-05", "day.xlsx row 2"),
            ("8", "2024-03-06", "day.xlsx row 4"),
        ]
        assert notes[0].billed == [Billed("97124", 1, [])]

    def test_a_workbook_under_another_name_is_known_by_its_content(self, tmp_path: Path) -> None:
        path = self.workbook(tmp_path / "day.csv", ["text"], [LINE])
        assert [note.text for note in read(path)] == [LINE]

    def test_the_first_sheet_that_holds_anything_is_taken(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.create_sheet("notes")
        sheet.append(["text"])
        sheet.append([LINE])
        book.save(tmp_path / "x.xlsx")
        assert [note.text for note in read(tmp_path / "x.xlsx")] == [LINE]

    def test_a_damaged_one(self, tmp_path: Path) -> None:
        path = self.workbook(tmp_path / "x.xlsx", ["text"], [LINE])
        path.write_bytes(path.read_bytes()[:-300])
        with pytest.raises(ExportError, match="x.xlsx: the archive is damaged or cut short"):
            list(read(path))


class TestDocuments:
    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_a_single_one_is_one_note(self, tmp_path: Path, name: str) -> None:
        path = folder(tmp_path / "in", {"visit" + name[1:]: DOCUMENTS[name]}) / ("visit" + name[1:])
        if name == "a.txt":
            path = path.parent
        [note] = read(path)
        assert note.note_id == "visit"
        assert note.text.replace("\xa0", " ").startswith(LINE)
        assert "steal" not in note.text

    def test_cells_of_a_table_stay_apart(self, tmp_path: Path) -> None:
        notes, _ = notes_and_rejects(zipped(tmp_path / "x.zip", DOCUMENTS))
        by_id = {note.note_id: note.text for note in notes}
        assert "97124 | 15" in by_id["b"] and "97124 | 15 min" in by_id["d"]

    @pytest.mark.parametrize("make", [zipped, folder])
    def test_archives_and_folders_give_the_same_notes(self, tmp_path: Path, make) -> None:
        path = make(tmp_path / "visits", {f"2024/{name}": content for name, content in DOCUMENTS.items()})
        notes, rejected = notes_and_rejects(path)
        assert not rejected
        assert [note.note_id for note in notes] == list("abcde")
        assert notes[0].source == "visits/2024/a.txt"

    def test_an_index_gives_ids_and_dates(self, tmp_path: Path) -> None:
        index = b"file,visit id,dos,payer\na.txt,V7,3/5/2024,medicare\ngone.txt,V8,3/6/2024,\n"
        notes, rejected = notes_and_rejects(zipped(tmp_path / "x.zip", {"a.txt": LINE.encode(), "index.csv": index}))
        assert [(n.visit_id, n.date_of_service, n.payer) for n in notes] == [("V7", "2024-03-05", "medicare")]
        assert [(r.source, r.code) for r in rejected] == [("x.zip/gone.txt", "missing-file")]


class TestHostile:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("scan.pdf", pdf(None), "no-text-layer"),
            ("locked.pdf", pdf(LINE, "secret"), "unreadable-file"),
            ("cut.pdf", pdf(LINE)[:200], "unreadable-file"),
            ("cut.docx", docx(LINE)[:900], "unreadable-file"),
            ("not.rtf", LINE.encode(), "unknown-format"),
            ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)), "unknown-format"),
            ("blob.txt", bytes(range(32)) * 40, "unknown-format"),
            ("empty.txt", b" \n", "no-text"),
            ("deep.rtf", b"{\\rtf1" + b"{" * 3000 + b"x" + b"}" * 3000 + b"}", None),
        ],
    )
    def test_each_bad_document_is_told_once_and_the_good_ones_are_read(self, tmp_path, name, content, code) -> None:
        notes, rejected = notes_and_rejects(zipped(tmp_path / "x.zip", {"a.txt": LINE.encode(), name: content}))
        assert "a" in [note.note_id for note in notes]
        assert [(r.source, r.code) for r in rejected] == ([(f"x.zip/{name}", code)] if code else [])
        assert not any(LINE in r.message for r in rejected)

    def test_a_bomb_is_not_swollen(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "x.zip", {"a.txt": LINE.encode(), "bomb.txt": b" " * (50 << 20)})
        notes, [rejected] = notes_and_rejects(path)
        assert len(notes) == 1 and rejected.code == "too-large"

    def test_a_workbook_that_is_a_bomb(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "x.xlsx", {"xl/workbook.xml": b"<x/>", "xl/sheet.xml": b" " * (50 << 20)})
        with pytest.raises(ExportError, match="swells beyond"):
            list(read(path))

    def test_a_path_out_of_the_archive_is_only_a_name(self, tmp_path: Path) -> None:
        inside = tmp_path / "in"
        inside.mkdir()
        [note] = read(zipped(inside / "x.zip", {"../../evil.txt": LINE.encode()}))
        assert note.text == LINE and not (tmp_path / "evil.txt").exists()

    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("not for this")
        path = folder(tmp_path / "in", {"a.txt": LINE.encode()})
        (path / "b.txt").symlink_to(tmp_path / "secret.txt")
        assert [note.note_id for note in read(path)] == ["a"]

    def test_a_damaged_archive(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "x.zip", {"a.txt": LINE.encode()})
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(ExportError, match="x.zip: the archive is damaged or cut short"):
            list(read(path))

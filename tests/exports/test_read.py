"""Exports in: what each format hands on, and what happens to what cannot be read."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.exports import Columns, ExportError, Rejected, read
from rehabcoder.exports.problems import CODES
from rehabcoder.records import Billed, Note

NOTE = "S: neck stiff.\r\nO: kneading to R UT x 15 min, less guarding after. \N{GRINNING FACE}"


def notes_and_rejects(path: Path, columns: str = "") -> tuple[list[Note], list[Rejected]]:
    rejected: list[Rejected] = []
    notes = list(read(path, Columns.parse(columns), rejected.append))
    assert {record.code for record in rejected} <= CODES.keys()
    return notes, rejected


def export(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class TestTables:
    def test_usual_column_names_are_known(self, tmp_path: Path) -> None:
        path = export(
            tmp_path,
            "day.csv",
            "Visit ID,MRN,DOS,Therapist,Payor,CPT Billed,Note Text\n"
            'V1,P9,3/5/2024,A. Roe,medicare,97124x2-GP-59; 97110x1-GP,"kneading\nx 15"\n',
        )
        [note], rejected = notes_and_rejects(path)
        assert not rejected
        assert (note.visit_id, note.patient_id, note.provider, note.payer) == ("V1", "P9", "A. Roe", "medicare")
        assert note.date_of_service == "2024-03-05"
        assert note.billed == [Billed("97124", 2, ["GP", "59"]), Billed("97110", 1, ["GP"])]
        assert note.text == "kneading\nx 15"
        assert note.source == "day.csv row 2"

    def test_other_names_are_given_by_the_user(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "Nr,Freitext,text\n7,kneading,something else\n")
        [note], _ = notes_and_rejects(path, "text=Freitext,note_id=Nr")
        assert (note.note_id, note.text) == ("7", "kneading")

    def test_a_note_without_an_id_gets_a_stable_one(self, tmp_path: Path) -> None:
        path = export(tmp_path, "june.csv", "text\nkneading\n\nmobs\n")
        assert [note.note_id for note in read(path)] == ["june-2", "june-4"]

    def test_no_header_row(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "17,kneading x 15 min\n18,mobs x 10 min\n")
        assert [note.note_id for note in read(path, Columns.parse("note_id=1,text=2"))] == ["17", "18"]

    @pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    def test_delimiter_and_encoding_are_sniffed(self, tmp_path: Path, delimiter: str, encoding: str) -> None:
        table = f'note_id{delimiter}text\n1{delimiter}"pain down, café, 90\u00b0 flexion; ok"\n'
        [note], _ = notes_and_rejects(export(tmp_path, "x.csv", table.encode(encoding)))
        assert note.text == "pain down, café, 90\u00b0 flexion; ok"

    def test_one_billed_line_in_columns_of_its_own(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "text,CPT,Units,Modifiers\nkneading,97124,2,GP 59\nmobs,,,\n")
        billed, unbilled = read(path)
        assert billed.billed == [Billed("97124", 2, ["GP", "59"])]
        assert not unbilled.billed

    def test_plan_of_care_dates_make_one_field(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "text,Cert From,Cert To\nkneading,2024-01-01,2024-03-30\n")
        [note] = read(path)
        assert note.plan_of_care == {"start": "2024-01-01", "end": "2024-03-30"}


class TestFormats:
    def test_jsonl(self, tmp_path: Path) -> None:
        record = {"id": "a", "text": NOTE, "billed": [{"code": "97124", "units": 1}], "flags": ["not a field"]}
        [note], _ = notes_and_rejects(export(tmp_path, "x.jsonl", json.dumps(record) + "\n"))
        assert note == Note("a", NOTE, billed=[Billed("97124", 1)], source="x.jsonl line 1")

    def test_parquet(self, tmp_path: Path) -> None:
        import datetime

        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table(
            {
                "note_id": [1.0, 2.0],
                "note_text": [NOTE, None],
                "dos": [datetime.date(2024, 3, 5)] * 2,
                "billed": [[{"code": "97124", "units": 2}], None],
            }
        )
        path = tmp_path / "x.parquet"
        pyarrow.parquet.write_table(table, path)
        [note], [rejected] = notes_and_rejects(path)
        assert (note.note_id, note.text, note.date_of_service) == ("1", NOTE, "2024-03-05")
        assert note.billed == [Billed("97124", 2)]
        assert (rejected.code, rejected.note_id) == ("no-text", "2")

    def test_content_counts_more_than_the_suffix(self, tmp_path: Path) -> None:
        [note], _ = notes_and_rejects(export(tmp_path, "x.txt", '{"text": "kneading"}\n'))
        assert note.text == "kneading"

    @given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)))
    def test_text_comes_through_exactly(self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
        texts = [text for text in texts if text.strip()]
        path = tmp_path_factory.mktemp("any") / "x.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerows([["note_id", "text"], *([str(n), text] for n, text in enumerate(texts))])
        assert [note.text for note in read(path)] == texts


class TestNothingCanBeRead:
    """One clear sentence that names the file, and nothing else."""

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("x.csv", b"", "empty-file"),
            ("x.csv", b"visit,finding\n1,stiff\n", "missing-column"),
            ("x.csv", b"17,kneading\n18,mobs\n", "missing-column"),
            ("x.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "unknown-format"),
            ("x.parquet", b"PAR1" + bytes(1000), "unreadable-file"),
            ("x.docx", b"PK\x03\x04" + bytes(range(256)) * 40, "unreadable-file"),
        ],
    )
    def test_bad_file(self, tmp_path: Path, name: str, content: bytes, code: str) -> None:
        with pytest.raises(ExportError, match=f"^{name}: ") as caught:
            list(read(export(tmp_path, name, content)))
        assert caught.value.code == code

    def test_truncated_parquet(self, tmp_path: Path) -> None:
        import pyarrow
        import pyarrow.parquet

        path = tmp_path / "x.parquet"
        pyarrow.parquet.write_table(pyarrow.table({"text": [NOTE] * 1000}), path)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(ExportError, match="damaged or cut short"):
            list(read(path))

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ExportError) as caught:
            list(read(tmp_path / "no.csv"))
        assert caught.value.code == "missing-file"

    def test_a_named_column_that_is_not_there(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "id,text\n1,kneading\n")
        with pytest.raises(ExportError, match="no column is called NOTE_TXT"):
            list(read(path, Columns.parse("text=NOTE_TXT")))

    def test_a_named_field_that_no_line_has(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.jsonl", '{"text": "kneading"}\n{"text": "mobs"}\n')
        for option in ("text=NOTE_TXT", "provider=NOTE_TXT"):
            with pytest.raises(ExportError, match="no line has a field called NOTE_TXT"):
                list(read(path, Columns.parse(option)))

    def test_a_first_note_where_the_header_should_be_is_not_told(self, tmp_path: Path) -> None:
        path = export(tmp_path, "x.csv", "Roe,MRN,kneading to R UT\nDoe,P2,mobs\n")
        with pytest.raises(ExportError, match=r"no column for the note text among 3 \(known: MRN\)") as caught:
            list(read(path))
        assert "Roe" not in str(caught.value) and "kneading" not in str(caught.value)

    def test_a_field_that_no_note_has(self) -> None:
        with pytest.raises(ExportError, match="no field is called txt"):
            Columns.parse("txt=NOTE_TXT")


class TestBadRows:
    """Set aside with place, field and code; the rows round them go on."""

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (b"2,", "no-text"),
            (b'2,"  "', "no-text"),
            (b"2,knea\0ding", "nul-bytes"),
            (b"2,kneading \xff here", "bad-encoding"),
            (b"2,kneading,x,y", "ragged-row"),
            (b"2", "ragged-row"),
            (b'2,"kneading', "unreadable-row"),
            (b'2,"kneading "deep" x 15"', "unreadable-row"),
        ],
    )
    def test_row_of_a_table(self, tmp_path: Path, row: bytes, code: str) -> None:
        path = export(tmp_path, "x.csv", b"id,text\n1,caf\xc3\xa9 visit\n" + row + b"\n3,mobs\n4,rows 3x10\n")
        notes, [rejected] = notes_and_rejects(path)
        assert [note.note_id for note in notes] == ["1", "3", "4"]
        assert (rejected.source, rejected.stage, rejected.code) == ("x.csv row 3", "reading", code)
        assert rejected.message.startswith("x.csv row 3") and "knea" not in rejected.message

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ('{"id": 2, "text": "kneading"', "bad-json"),
            ("kneading", "bad-json"),
            ('["kneading"]', "bad-json"),
            ("[" * 100_000, "bad-json"),
            ('{"id": 2}', "no-text"),
            ('{"id": 2, "text": 15}', "no-text"),
            ('{"id": 2, "text": "kneading \\ud83d"}', "bad-encoding"),
            ('{"id": 2, "text": "kneading", "billed": "one unit of massage"}', "bad-field"),
            ('{"id": 2, "text": "kneading", "billed": [{"units": 1}]}', "bad-field"),
            ('{"id": 2, "text": "kneading", "billed": [{"code": "97110", "units": Infinity}]}', "bad-field"),
            ('{"id": 2, "text": "kneading", "billed": [{"code": "9711\\ud83d"}]}', "bad-field"),
            ('{"id": 2, "text": "kneading", "billed": "97110x\u00b2"}', "bad-field"),
            ('{"id": 2, "text": "kneading", "year_to_date": ' + "1" * 5000 + "}", "bad-json"),
        ],
    )
    def test_line_of_a_jsonl(self, tmp_path: Path, line: str, code: str) -> None:
        path = export(tmp_path, "x.jsonl", f'{{"id": 1, "text": "a"}}\n{line}\n{{"id": 3, "text": "b"}}\n')
        notes, [rejected] = notes_and_rejects(path)
        assert [note.note_id for note in notes] == ["1", "3"]
        assert (rejected.source, rejected.code) == ("x.jsonl line 2", code)
        assert "kneading" not in rejected.message

    def test_a_long_note_is_a_good_row_and_one_longer_than_any_visit_is_not(self, tmp_path: Path) -> None:
        rows = '1,"' + "kneading \n" * 20_000 + '"\n2,mobs\n3,"' + "kneading \n" * 500_000 + '"\n'
        notes, [rejected] = notes_and_rejects(export(tmp_path, "x.csv", "id,text\n" + rows))
        assert [len(note.text) for note in notes] == [200_000, 4]
        assert (rejected.code, "5,000,000 characters" in rejected.message) == ("bad-field", True)

    @given(content=st.binary(max_size=300))
    def test_any_bytes_end_in_notes_rejects_or_one_sentence(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes
    ) -> None:
        folder = tmp_path_factory.mktemp("any")
        for name, start in (("x.csv", b"id,text\n"), ("x.jsonl", b""), ("x.parquet", b"PAR1")):
            try:
                notes, _ = notes_and_rejects(export(folder, name, start + content))
            except ExportError as error:
                assert "\n" not in str(error)
            else:
                assert all(note.text.strip() and note.source for note in notes)


def test_a_parquet_text_that_is_no_text_is_set_aside_alone(tmp_path: Path) -> None:
    import pyarrow.parquet

    texts = pyarrow.array([b"kneading", b"mobs \xff", b"bridges"]).view(pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table({"text": texts}), tmp_path / "x.parquet")
    notes, [rejected] = notes_and_rejects(tmp_path / "x.parquet")
    assert [note.text for note in notes] == ["kneading", "bridges"]
    assert (rejected.source, rejected.code) == ("x.parquet row 2", "bad-encoding")


def test_random_bytes_are_no_export(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="not a format that can be read"):
        list(read(export(tmp_path, "x.csv", os.urandom(5000))))

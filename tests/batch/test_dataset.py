"""Results as Parquet: the same records as in JSONL, and the same bytes whatever pieces they came in."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from rehabcoder.batch import dataset
from rehabcoder.batch.dataset import SCHEMA, dataset_writer
from rehabcoder.batch.run import Settings, run
from rehabcoder.coder import Coder
from rehabcoder.records import ClaimLine, Finding, Note, Result, Service

DEMO = Path(__file__).parents[2] / "demo" / "export.csv"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty notes of the demo export."""
    path = tmp_path_factory.mktemp("in") / "export.csv"
    with DEMO.open(encoding="utf-8", newline="") as rows, path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(row for row, _ in zip(csv.reader(rows), range(61), strict=False))
    return path


def records(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "results.jsonl").read_text("utf-8").split("\n") if line]


def without_nulls(value: Any) -> Any:
    """A record without the parts that are not there: in a table they are null."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def test_the_dataset_holds_the_result_records(coder: Coder, export: Path, tmp_path: Path) -> None:
    run(coder, [export], tmp_path)
    table = parquet.read_table(tmp_path / "results.parquet")
    assert table.schema.equals(SCHEMA)
    assert without_nulls(table.to_pylist(maps_as_pydicts="strict")) == without_nulls(records(tmp_path))


def test_the_bytes_do_not_depend_on_the_number_of_workers(coder: Coder, export: Path, tmp_path: Path) -> None:
    for workers in (1, 2):
        run(coder, [export], tmp_path / str(workers), Settings(workers=workers))
    assert (tmp_path / "1" / "results.parquet").read_bytes() == (tmp_path / "2" / "results.parquet").read_bytes()


def test_the_bytes_do_not_depend_on_the_pieces(
    coder: Coder, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(coder, [export], tmp_path)
    monkeypatch.setattr(dataset, "ROW_GROUP", 25)
    written = []
    for size in (1, 7, 25, 60):
        every = records(tmp_path)
        with dataset_writer(tmp_path / "x.parquet") as write:
            for start in range(0, len(every), size):
                write(every[start : start + size])
        written.append((tmp_path / "x.parquet").read_bytes())
    assert len(set(written)) == 1
    groups = parquet.ParquetFile(tmp_path / "x.parquet").metadata
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [25, 25, 10]


def test_an_unfinished_dataset_does_not_take_the_place_of_the_last(tmp_path: Path) -> None:
    path = tmp_path / "results.parquet"
    path.write_text("the last run's")
    with pytest.raises(KeyboardInterrupt), dataset_writer(path) as write:
        write([Result(Note("A-1", "massage")).to_dict()])
        raise KeyboardInterrupt
    assert path.read_text() == "the last run's"
    assert list(tmp_path.iterdir()) == [path]


def test_every_field_of_a_record_has_its_column() -> None:
    """The writer leaves out what the schema does not name: a new field of a record must be added there."""
    assert SCHEMA.names == list(Result(Note("A-1", "massage")).to_dict())
    for column, record in (("services", Service), ("claim_lines", ClaimLine), ("findings", Finding)):
        item: pa.StructType = SCHEMA.field(column).type.value_type
        assert [field.name for field in item] == [field.name for field in fields(record)]


def test_no_text_of_a_note_is_in_the_dataset(stand_in: Any, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "A-1", "text": "Zanzibarcanary: massage to R UT x 15 min"}\n')
    for keep_text in (True, False):
        run(stand_in(), [tmp_path / "x.jsonl"], tmp_path / "out", Settings(keep_text=keep_text))
        rows = parquet.read_table(tmp_path / "out" / "results.parquet").to_pylist()
        assert len(rows) == 1 and "Zanzibarcanary" not in str(rows)

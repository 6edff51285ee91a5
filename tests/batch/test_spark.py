"""A batch on Spark: what it writes is what the local engine writes, the order of rows apart."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from rehabcoder.audit import spreadsheet
from rehabcoder.batch import spark
from rehabcoder.batch.dataset import SCHEMA
from rehabcoder.cli import main

needs_spark = pytest.mark.skipif(
    not find_spec("pyspark") or not shutil.which("java"), reason="needs PySpark and Java; install rehabcoder[spark]"
)
CANARY = "Zanzibarcanary"
MASSAGE = f"{CANARY}: effleurage and petrissage to R upper trapezius x 15 min to reduce guarding. A. Roe PT"
BEFORE = (
    "S: stiff after the drive to work, cannot check the blind spot, sleeps badly on the right side. O: guarded, tender "
    "bands over the upper trapezius, first rib held high, no numbness in the hand."
)
LONG_ID = 9_007_199_254_740_993  # no float holds it


def note(number: int, **fields: Any) -> dict[str, Any]:
    text = f"{BEFORE} {MASSAGE} Bridges 3x10 with a green band, {8 + number} min. Rotation R {40 + number}."
    day = datetime(2024, 3, 1 + number, 23, 30)
    return {
        "note_id": f"N{number}",
        "patient_id": LONG_ID,
        "service_date": day,
        "specialty": "PT",
        "DICTATED": text,
    } | fields


NOTES = [
    note(0, billed=[{"code": "97124", "units": 2, "modifiers": ["GP"]}, {"code": "97110", "units": None}]),
    note(1, payer="medicare"),
    note(2),  # N1 and N2 are copies of N0
    note(2, note_id="N3", note_type="addendum", DICTATED="Addendum: chin tucks 2x10 x 12 min. A. Roe PT"),
    note(4, patient_id=None),
    note(5, note_id=None),
    note(6, DICTATED=None),
    note(7, billed=[{"code": CANARY, "units": 1}]),
    note(8, DICTATED=f"{MASSAGE} \0"),
]
TABLE = pa.schema(
    {
        "note_id": pa.string(),
        "patient_id": pa.int64(),
        "service_date": pa.timestamp("us", tz="UTC"),
        "specialty": pa.string(),
        "payer": pa.string(),
        "note_type": pa.string(),
        "billed": pa.list_(
            pa.struct({"code": pa.string(), "units": pa.int64(), "modifiers": pa.list_(pa.string())}),
        ),
        "DICTATED": pa.string(),
    }
)


def batch(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``first.parquet`` and ``second.parquet``, the two in a folder ``both``; ``third.parquet`` with bad UTF-8."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "both").mkdir()
    for name, notes in (("first.parquet", NOTES[:5]), ("second.parquet", NOTES[5:])):
        for path in (folder / name, folder / "both" / name):
            parquet.write_table(pa.Table.from_pylist(notes, schema=TABLE), path)
    texts = pa.array([MASSAGE.encode(), MASSAGE.encode() + b"\xff"])
    as_text = pa.Array.from_buffers(pa.string(), 2, texts.buffers())
    parquet.write_table(pa.table({"DICTATED": as_text}), folder / "third.parquet")
    return folder


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    session = spark._session()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def ran(session: Any, folder: Path) -> Result:
    """The same batch on Spark, into ``spark``, and by the local engine, into ``local``."""
    inputs = (*(folder / f"{name}.parquet" for name in ("first", "second", "third")), "--columns", "text=DICTATED")
    assert batch(*inputs, "--out", folder / "local", "--workers", 1).exit_code == 1
    return batch(*inputs, "--out", folder / "spark", "--engine", "spark")


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows = parquet.read_table(path).to_pylist(maps_as_pydicts="strict")
    return sorted(rows, key=lambda row: str(list(row.values())))


@needs_spark
def test_results_are_those_of_the_local_engine(ran: Result, folder: Path) -> None:
    rows = rows_of(folder / "spark" / "results.parquet")
    assert rows == rows_of(folder / "local" / "results.parquet")
    assert [row["source"] for row in rows if row["note_id"] == "N2"] == ["first.parquet row 3"]
    assert {row["patient_id"] for row in rows} == {str(LONG_ID), None}
    assert parquet.read_schema(next((folder / "spark" / "results.parquet").glob("*.parquet"))).names == SCHEMA.names


@needs_spark
@pytest.mark.parametrize(("name", "at_least"), [("episodes", 2), ("visits", 1), ("quarantine", 4)])
def test_tables_are_those_of_the_local_engine(ran: Result, folder: Path, name: str, at_least: int) -> None:
    with (folder / "local" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        local = sorted(map(_cells, csv.DictReader(file)))
    assert sorted(map(_cells, rows_of(folder / "spark" / f"{name}.parquet"))) == local
    assert len(local) >= at_least


def _cells(row: dict[str, Any]) -> list[str]:
    return [spreadsheet.cell(value) for value in row.values()]


@needs_spark
def test_it_says_what_it_did(ran: Result, folder: Path) -> None:
    assert ran.exit_code == 1
    assert f"Coded 7 notes: {folder}/spark/results.parquet" in ran.output
    assert "Set aside: 4 records (bad-encoding 1, bad-field 1, no-text 1, nul-bytes 1)" in ran.output
    assert CANARY not in ran.output


@needs_spark
def test_a_worker_loads_the_model_once(ran: Result, session: Any) -> None:
    def loaded(frames: Any) -> Any:
        for frame in frames:
            yield frame.assign(loaded=spark._coder.cache_info().misses)

    told = session.range(8).repartition(4).mapInPandas(loaded, "id long, loaded long").collect()
    assert max(row["loaded"] for row in told) == 1


@needs_spark
def test_a_folder_again_in_the_place_of_the_last_run_and_since(session: Any, folder: Path) -> None:
    for _ in range(2):
        done = batch(
            *(folder / "both", "--columns", "text=DICTATED", "--since", "2024-03-03"),
            *("--out", folder / "again", "--engine", "spark"),
        )
    assert "Left out by --since: 2 notes" in done.output
    sources = sorted(row["source"] for row in rows_of(folder / "again" / "results.parquet"))
    assert sources == [f"both/first.parquet row {n}" for n in (3, 4, 5)] + ["both/second.parquet row 1"]


@needs_spark
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.parquet"], "missing.parquet: no Parquet that Spark can read"),
        (["first.parquet"], "first.parquet: no column for the note text among 8"),
        (["first.parquet", "--columns", "text=BODY"], "first.parquet: no column is called BODY"),
        (["damaged.parquet"], "damaged.parquet: no Parquet that Spark can read"),
    ],
)
def test_what_cannot_be_read_is_one_line(session: Any, folder: Path, arguments: list[str], said: str) -> None:
    (folder / "damaged.parquet").write_bytes(b"PAR1" + CANARY.encode())
    done = batch(folder / arguments[0], *arguments[1:], "--out", folder / "none", "--engine", "spark")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {said}") and done.stderr.count("\n") == 1
    assert not (folder / "none").exists()


@pytest.mark.parametrize("option", ["--workers=2", "--claims=x.csv", "--limit=5", "--dry-run"])
def test_options_of_the_local_engine_are_refused(tmp_path: Path, option: str) -> None:
    done = batch(tmp_path / "x.parquet", "--out", tmp_path / "out", "--engine", "spark", option)
    assert done.exit_code == 2
    assert f"{option.partition('=')[0]} does not go with --engine spark" in done.stderr


@pytest.mark.skipif(bool(find_spec("pyspark")), reason="PySpark is here")
def test_without_pyspark_it_says_what_to_install(tmp_path: Path) -> None:
    done = batch(tmp_path / "x.parquet", "--out", tmp_path / "out", "--engine", "spark")
    assert done.exit_code == 2
    assert done.stderr == "Error: --engine spark needs PySpark; install rehabcoder[spark]\n"


def test_the_function_of_a_task_needs_no_spark(stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames of rows with their places -> frames of result records and of records set aside, without their text."""
    monkeypatch.setattr(spark, "_coder", stand_in)
    frame = pandas.DataFrame(
        {
            "text": [f"{CANARY} massage", f"{CANARY} break the coder", ""],
            "patient_id": pandas.array([LONG_ID, None, 3], dtype="Int64"),
            "__file": "file:/in/my%20notes.parquet",
            "__row": [0, 1, 2],
            "__utf8": True,
        }
    )
    (coded,) = spark.code_rows([frame], name="my notes.parquet", chosen={})
    good, *bad = json.loads(coded.to_json(orient="records"))
    assert (good["note_id"], good["patient_id"], good["source"]) == (
        "my notes-1",
        str(LONG_ID),
        "my notes.parquet row 1",
    )
    assert {row["rejected"]["message"] for row in bad} == {
        "my notes.parquet row 2: RuntimeError while coding",
        "my notes.parquet row 3, field text: missing or empty",
    }
    assert CANARY not in coded.to_json()

"""One batch on a Spark that is there: Parquet in, Parquet out, the functions of the local engine in between.

The directory then holds the datasets ``results.parquet``, ``quarantine.parquet``, ``episodes.parquet`` and
``visits.parquet``, their rows in no order. None of them holds text of a note. Spark restarts tasks that fail; a run
that was stopped is started anew, and writes each dataset in the place of the last one. Which Spark it is, is Spark's
own configuration (``SPARK_CONF_DIR``, ``SPARK_REMOTE``, ``spark-submit``); its workers need rehabcoder installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial, reduce
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pandas
import pyarrow as pa

import rehabcoder
from rehabcoder.audit.episodes import RECORD_FIELDS, VISIT_COLUMNS, visit_rows, visits_of_patient
from rehabcoder.batch.dataset import SCHEMA
from rehabcoder.batch.workers import CodesNotes, code_notes
from rehabcoder.billing.edits import day_of
from rehabcoder.exports import Columns, ExportError, Rejected
from rehabcoder.exports.formats.parquet import NOT_UTF8
from rehabcoder.exports.stream import check_columns, id_of_row, note_of
from rehabcoder.records import Note
from rehabcoder.rules.across import FindingAcross, findings
from rehabcoder.rules.across.visit_units import joined_visits

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Settings that the results depend on; the rest is the user's.
CONFIGURATION: dict[str, bool | float | int | str | None] = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": 250,  # notes that are coded together
    "spark.sql.session.timeZone": "UTC",  # a date of service is not moved by where the cluster stands
    # Without it whole numbers beside nulls become floats, and a long id loses its last digits.
    "spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype": True,
}
_QUARANTINE = pa.schema(dict.fromkeys(Rejected._fields, pa.string()))
_CODED = SCHEMA.append(pa.field("rejected", pa.struct(list(_QUARANTINE))))
_EPISODES = pa.schema(dict.fromkeys(FindingAcross._fields, pa.string()))
_OF_VISITS = {"notes": pa.list_(pa.string())} | dict.fromkeys(
    ("minutes", "units", "units_note_by_note", "billed_units"), pa.int64()
)
_VISITS = pa.schema({name: _OF_VISITS.get(name, pa.string()) for name in VISIT_COLUMNS})
#: Where in the input a row stood, and whether its texts are texts, for as long as it is a row.
_FILE, _ROW, _UTF8 = "__file", "__row", "__utf8"


class SparkFailed(RuntimeError):
    """Spark is not there or could not finish; the message names its error condition and quotes nothing."""


def run_on_spark(
    inputs: Sequence[str], out: str, columns: Columns, payer: str | None = None, since: date | None = None
) -> dict[str, Any]:
    """Codes every note of the inputs, Parquet files or folders of them, into datasets below ``out``.

    Paths are what Spark reads: local ones or those of a store. Returns ``counts`` and ``quarantine`` as in a local
    ``run.json``, and ``across_visits``: the findings by rule. Raises ExportError where an input cannot be read or lacks
    a column, SparkFailed where Spark cannot do it.
    """
    session = _session()
    from pyspark import StorageLevel
    from pyspark.sql import DataFrame

    exports = [(name, _export(session, path, name, columns)) for path, name in _named(inputs)]
    with _spark_errors():
        code = partial(code_rows, chosen=columns.chosen, payer=payer, since=since)
        coded = [export.mapInPandas(partial(code, name=name), _spark_schema(_CODED)) for name, export in exports]
        # Two datasets are made of one reading of the notes.
        both = reduce(DataFrame.unionAll, coded).persist(StorageLevel.DISK_ONLY)
        results = _written(both.where("rejected IS NULL").drop("rejected"), f"{out}/results.parquet")
        quarantine = _written(both.select("rejected.*").where("code IS NOT NULL"), f"{out}/quarantine.parquet")
        both.unpersist()
        patients = results.where("patient_id IS NOT NULL").select(*RECORD_FIELDS).groupBy("patient_id")
        episodes = _written(
            patients.applyInPandas(findings_across, _spark_schema(_EPISODES)), f"{out}/episodes.parquet"
        )
        _written(patients.applyInPandas(visits_told_by_several, _spark_schema(_VISITS)), f"{out}/visits.parquet")
        read, ok, bad = sum(export.count() for _, export in exports), results.count(), _counts(quarantine, "code")
        quarantined = sum(bad.values())
        return {
            "counts": {"in": read, "ok": ok, "quarantined": quarantined, "skipped": read - ok - quarantined},
            "quarantine": bad,
            "across_visits": _counts(episodes, "rule"),
        }


def code_rows(
    frames: Iterable[pandas.DataFrame],
    name: str,
    chosen: Mapping[str, str],
    payer: str | None = None,
    since: date | None = None,
) -> Iterator[pandas.DataFrame]:
    """Rows of the input ``name`` -> result records, or ``rejected`` where a row was set aside; a frame for a frame."""
    columns = Columns(chosen)
    for frame in frames:
        read = list(_notes(frame, name, columns))
        notes = [note for note in read if isinstance(note, Note)]
        notes = [note for note in notes if not since or (day_of(note.date_of_service) or date.max) >= since]
        results, failed = code_notes(_coder(payer), notes)
        rejected = [*(row for row in read if isinstance(row, Rejected)), *failed]
        records = [result.to_dict() for result in results] + [{"rejected": row._asdict()} for row in rejected]
        cells = [[record.get(field) for field in _CODED.names] for record in records]
        yield pandas.DataFrame(cells, columns=_CODED.names, dtype=object)


def findings_across(results: pandas.DataFrame) -> pandas.DataFrame:
    """The result records of one patient -> what is found across the visits, as in ``episodes.csv``."""
    found = findings(visits_of_patient(_records(results)))
    return pandas.DataFrame(list(found), columns=_EPISODES.names, dtype=object)


def visits_told_by_several(results: pandas.DataFrame) -> pandas.DataFrame:
    """The result records of one patient -> the visits that several notes tell, as in ``visits.csv``."""
    joined = joined_visits(visits_of_patient(_records(results)))
    rows = [row for notes, visit in joined for row in visit_rows(notes, visit)]
    return pandas.DataFrame(rows, columns=_VISITS.names, dtype=object)


@cache
def _coder(payer: str | None) -> CodesNotes:
    """The coder of this Python worker, loaded once for all tasks that it is given."""
    return rehabcoder.load(payer)


def _notes(frame: pandas.DataFrame, name: str, columns: Columns) -> Iterator[Note | Rejected]:
    """The notes of rows, or the rows set aside, as the local engine reads and names them."""
    fields_of = columns.fields_of(frame.columns)
    for row in pa.Table.from_pandas(frame, preserve_index=False).to_pylist():
        file, number = _name_of_file(row[_FILE], name), row[_ROW] + 1
        source = f"{file} row {number}"
        if row[_UTF8]:
            yield note_of(row, fields_of, source, id_of_row(file, number))
        else:
            code, message = NOT_UTF8
            yield Rejected(source, "", "reading", code, f"{source}: {message}")


def _name_of_file(place: str, name: str) -> str:
    """What a file of an input is called: as the input, or in it where the input is a folder."""
    _, folder, file = unquote(place).rpartition(f"/{PurePosixPath(name).name}/")
    return f"{name}/{file}" if folder else name


def _records(frame: pandas.DataFrame) -> list[dict[str, Any]]:
    schema = pa.schema([SCHEMA.field(name) for name in frame.columns])
    return pa.Table.from_pandas(frame, schema, preserve_index=False).to_pylist(maps_as_pydicts="strict")


def _named(inputs: Sequence[str]) -> list[tuple[str, str]]:
    """Each input with what it is called in sources: its last name, all of its path where their stems are alike."""
    paths = [path.rstrip("/") for path in dict.fromkeys(inputs)]
    alike = len({PurePosixPath(path).stem for path in paths}) < len(paths)
    return [(path, path if alike else PurePosixPath(path).name) for path in paths]


def _session() -> SparkSession:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise SparkFailed("--engine spark needs PySpark; install rehabcoder[spark]") from None
    # Spark's own default is whatever python3 is, which need not be the one with rehabcoder.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with _spark_errors():
        return SparkSession.builder.appName("rehabcoder").config(map=CONFIGURATION).getOrCreate()


def _export(session: SparkSession, path: str, name: str, columns: Columns) -> DataFrame:
    """The rows of an input, each with its place; those with a text that is not UTF-8 are marked, and it is mended.

    A Python worker cannot take such a text, and would fail with all rows beside it.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql.functions import expr

    try:
        rows = session.read.parquet(path)
        check_columns(columns, rows.columns, columns.fields_of(rows.columns), name)
        quoted = {name: f"`{name.replace('`', '``')}`" for name, kind in rows.dtypes if kind == "string"}
        good = " AND ".join(["true", *(f"coalesce(is_valid_utf8({column}), true)" for column in quoted.values())])
        places = (f"_metadata.file_path AS {_FILE}", f"_metadata.row_index AS {_ROW}", f"{good} AS {_UTF8}")
        return rows.selectExpr("*", *places).withColumns(
            {name: expr(f"make_valid_utf8({column})") for name, column in quoted.items()}
        )
    except (PySparkException, Py4JError):
        raise ExportError("unreadable-file", f"{name}: no Parquet that Spark can read") from None


def _spark_schema(schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _written(rows: DataFrame, path: str) -> DataFrame:
    """The rows as they stand at ``path``, where they took the place of what was there."""
    rows.write.mode("overwrite").parquet(path)
    return rows.sparkSession.read.schema(rows.schema).parquet(path)


def _counts(rows: DataFrame, column: str) -> dict[str, int]:
    return {row[column]: row["count"] for row in rows.groupBy(column).count().orderBy(column).collect()}


@contextmanager
def _spark_errors() -> Iterator[None]:
    """What Spark raises may hold a line of anything; its condition is a name."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        condition = error.getCondition() if isinstance(error, PySparkException) else None
        raise SparkFailed(f"Spark could not do it ({condition or type(error).__name__}); its log says why") from None

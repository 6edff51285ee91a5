"""Result records as a Parquet dataset: the schema of ``results.parquet``, and its writer.

A row is a result record (design: ``schema_version`` 1), field for field as in ``results.jsonl``, nested as there. Two
things are as Parquet wants them: parts that have names of their own (``slots``, ``necessity``, ``measures``,
``versions``) are maps, and a part that a record may lack is null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

#: Rows of a row group: some megabytes, so that memory stays flat while a dataset is written.
ROW_GROUP = 5_000

_SPAN = pa.struct({"start": pa.int64(), "end": pa.int64()})
_SPANS = pa.list_(_SPAN)
_TEXTS = pa.list_(pa.string())
_STATED = pa.list_(pa.struct({"kind": pa.string(), "start": pa.int64(), "end": pa.int64()}))
_SERVICE = pa.struct(
    {
        "id": pa.string(),
        "code": pa.string(),
        "confidence": pa.float64(),
        "candidates": pa.list_(pa.struct({"code": pa.string(), "confidence": pa.float64()})),
        "minutes": pa.int64(),
        "regions": _TEXTS,
        "techniques": _TEXTS,
        "intents": _TEXTS,
        "evidence": _SPANS,
        "slots": pa.map_(pa.string(), _SPANS),
        "furnished_by": pa.list_(pa.struct({"role": pa.string(), "minutes": pa.int64()})),
        "documented_code": pa.string(),
        "reasons": _TEXTS,
        "question": pa.string(),
        "necessity": pa.map_(pa.string(), _SPANS),
    }
)
_MODIFIER = pa.struct(
    {
        "code": pa.string(),
        "evidence": _SPANS,
        "units": pa.int64(),
        "instead": _TEXTS,
        "beside": pa.string(),
    }
)
_CLAIM_LINE = pa.struct(
    {
        "code": pa.string(),
        "minutes": pa.int64(),
        "units": pa.int64(),
        "units_ama": pa.int64(),
        "alternatives": pa.list_(pa.int64()),
        "units_at_least": pa.int64(),
        "modifiers": pa.list_(_MODIFIER),
        "services": _TEXTS,
        "arithmetic": pa.string(),
        "confidence": pa.float64(),
    }
)
_FINDING = pa.struct(
    {
        **dict.fromkeys(("rule", "severity", "message", "fix", "source"), pa.string()),
        "evidence": _SPANS,
        "services": _TEXTS,
        "confidence": pa.float64(),
        "fingerprint": pa.string(),
    }
)
_CHECK = pa.struct(
    {
        "code": pa.string(),
        "billed_units": pa.int64(),
        "supported_units": pa.int64(),
        "verdict": pa.string(),
        "documented_code": pa.string(),
        "modifiers_not_supported": _TEXTS,
        "modifiers_not_billed": _TEXTS,
    }
)
_REVIEW = pa.struct(
    {
        "needed": pa.bool_(),
        "confidence": pa.float64(),
        "reasons": pa.list_(pa.struct({"id": pa.string(), "text": pa.string()})),
    }
)
_VISIT = (
    *("note_id", "patient_id", "visit_id", "date_of_service", "note_type", "amends"),
    *("provider", "discipline", "payer", "source"),
)

SCHEMA = pa.schema(
    {
        "schema_version": pa.int64(),
        **dict.fromkeys(_VISIT, pa.string()),
        "services": pa.list_(_SERVICE),
        "not_performed": pa.list_(pa.struct({"code": pa.string(), "status": pa.string(), "evidence": _SPANS})),
        "claim_lines": pa.list_(_CLAIM_LINE),
        "primary_code": pa.string(),
        "total_timed_minutes": pa.struct({"stated": pa.int64(), "itemised": pa.int64()}),
        "total_treatment_minutes": pa.int64(),
        "objective_findings": _STATED,
        "response": _STATED,
        "functional_links": _STATED,
        "findings": pa.list_(_FINDING),
        "silent_findings": pa.list_(_FINDING),
        "claim_check": pa.list_(_CHECK),
        "review": _REVIEW,
        "sketch": pa.list_(pa.int64()),
        "measures": pa.map_(pa.string(), _TEXTS),
        "tells_progress": pa.bool_(),
        "versions": pa.map_(pa.string(), pa.string()),
    }
)


@contextmanager
def dataset_writer(path: Path) -> Iterator[Callable[[Sequence[Mapping[str, Any]]], None]]:
    """A function that takes result records, in order; the file stands at ``path`` only when all are written.

    Row groups are of one size however the records come, so the same records make the same bytes.
    """
    unfinished = path.with_name(path.name + ".tmp")
    waiting: list[pa.Table] = []
    try:
        with parquet.ParquetWriter(unfinished, SCHEMA, compression="zstd") as file:

            def write(records: Sequence[Mapping[str, Any]]) -> None:
                waiting.append(pa.Table.from_pylist(list(records), schema=SCHEMA))
                if sum(table.num_rows for table in waiting) >= ROW_GROUP:
                    rows = pa.concat_tables(waiting)
                    whole = rows.num_rows - rows.num_rows % ROW_GROUP
                    file.write_table(rows.slice(0, whole), ROW_GROUP)
                    waiting[:] = [rows.slice(whole)]

            yield write
            file.write_table(pa.concat_tables([SCHEMA.empty_table(), *waiting]), ROW_GROUP)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)

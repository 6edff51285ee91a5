"""One reading of a run's results: figures, worklist, and the riskiest notes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from rehabcoder.audit import spreadsheet, worklist
from rehabcoder.audit.summary import Tally
from rehabcoder.audit.suppressions import Suppressions


class DamagedRun(ValueError):
    """A file of a run directory that cannot be read; the message names file and line."""


@dataclass
class Survey:
    """The figures of a run (see ``Tally.summary``) and the result records of its riskiest notes, riskiest first."""

    summary: dict[str, Any]
    riskiest: list[dict[str, Any]]


def survey(results: Path, worklist_csv: Path, limit: int = 50, suppressions: Suppressions | None = None) -> Survey:
    """Reads the result records of a run once, writes the worklist, keeps the ``limit`` riskiest that have any risk.

    Suppressed findings count nowhere; ``suppressions`` knows them afterwards.

    Memory holds one small tuple a note; the worklist's rows wait on disk until their order is known. Raises DamagedRun
    where a line is no result record.
    """
    suppressions = suppressions or Suppressions()
    tally = Tally()
    ranks: list[worklist.Rank] = []
    result_ends, row_ends = array("q", [0]), array("q", [0])
    with results.open("rb") as lines, TemporaryFile("w+b", dir=worklist_csv.parent) as waiting:
        for line in lines:
            try:
                result = suppressions.applied(json.loads(line))
                tally.add(result)
                rank = worklist.rank(result, len(ranks))
                row = spreadsheet.rows([worklist.row(result)]).encode()
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                place = f"{results.name}, line {len(ranks) + 1}"
                raise DamagedRun(f"{place}: not a whole result record; run the batch again") from error
            ranks.append(rank)
            waiting.write(row)
            result_ends.append(result_ends[-1] + len(line))
            row_ends.append(row_ends[-1] + len(row))
        ranks.sort()
        with worklist_csv.open("wb") as out:
            out.write(spreadsheet.rows([worklist.COLUMNS]).encode())
            out.writelines(_pieces(waiting, row_ends, ranks))
        risky = [rank for rank in ranks[:limit] if rank.minus_risk]
        riskiest = [suppressions.applied(json.loads(line)) for line in _pieces(lines, result_ends, risky)]
    return Survey(tally.summary(), riskiest)


def _pieces(file: Any, ends: array[int], ranks: list[worklist.Rank]) -> Iterator[bytes]:
    """The pieces of a file that belong to these notes."""
    for rank in ranks:
        start, end = ends[rank.ordinal], ends[rank.ordinal + 1]
        file.seek(start)
        yield file.read(end - start)

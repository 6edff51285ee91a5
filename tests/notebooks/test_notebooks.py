"""The notebooks run from top to bottom, in their quick form, and leave the cards' plots alone."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

import run_notebooks

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted(run_notebooks.NOTEBOOKS.glob("*.ipynb"))
_LIMIT_SECONDS = 120
#: Lines of a note that are too long to stand in an output by chance.
_LONG = 50


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_in_quick_form(path, monkeypatch):
    monkeypatch.setenv("REHABCODER_SHORT", "1")
    before = plots()
    notebook = run_notebooks.run(path, timeout=_LIMIT_SECONDS)
    assert all(cell.execution_count for cell in code_cells(notebook))
    assert plots() == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_outputs_come_from_one_whole_run(path):
    cells = code_cells(nbformat.read(path, as_version=4))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_outputs_show_no_line_of_a_note(path):
    cells = code_cells(nbformat.read(path, as_version=4))
    shown = "\n".join(shown_text(output) for cell in cells for output in cell.outputs)
    assert not [line for line in note_lines() if line in shown]


def plots() -> dict[Path, int]:
    return {plot: plot.stat().st_mtime_ns for plot in (ROOT / "models").glob("*.png")}


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown_text(output: nbformat.NotebookNode) -> str:
    """What an output says in words; pictures are left out."""
    data = output.get("data", {})
    return "\n".join([output.get("text", ""), *(data.get(kind, "") for kind in ("text/plain", "text/html"))])


def note_lines() -> set[str]:
    notes = (
        line for file in (ROOT / "training_data" / "notes").glob("*.jsonl") for line in file.open(encoding="utf-8")
    )
    lines = (line.strip() for note in notes for line in json.loads(note)["text"].splitlines())
    return {line for line in lines if len(line) > _LONG}

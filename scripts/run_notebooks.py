"""Runs notebooks from top to bottom and saves their outputs.

usage: python scripts/run_notebooks.py [NOTEBOOK.ipynb ...]      (default: notebooks/*.ipynb)

Times of execution are left out, so that the same results are the same file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def run(path: Path, timeout: int | None = None) -> nbformat.NotebookNode:
    """The notebook with fresh outputs; no cell takes longer than ``timeout`` seconds.

    Raises nbclient's CellExecutionError where a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", resources=folder, record_timing=False)
    return client.execute()


def main(arguments: list[str]) -> None:
    for path in [Path(a).resolve() for a in arguments] or sorted(NOTEBOOKS.glob("*.ipynb")):
        print(path.name, flush=True)
        nbformat.write(run(path), path)


if __name__ == "__main__":
    main(sys.argv[1:])

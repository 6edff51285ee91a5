"""The progress of a run, on standard error and only where a person looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """A function to be told how many more notes are done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.completed:,.0f} notes"),
        TextColumn("{task.fields[rate]:,.0f} notes/s"),
        TimeElapsedColumn(),
    )
    # No refreshing thread: worker processes are forked while this is on.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("notes", total=None, rate=0)

        def tick(done: int) -> None:
            bar.update(task, advance=done)
            shown = bar.tasks[0]
            bar.update(task, rate=shown.completed / max(shown.elapsed or 0, 0.001))
            bar.refresh()

        yield tick

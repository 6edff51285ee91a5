"""The lock of a run directory: one command at a time writes there, or each would spoil what the other is at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without record locks: who starts two runs there has to see to it
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = "run.lock"


class InUse(ValueError):
    """Another command is writing into the directory."""


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds the lock of a directory, which is there. Raises InUse where another process holds it.

    The lock belongs to this process alone (``lockf``, not ``flock``): workers that outlive a killed run for a moment do
    not hold it. Its file stays, as one that is taken away could be locked by two.
    """
    with (directory / LOCK_FILE).open("w") as file:
        if fcntl:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InUse(f"{directory}: another command is at work there; wait for its end") from None
        yield

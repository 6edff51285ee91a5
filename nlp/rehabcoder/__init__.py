"""rehabcoder reads therapy notes: what was performed, which code, minutes and units it supports, what is at risk.

``rehabcoder.load()`` gives the coder; ``coder.suggest(text)`` a result; ``coder.pipe(notes)`` results in a stream.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehabcoder.coder import Coder

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """``rehabcoder.reading`` without an import of its own; nothing is loaded before it is asked for."""
    if name == "reading":
        return import_module("rehabcoder.reading")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(payer: str | None = None) -> Coder:
    """The coder with the trained model; ``payer`` names the profile of notes that name none themselves."""
    from rehabcoder import coder

    return coder.load(payer)

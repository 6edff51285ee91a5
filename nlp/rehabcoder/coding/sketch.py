"""Sketches: a few numbers by which two notes are compared without their text.

A sketch holds the smallest hashes of a note's runs of words, digits masked (the bottom-k sketch of Broder, 1997): the
share of the smallest hashes that two sketches have in common estimates the share of runs that the notes have in common.
Nobody reads a text out of it, though a guessed text can be held against it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

_WORD = re.compile(r"[a-z]+|\d+")
_RUN = 4
SIZE = 32


def sketch(plain: str) -> list[int]:
    """The sketch of a note in plain small letters: up to SIZE hashes, ascending; none where it is hardly a run long."""
    words = ["0" if word[0].isdigit() else word for word in _WORD.findall(plain)]
    runs = {" ".join(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}
    return sorted({zlib.crc32(run.encode()) for run in runs})[:SIZE]


def similarity(one: Sequence[int], other: Sequence[int]) -> float:
    """The estimated share of word runs that two notes have in common; 0 where either has fewer than SIZE of them."""
    if len(one) < SIZE or len(other) < SIZE:
        return 0.0
    smallest = sorted({*one, *other})[:SIZE]
    return len(set(smallest) & set(one) & set(other)) / SIZE

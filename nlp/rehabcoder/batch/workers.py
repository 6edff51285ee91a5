"""Chunks of notes to worker processes and back, in order, a bounded number at a time.

The coder is loaded and warm before the fork, so that the workers share its memory; a worker writes its part to disk
and sends back nothing but word that it is there.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any, Protocol

from rehabcoder.batch.parts import Part, Parts
from rehabcoder.exports import Rejected
from rehabcoder.records import Note, Result

#: Chunks under way for each worker: enough that none waits, few enough that memory stays flat.
AHEAD = 3


class WorkerDied(RuntimeError):
    """A worker process ended without a word; what was finished is on disk."""


class CodesNotes(Protocol):
    """What a batch needs of a coder."""

    versions: dict[str, Any]
    payer: str | None

    def pipe(self, notes: Iterable[Note]) -> Iterable[Result]: ...


@dataclass(slots=True)
class Chunk:
    """Notes that are coded together, the records rejected among them while reading, the key of their part.

    ``afresh`` asks for coding even where the part is there; ``reused`` says that an earlier run had made it,
    ``seconds`` how long it took this one.
    """

    notes: list[Note]
    rejected: list[Rejected]
    key: str
    afresh: bool = False
    reused: bool = False
    seconds: float = 0.0


_coder: CodesNotes
_parts: Parts


def code_chunks(coder: CodesNotes, parts: Parts, chunks: Iterable[Chunk], workers: int) -> Iterator[Chunk]:
    """The chunks, in order, each when its part is on disk. What is there is not coded again unless asked for."""
    global _coder, _parts  # a forked worker has no other way to what must not be pickled
    _coder, _parts = coder, parts
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        for chunk in chunks:
            chunk.reused = chunk.key in parts and not chunk.afresh
            if not chunk.reused:
                chunk.seconds = _code(chunk.key, chunk.notes)
            yield chunk
        return
    gc.collect()
    gc.freeze()
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), _end_with_parent)

    def start(chunk: Chunk) -> Future[float] | None:
        chunk.reused = chunk.key in parts and not chunk.afresh
        return None if chunk.reused else pool.submit(_code, chunk.key, chunk.notes)

    try:
        pool.submit(int).result()  # forks now, before anything starts a thread
        yield from _in_order(chunks, start, workers * AHEAD)
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """In a worker: the parent handles an interrupt; a parent that was killed takes its workers with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _in_order(chunks: Iterable[Chunk], start: Callable[[Chunk], Future[float] | None], ahead: int) -> Iterator[Chunk]:
    under_way: deque[tuple[Chunk, Future[float] | None]] = deque()
    for chunk in chunks:
        under_way.append((chunk, start(chunk)))
        if len(under_way) >= ahead:
            yield _finished(*under_way.popleft())
    while under_way:
        yield _finished(*under_way.popleft())


def _finished(chunk: Chunk, work: Future[float] | None) -> Chunk:
    if work is not None:
        try:
            chunk.seconds = work.result()
        except BrokenProcessPool:
            raise WorkerDied("a worker process died (out of memory?); the same command goes on from there") from None
    return chunk


def _code(key: str, notes: Sequence[Note]) -> float:
    """Codes a chunk and writes its part. Seconds."""
    started = time.monotonic()
    _parts.write(key, Part.of(*code_notes(_coder, notes), _parts.keep_text))
    return time.monotonic() - started


def code_notes(coder: CodesNotes, notes: Sequence[Note]) -> tuple[list[Result], list[Rejected]]:
    """The results of notes, in order; a note that the coder fails on is set aside, the others go on."""
    results: list[Result] = []
    rejected: list[Rejected] = []
    try:
        results.extend(coder.pipe(notes))
    except Exception:
        results.clear()
        for note in notes:
            try:
                results.extend(coder.pipe([note]))
            except Exception as error:
                rejected.append(_failed(note, error))
    return results, rejected


def _failed(note: Note, error: Exception) -> Rejected:
    """Only the class of the error is told: its message may quote the note."""
    source = note.source or note.note_id
    return Rejected(source, note.note_id, "coding", "coder-error", f"{source}: {type(error).__name__} while coding")

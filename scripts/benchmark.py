"""How fast the whole line is, beside the tokenizer of a stock spaCy pipeline, on the same notes in the same run.

usage: python scripts/benchmark.py [--notes 2000] [--rounds 3] [--stages]
       python scripts/benchmark.py --memory [--notes 100000]

One process, one core. Every round has notes of its own (gold notes of training_data/ with other numbers and names, no
text twice), a fresh tokenizer and a fresh coder, so nothing is warm that a first run would not have warm. The ratio
is whole line / tokenizer alone, median of the rounds. Ratios can be compared between machines, notes a second cannot.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import spacy  # noqa: E402

import rehabcoder  # noqa: E402

NOTES = Path(__file__).resolve().parent.parent / "training_data" / "notes"
_FEW = 1000
#: Numbers of up to three digits (a code keeps its five) and names as signatures write them.
_NUMBER = re.compile(r"(?<!\d)\d{1,3}(?!\d)")
_NAME = re.compile(r"\b[A-Z]\. [A-Z][a-z]{2,}\b")
_SYLLABLES = ("ba", "del", "fer", "gan", "hol", "ker", "lin", "mar", "nov", "per", "ros", "sten", "tor", "vel", "wick")


def gold_texts() -> list[str]:
    """The texts of the gold notes."""
    files = sorted(NOTES.glob("*.jsonl"))
    return [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]


def unique_notes(seed: int) -> Iterator[str]:
    """Without end: gold notes with other numbers and names, none of them twice."""
    texts, draw, seen = gold_texts(), random.Random(seed), set()
    if not texts:
        sys.exit(f"there are no notes in {NOTES}")
    while True:
        text = _NUMBER.sub(lambda number: _number_like(number.group(), draw), draw.choice(texts))
        text = _NAME.sub(lambda _: f"{draw.choice('ABCDEFGHJKLM')}. {_surname(draw)}", text)
        if hash(text) not in seen:
            seen.add(hash(text))
            yield text


def first(notes: Iterator[str], count: int) -> list[str]:
    return [next(notes) for _ in range(count)]


def _number_like(digits: str, draw: random.Random) -> str:
    smallest = 10 ** (len(digits) - 1)
    return str(draw.randint(smallest, 10 * smallest - 1))


def _surname(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize()


def tokenizer_alone(texts: list[str]) -> float:
    """Seconds that a stock tokenizer takes."""
    nlp = spacy.blank("en")
    return timed(lambda: sum(len(doc) for doc in nlp.pipe(texts)))


def whole_line(texts: Iterable[str]) -> float:
    """Seconds from text to JSON, the model already loaded."""
    coder = rehabcoder.load()
    return timed(lambda: sum(len(json.dumps(result.to_dict())) for result in coder.pipe(texts)))


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(count: int, rounds: int) -> None:
    """Print speed and ratio; the two are timed in turn, the order changing from round to round."""
    notes = unique_notes(seed=1)
    ratios, speeds, words_a_second = [], [], []
    for number in range(rounds):
        texts = first(notes, count)
        words = sum(len(text.split()) for text in texts)
        if number % 2:
            line, tokens = whole_line(texts), tokenizer_alone(texts)
        else:
            tokens, line = tokenizer_alone(texts), whole_line(texts)
        ratios.append(line / tokens)
        speeds.append(count / line)
        words_a_second.append(words / line)
        print(f"round {number + 1}: tokenizer alone {tokens:.2f} s, whole line {line:.2f} s, ratio {line / tokens:.2f}")
    lines = Counter(line for text in texts for line in text.splitlines() if line.strip())
    once = sum(n for n in lines.values() if n == 1) / sum(lines.values())
    print(f"notes a round   {count} unique texts, {words / count:.0f} words each, {once:.0%} of lines seen once")
    print(f"whole line      {median(speeds):.0f} notes/s, {median(words_a_second):.0f} words/s")
    print(f"ratio           {median(ratios):.2f} times the stock tokenizer alone (median of {rounds})")
    print(f"peak memory     {peak_megabytes():.0f} MB")


def stages(count: int) -> None:
    """Print the share of each stage, in a run of its own since watching costs time too."""
    from rehabcoder import coder as line
    from rehabcoder.records import Result

    coder = rehabcoder.load()
    spent: Counter[str] = Counter()
    watched = [
        *((type(component), "__call__", f"reading: {name}") for name, component in coder.nlp.pipeline),
        (type(coder.nlp.tokenizer), "__call__", "reading: tokens"),
        (line, "charts", "coding"),
        (line, "bill", "billing"),
        (line, "claim_check", "billing"),
        (line.registry, "findings", "rules"),
        (line, "review", "review"),
        (Result, "to_dict", "record"),
        (json, "dumps", "json"),
    ]
    with ExitStack() as watches:
        for owner, name, stage in watched:
            watches.enter_context(patch.object(owner, name, _watched(getattr(owner, name), stage, spent)))
        texts = first(unique_notes(seed=2), count)
        whole = timed(lambda: [json.dumps(result.to_dict()) for result in coder.pipe(texts)])
    spent["everything else"] = whole - sum(spent.values())  # type: ignore[assignment]
    for stage, seconds in spent.most_common():
        print(f"{stage:28s} {seconds / whole:6.1%}")


def _watched(work: Callable[..., Any], stage: str, spent: Counter[str]) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*args, **options)
        finally:
            spent[stage] += time.perf_counter() - start  # type: ignore[assignment]

    return watched


def memory(count: int) -> None:
    """Print the peak after few and after many streamed notes: flat means that nothing is kept."""
    coder, notes = rehabcoder.load(), unique_notes(seed=3)
    done = 0
    for upto in (min(_FEW, count), count):
        texts = (next(notes) for _ in range(upto - done))
        for result in coder.pipe(texts):
            json.dumps(result.to_dict())
        done = upto
        print(f"peak memory after {done:>7} notes: {peak_megabytes():.0f} MB", flush=True)


def peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--notes", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stages", action="store_true", help="also print the share of each stage")
    parser.add_argument("--memory", action="store_true", help="print peak memory instead of speed")
    options = parser.parse_args()
    if options.memory:
        memory(options.notes)
        return
    compare(options.notes, options.rounds)
    if options.stages:
        stages(options.notes)


if __name__ == "__main__":
    main()

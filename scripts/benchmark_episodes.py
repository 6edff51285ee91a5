"""The rules across visits on a made-up stream: what was planted and found, what else was told, time, memory.

usage: python scripts/benchmark_episodes.py [--visits 200000] [--patients 12000]

Result records are made without the note model: texts are drawn from words in an order of their own, a few of them
copies of the patient's last note with other numbers (clones), a few patients get massage for weeks without a taper, and
a few stand still in all their figures (plateaus). Look-alikes of those, a third of the patients each: one figure stands
still while another moves every third visit; or all stand still, and every fifth visit tells a change in words.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rehabcoder.audit.episodes import write_episodes
from rehabcoder.coding.sketch import sketch

PLANTED = ("cloned-note", "prolonged-massage", "no-progress")
#: Visits and days by which a plateau is to be told (rules/across/thresholds.toml, the default).
_PLATEAU_VISITS, _PLATEAU_DAYS = 6, 14
_SYLLABLES = [a + b for a in "b c d f g h k l m n p r s t v".split() for b in "a e i o u".split()]
_HEADINGS = "subjective objective treatment assessment plan see again next week as scheduled "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=200_000)
    parser.add_argument("--patients", type=int, default=12_000)
    options = parser.parse_args()
    planted: dict[str, set[str]] = {rule: set() for rule in PLANTED}
    with TemporaryDirectory() as folder:
        results, episodes = Path(folder) / "results.jsonl", Path(folder) / "episodes.csv"
        with results.open("w", encoding="utf-8") as out:
            for record in stream(options.visits, options.patients, planted):
                out.write(json.dumps(record) + "\n")
        start = time.perf_counter()
        write_episodes(results, episodes)
        seconds = time.perf_counter() - start
        with episodes.open(encoding="utf-8") as rows:
            found: dict[str, set[str]] = {}
            for row in csv.DictReader(rows):
                found.setdefault(row["rule"], set()).add(row["note_id"])
    print(f"{options.visits:,} visits of {options.patients:,} patients in {seconds:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    for rule in sorted({*planted, *found}):
        notes, told = planted.get(rule, set()), found.get(rule, set())
        others = len(told - notes)
        share = 1000 * others / options.visits
        print(f"{rule}: {len(notes)} planted, {len(notes & told)} found, {others} others told ({share:.2f} in 1,000)")


def stream(visits: int, patients: int, planted: dict[str, set[str]]) -> Iterator[dict[str, Any]]:
    """Result records in no order of patients; the notes that should be told are added to ``planted``."""
    draw = random.Random(20240304)
    each = max(1, visits // patients)
    records: list[dict[str, Any]] = []
    for patient in range(patients):
        records += _patient(f"P{patient:06}", each, draw, planted)
        if len(records) > 20_000:
            draw.shuffle(records)
            yield from records
            records.clear()
    yield from records


def _patient(name: str, visits: int, draw: random.Random, planted: dict[str, set[str]]) -> list[dict[str, Any]]:
    prolonged = draw.random() < 0.02
    course = draw.choices(("still", "one moves", "told in words", "random"), (2, 33, 33, 32))[0]
    pain, rotation = draw.randrange(1, 10), draw.randrange(20, 60)
    day, text = date(2024, 1, 1) + timedelta(draw.randrange(60)), ""
    out: list[dict[str, Any]] = []
    for n in range(visits):
        note = f"{name}-{n:02}"
        if n and draw.random() < 0.01:
            planted["cloned-note"].add(note)
        else:
            text = _HEADINGS + " ".join("".join(draw.choices(_SYLLABLES, k=3)) for _ in range(80))
        units = {"97110": draw.choice([1, 2])}
        if prolonged:
            units["97124"] = 1
        if course == "random":
            pain, rotation = draw.randrange(10), draw.randrange(90)
        elif course == "one moves" and n % 3 == 0:
            rotation += 2
        record = _record(note, name, day, f"{text} pain {pain} rotation {rotation}", units)
        record["measures"] = {"pain": [f"{pain}/10"], "rotation": [f"r{rotation}"]}
        record["tells_progress"] = course == "told in words" and n % 5 == 4
        out.append(record)
        day += timedelta(draw.choice([2, 3, 4]))
    if prolonged and (day - date.fromisoformat(out[0]["date_of_service"])).days > 35:
        planted["prolonged-massage"].add(out[-1]["note_id"])
    if course == "still":
        planted["no-progress"].update(_told_at(out))
    return out


def _told_at(plateau: list[dict[str, Any]]) -> list[str]:
    """The first visit of a plateau that makes it long enough; none where it is too short."""
    first = date.fromisoformat(plateau[0]["date_of_service"])
    days = [(date.fromisoformat(record["date_of_service"]) - first).days for record in plateau]
    long_enough = [n for n, day in enumerate(days) if n + 1 >= _PLATEAU_VISITS and day >= _PLATEAU_DAYS]
    return [plateau[n]["note_id"] for n in long_enough[:1]]


def _record(note: str, patient: str, day: date, text: str, units: Counter[str] | dict[str, int]) -> dict[str, Any]:
    return {
        "note_id": note,
        "patient_id": patient,
        "date_of_service": day.isoformat(),
        "source": None,
        "provider": None,
        "note_type": None,
        "amends": None,
        "versions": {"profile": "generic"},
        "claim_lines": [{"code": code, "units": n, "minutes": 15 * n} for code, n in units.items()],
        "sketch": sketch(text),
        "visit_id": None,
        "discipline": "PT",
        "claim_check": [],
    }


if __name__ == "__main__":
    main()

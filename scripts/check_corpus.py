"""Check the gold notes of training_data/ against the annotation guide's format.

usage: python scripts/check_corpus.py [FILE.jsonl ...]      (default: training_data/notes/*.jsonl)

Every quote stands in its note exactly, every word is of the closed vocabulary, units recompute from the minutes,
findings that follow from the gold itself (missing-minutes, missing-region, massage-standalone ...) agree with it,
ids are unique and a group stays within one voice. Prints one line a problem and exits 1 if there is any.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rehabcoder import vocabulary as words

ROOT = Path(__file__).resolve().parent.parent
MODALITIES = {"97010", "97012", "97016", "97018", "97022", "97032", "97033", "97035", "G0283", "97014", "none"}
NOTE_KEYS = {
    *("id", "text", "billed", "services", "not_performed", "says", "total_timed_minutes", "total_treatment_minutes"),
    *("units", "flags", "why", "voice", "setting", "group", "discipline", "payer"),
}
SERVICE_KEYS = {"code", "accept", "minutes", "regions", "techniques", "intents", "quote", "quotes"}


def minutes_by_code(services: list[dict]) -> dict[str, int | None]:
    """Timed code -> minutes over the visit, None where one service of it states none."""
    out: dict[str, int | None] = {}
    for s in services:
        if s["code"] in words.TIMED_CODES:
            before = out.get(s["code"], 0)
            out[s["code"]] = None if before is None or s["minutes"] is None else before + s["minutes"]
    return out


def cms_units(minutes: dict[str, int]) -> dict[str, int]:
    """Units by the CMS rule (Pub. 100-04 ch. 5 s. 20.2.C); ties go to the code named first."""
    units = {c: m // 15 for c, m in minutes.items()}
    left = (sum(minutes.values()) + 7) // 15 - sum(units.values())
    for c in sorted(minutes, key=lambda c: -(minutes[c] % 15))[:left]:
        units[c] += 1
    return {c: u for c, u in units.items() if u}


def gold_units(services: list[dict]) -> dict[str, int] | None:
    minutes = minutes_by_code(services)
    known = {c: m for c, m in minutes.items() if m is not None}
    return cms_units(known) if len(known) == len(minutes) else None


def problems(note: dict) -> Iterator[str]:
    """What is wrong with one gold note, one sentence each."""
    text = note["text"]
    for key in sorted(set(note) - NOTE_KEYS):
        yield f"unknown field {key}"
    for s in note["services"]:
        yield from service_problems(s, text)
    for m in note["not_performed"]:
        if m["status"] not in words.STATUSES[1:]:
            yield f"unknown status {m['status']}"
        if m["code"] not in words.CODES:
            yield f"unknown code {m['code']} in not_performed"
        yield from quote_problems(m["quotes"], text, "not_performed")
    for saying, quotes in note["says"].items():
        if saying not in words.SAYINGS:
            yield f"unknown saying {saying}"
        yield from quote_problems(quotes, text, f"says.{saying}", needed=False)
    for flag in set(note["flags"]) - set(words.NOTE_FINDINGS):
        yield f"unknown flag {flag}"
    if note["units"] != gold_units(note["services"]):
        yield f"units are {note['units']} but the minutes give {gold_units(note['services'])}"
    yield from flag_problems(note)


def service_problems(s: dict, text: str) -> Iterator[str]:
    for key in sorted(set(s) - SERVICE_KEYS):
        yield f"unknown service field {key}"
    for code in [s["code"], *s["accept"]]:
        if code not in words.CODES:
            yield f"unknown code {code}"
    if s["minutes"] is not None and not (isinstance(s["minutes"], int) and 0 < s["minutes"] <= 240):
        yield f"minutes {s['minutes']!r} of {s['code']}"
    for region in s["regions"]:
        name, _, side = region.partition(":")
        if name not in words.REGIONS or (side and side not in words.SIDES):
            yield f"unknown region {region}"
    for t in s["techniques"]:
        if t not in words.TECHNIQUES:
            yield f"unknown technique {t}"
    for i in s["intents"]:
        if i not in words.INTENTS:
            yield f"unknown intent {i}"
    if s["quote"] != s["quotes"][0]:
        yield "quote is not the first of quotes"
    yield from quote_problems(s["quotes"], text, s["code"])


def quote_problems(quotes: list[str], text: str, where: str, needed: bool = True) -> Iterator[str]:
    if needed and not quotes:
        yield f"{where}: no quote"
    for q in quotes:
        if not q or q not in text:
            yield f"{where}: not a substring: {q[:60]!r}"


def flag_problems(note: dict) -> Iterator[str]:
    """Flags that the gold's own services decide."""
    flags, services = set(note["flags"]), note["services"]
    codes = {s["code"] for s in services}
    decided = {
        "missing-minutes": any(s["code"] in words.TIMED_CODES and s["minutes"] is None for s in services),
        "missing-region": any(s["code"] in ("97124", "97140") and not s["regions"] for s in services),
        "massage-standalone": "97124" in codes and not codes - {"97124"} - MODALITIES,
    }
    for flag, want in decided.items():
        if (flag in flags) != want:
            yield f"flag {flag} is {'raised' if flag in flags else 'not raised'} but the services say otherwise"
    if "massage-manual-overlap" in flags and not {"97124", "97140"} <= codes:
        yield "massage-manual-overlap without both codes"
    if "cmt-same-region" in flags and not codes & set(words.CMT_CODES):
        yield "cmt-same-region without a manipulation"
    if "no-exercise-detail" in flags and "97110" not in codes:
        yield "no-exercise-detail without 97110"


def load(paths: list[Path]) -> Iterator[tuple[Path, int, dict]]:
    for path in paths:
        for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                yield path, row, json.loads(line)


def main(arguments: list[str]) -> int:
    paths = [Path(a) for a in arguments] or sorted((ROOT / "training_data" / "notes").glob("*.jsonl"))
    seen: Counter[str] = Counter()
    voice_of: dict[str, str] = {}
    bad = 0
    for path, row, note in load(paths):
        seen[note["id"]] += 1
        found = list(problems(note))
        if seen[note["id"]] > 1:
            found.append("id is not unique")
        if voice_of.setdefault(note["group"], note["voice"]) != note["voice"]:
            found.append(f"group {note['group']} straddles voices")
        for text in found:
            print(f"{path.name}:{row} {note['id']}: {text}")
        bad += len(found)
    print(f"{sum(seen.values())} notes, {bad} problems")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Make demo/export.csv from the gold notes of training_data/: an export as a clinic group would hand it over.

usage: python scripts/make_demo_export.py [OUT.csv]      (default: demo/export.csv)

Patients, providers and dates are made up with a fixed seed, so the file is the same in every run. A patient has three
to six visits in one style of note. The billed lines are those that the gold supports; in about a fifth of the visits
an error is planted: units over what is supported, the wrong code, or a code left off the claim.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

from rehabcoder.exports import read
from rehabcoder.vocabulary import TIMED_CODES

ROOT = Path(__file__).resolve().parent.parent
SEED = 97124
NOTES_A_VOICE = 5
ERROR_SHARE = 0.2
COLUMNS = (
    "Note ID",
    "Visit ID",
    "Patient ID",
    "Date of Service",
    "Provider",
    "Credentials",
    "Discipline",
    "Setting",
    "Payer",
) + (
    "Billed",
    "Note Text",
)
CREDENTIALS = {"PT": "PT, DPT", "OT": "OTR/L", "DC": "DC", "LMT": "LMT"}
DISCIPLINE_MODIFIER = {"PT": "GP", "OT": "GO"}
CONFUSED = {"97124": "97140", "97140": "97124", "97110": "97530", "97530": "97110"}
NEVER_BILLED = {"none", "97010"}

Claim = dict[str, int]


def gold_notes() -> Iterator[dict]:
    """The gold notes of therapists, voice by voice, those of one payer and discipline together."""
    for path in sorted((ROOT / "training_data" / "notes").glob("*.jsonl")):
        notes = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        notes = [note for note in notes if note["discipline"] in CREDENTIALS]
        notes.sort(key=lambda note: (note["voice"], note["payer"] or "", note["discipline"], note["id"]))
        for _, voice in groupby(notes, key=lambda note: note["voice"]):
            yield from list(voice)[:NOTES_A_VOICE]


def supported_claim(note: dict) -> Claim:
    """Code -> units as the gold supports them; a service without minutes was billed with one unit."""
    codes = dict.fromkeys(service["code"] for service in note["services"] if service["code"] not in NEVER_BILLED)
    timed = {code: units for code, units in (note["units"] or {}).items() if units}
    known = note["units"] is not None
    return {code: timed.get(code, 1) for code in codes if code in timed or code not in TIMED_CODES or not known}


def with_error(claim: Claim, random: Random) -> Claim:
    """The claim with one planted error of a kind that it can have."""
    kinds = ["over", "over"]
    kinds += ["wrong"] * any(code in CONFUSED and CONFUSED[code] not in claim for code in claim)
    kinds += ["missing"] * (len(claim) > 1)
    kind = random.choice(kinds)
    wrong = [code for code in claim if kind != "wrong" or (code in CONFUSED and CONFUSED[code] not in claim)]
    target = random.choice(wrong)
    if kind == "over":
        return {**claim, target: claim[target] + random.choice((1, 1, 2))}
    if kind == "wrong":
        return {CONFUSED[code] if code == target else code: units for code, units in claim.items()}
    return {code: units for code, units in claim.items() if code != target}


def billed_text(claim: Claim, discipline: str) -> str:
    """``97124x2-GP-59; 97110x1-GP``."""
    lines = []
    for code, units in claim.items():
        modifiers = [DISCIPLINE_MODIFIER[discipline]] if discipline in DISCIPLINE_MODIFIER else []
        modifiers += ["59"] if code == "97124" and "97140" in claim else []
        lines.append("-".join([f"{code}x{units}", *modifiers]))
    return "; ".join(lines)


def visits(random: Random) -> Iterator[dict[str, str]]:
    """The rows of the export, patient by patient."""
    patient = left = 0
    day = date(2025, 1, 6)
    voice = None
    for number, note in enumerate(gold_notes(), start=1):
        if left == 0 or note["voice"] != voice:
            patient, left, voice = patient + 1, random.randint(3, 6), note["voice"]
            day = date(2025, 1, 6) + timedelta(days=random.randrange(120))
        left -= 1
        day += timedelta(days=random.choice((2, 2, 3, 5)))
        claim = supported_claim(note)
        if claim and random.random() < ERROR_SHARE:
            claim = with_error(claim, random)
        discipline = note["discipline"]
        yield {
            "Note ID": f"N{number:05}",
            "Visit ID": f"V{number:05}",
            "Patient ID": f"P{patient:04}",
            "Date of Service": day.strftime("%m/%d/%Y"),
            "Provider": f"{discipline}-{1 + patient % 4}",
            "Credentials": CREDENTIALS.get(discipline, discipline),
            "Discipline": discipline,
            "Setting": note["setting"],
            "Payer": note["payer"],
            "Billed": billed_text(claim, discipline),
            "Note Text": note["text"],
        }


def main(out: Path) -> None:
    rows = sorted(visits(Random(SEED)), key=lambda row: (row["Date of Service"], row["Visit ID"]))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    readable = sum(1 for _ in read(out))
    print(f"{readable} visits of {len({row['Patient ID'] for row in rows})} patients")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo" / "export.csv")

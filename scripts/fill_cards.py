"""Puts the figures of files into the cards, models/README.md and training_data/README.md.

usage: python scripts/fill_cards.py [--cv out/cv]

A card has places, from ``<!-- figures: NAME -->`` to ``<!-- end -->``; what stands between is replaced by a table made
from the notes, the model's manifest and the CSV files that the other scripts write. The places about whole notes come
from the last `make evaluate`; where there is none they stay as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rehabcoder.coding.train import notes_in
from rehabcoder.evaluation import Figures, evaluate
from rehabcoder.vocabulary import NOTE_FINDINGS, STATUSES

ROOT = Path(__file__).resolve().parent.parent
DATA, MODELS = ROOT / "training_data", ROOT / "models"
_FIRST_LOOK = ("code_macro_f1", "minutes_exact", "units_exact", "not_performed_kept_out", "flags_micro_f1")
_MECHANISMS = ("code_set_exact", "minutes_exact", "units_exact", "not_performed_kept_out", "flags_micro_f1")
_WORST = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cv", type=Path, default=ROOT / "out" / "cv")
    options = parser.parse_args()
    gold = list(notes_in(DATA / "notes"))
    fill(DATA / "README.md", {**corpus(gold), "agreement": agreement()})
    places = {"model": manifest(), "comparison": comparison(), "first-looks": first_looks(), "mechanisms": mechanisms()}
    if (options.cv / "results.jsonl").exists():
        places |= cross_validation(evaluate(records(options.cv / "gold.jsonl"), records(options.cv / "results.jsonl")))
    fill(MODELS / "README.md", places)


def fill(card: Path, places: dict[str, str]) -> None:
    """Replace what stands in a card's places. Raises ValueError where the card has no place of a name."""
    text = card.read_text(encoding="utf-8")
    for name, content in places.items():
        before, start, rest = text.partition(f"<!-- figures: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not start or not end:
            raise ValueError(f"{card} has no place for the figures {name}")
        text = f"{before}{start}{content}\n{end}{after}"
    card.write_text(text, encoding="utf-8")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], text: int = 1) -> str:
    """A Markdown table; the first ``text`` columns are words, the others figures."""
    lines = [columns, [*["---"] * text, *["---:"] * (len(columns) - text)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


# -- the dataset card -------------------------------------------------------------------------------------------------


def corpus(gold: list[dict[str, Any]]) -> dict[str, str]:
    """Counts of the gold notes: in all, a discipline, a voice with its settings, a code and status, a finding."""
    notes = pd.DataFrame(gold)
    notes["words"] = [len(text.split()) for text in notes["text"]]
    notes["discipline"] = notes["discipline"].fillna("none")
    voices = [
        (name, " · ".join(dict.fromkeys(of["setting"])), "/".join(sorted(set(of["discipline"]))), *sizes(of))
        for name, of in notes.groupby("voice")
    ]
    disciplines = [(name, of["voice"].nunique(), *sizes(of)) for name, of in notes.groupby("discipline")]
    disciplines.append(("all", notes["voice"].nunique(), *sizes(notes)))
    raised = {name: [note["voice"] for note in gold if name in note["flags"]] for name in NOTE_FINDINGS}
    findings = [(name, len(of), len(set(of))) for name, of in raised.items()]
    size = ("notes", "words (median)")
    return {
        "disciplines": table(("discipline", "voices", *size), disciplines),
        "voices": table(("voice", "settings, in the author's words", "disciplines", *size), voices, text=3),
        "codes": codes(gold),
        "findings": table(("finding", "notes", "voices"), findings),
    }


def sizes(notes: pd.DataFrame) -> tuple[int, str]:
    """How many notes, and how many words the middle one has."""
    return len(notes), f"{notes['words'].median():.0f}"


def codes(gold: list[dict[str, Any]]) -> str:
    mentions = pd.DataFrame(
        [
            {"voice": note["voice"], "code": each["code"], "status": each.get("status", "performed")}
            for note in gold
            for each in (*note["services"], *note["not_performed"])
        ]
    )
    counts = pd.crosstab(mentions["code"], mentions["status"]).reindex(columns=STATUSES, fill_value=0)
    counts["voices"] = mentions.groupby("code")["voice"].nunique()
    counts = counts.sort_values("performed", ascending=False)
    return table(("code", *counts.columns), [(code, *row) for code, *row in counts.itertuples()])


def agreement() -> str:
    figures = pd.read_csv(DATA / "agreement.csv").to_dict("records")
    rows = [
        (f["figure"], decimal(f["value"]), interval(f["low"], f["high"]), f["n"], decimal(f["kappa"])) for f in figures
    ]
    return table(("figure", "agreement", "95 %", "cases", "kappa"), rows)


def decimal(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2f}"


def interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{low:.2f} to {high:.2f}"


# -- the model card ---------------------------------------------------------------------------------------------------


def manifest() -> str:
    facts = json.loads((MODELS / "manifest.json").read_text(encoding="utf-8"))
    temperatures = ", ".join(f"{head} {t:g}" for head, t in facts["temperatures"].items() if t != 1)
    rows = [
        ("version", facts["version"]),
        ("notes", facts["data"]["notes"]),
        ("voices", facts["data"]["voices"]),
        ("statements", facts["statements"]),
        ("times", facts["times"]),
        ("features", facts["features"]),
        ("classes of code", len(facts["classes"])),
        ("temperatures", temperatures),
    ]
    return table(("of the shipped model", ""), rows)


def comparison() -> str:
    models = pd.read_csv(DATA / "model_comparison.csv").to_dict("records")
    rows = [
        (
            of["model"],
            of["worst_voices"],
            f"{of['macro_f1']:.3f} ± {of['macro_f1_spread']:.3f}",
            f"{of['accuracy']:.3f} ± {of['accuracy_spread']:.3f}",
            decimal(of["ms_a_note"]),
        )
        for of in models
    ]
    return table(("model", "worst voices (macro F1)", "macro F1", "accuracy", "ms a note"), rows, text=2)


def first_looks() -> str:
    path = DATA / "first_look.csv"
    if not path.exists():
        return "No first look has been taken yet."
    looks = pd.read_csv(path, dtype={"commit": str}).to_dict("records")
    rows = [
        (
            f"{look['set']}, {look['date']}",
            look["commit"][:8],
            look["notes"],
            f"{look['code_set_exact']:.2f} ({interval(look['code_set_exact_low'], look['code_set_exact_high'])})",
            *(f"{look[name]:.2f}" for name in _FIRST_LOOK),
        )
        for look in looks
    ]
    return table(("set", "commit", "notes", "code_set_exact", *_FIRST_LOOK), rows, text=2)


def mechanisms() -> str:
    """What the figures are with each mechanism of reading switched off."""
    rows = pd.read_csv(DATA / "switched_off.csv").to_dict("records")
    return table(
        ("switched off", *_MECHANISMS), [(row["off"], *(f"{row[name]:.3f}" for name in _MECHANISMS)) for row in rows]
    )


def cross_validation(figures: Figures) -> dict[str, str]:
    """Figures of whole notes, beside those of a second annotator; findings; the voices read worst."""
    people = pd.read_csv(DATA / "agreement.csv", index_col="figure")["value"]
    scores = [
        (name, f"{f.value:.3f}", interval(f.low, f.high), f.n, f"{people[name]:.3f}" if name in people.index else "")
        for name, f in figures.scores.items()
    ]
    of_rule = [
        (rule, *(f"{of[name]:.2f}" for name in ("precision", "recall", "f1")), f"{of['n']:g}")
        for rule, of in figures.per_rule.items()
    ]
    worst = sorted(figures.by_voice.items(), key=lambda item: item[1]["code_set_exact"].value)[:_WORST]
    of_voice = [
        (v, f"{s['code_set_exact'].value:.2f}", f"{s['code_macro_f1'].value:.2f}", s["code_set_exact"].n)
        for v, s in worst
    ]
    return {
        "notes": table(("figure", "value", "95 %", "cases", "second annotator"), scores),
        "findings": table(("finding", "precision", "recall", "F1", "cases"), of_rule),
        "worst-voices": table(("voice", "code_set_exact", "code_macro_f1", "notes"), of_voice),
    }


if __name__ == "__main__":
    main()

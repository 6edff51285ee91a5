"""Result records against gold notes: figures with intervals, calibration, and every miss with its words.

How things match is the annotation guide's and the shared scorer's convention:

- codes: target codes as sets a note. A gold service is met by its code or by an accepted one; a predicted target code
  that meets no gold service is extra.
- minutes: added up a code, unknown where one service has none; compared where both sides have the code.
- units: target codes of a note whose gold has units; every allocation that the CMS rule allows is right.
- regions and techniques: sets a code and note, hands-on codes only; intents: all target codes.
- findings: sets a note, of the eighteen in the guide.
- kept out: a gold mention that was not performed is no evidence of a performed service of its code.

A figure comes from counts that add up over notes, so the same function serves the whole, one voice and a resample.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rehabcoder.billing.units import cms
from rehabcoder.vocabulary import NOTE_FINDINGS, TARGET_CODES, TIMED_CODES

HANDS_ON = ("97124", "97140")
MISS_KINDS = ("codes", "minutes", "units", "regions", "techniques", "intents", "leaks", "evidence", "flags")
#: Timed codes that the gold's pool of minutes leaves out, as the shared scorer does.
_UNPOOLED = frozenset(("97034", "97036", "97537", "97755", "97761", "97763"))
_BINS = 10
_SURE = 0.9
_RESAMPLES = 200
_Z = 1.959964  # two-sided 95 %

Record = Mapping[str, Any]


class Figure(NamedTuple):
    """A value, the number of cases behind it, and its 95 % interval.

    Shares have Wilson's interval, everything else that of a bootstrap over notes.
    """

    value: float
    n: int
    low: float
    high: float


class Bin(NamedTuple):
    """Services whose confidence lies in one tenth: how many, how sure on average, and the share that was right."""

    low: float
    n: int
    confidence: float
    right: float


class Miss(NamedTuple):
    """One difference from gold; ``about`` is the code or rule, ``words`` the pieces of the note it rests on."""

    kind: str
    note_id: str
    about: str
    gold: str
    got: str
    words: tuple[str, ...]


@dataclass(slots=True)
class Figures:
    """What an evaluation found. ``by_voice`` and ``by_setting`` are empty where gold names none."""

    notes: int
    missing_results: int
    scores: dict[str, Figure]
    per_rule: dict[str, dict[str, float]]
    by_voice: dict[str, dict[str, Figure]]
    by_setting: dict[str, dict[str, Figure]]
    log_loss: float | None
    reliability: list[Bin]
    misses: list[Miss]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON; without the misses, which hold words of the notes."""
        return {
            "notes": self.notes,
            "missing_results": self.missing_results,
            "scores": _dicts(self.scores),
            "per_rule": self.per_rule,
            "by_voice": {voice: _dicts(scores) for voice, scores in self.by_voice.items()},
            "by_setting": {setting: _dicts(scores) for setting, scores in self.by_setting.items()},
            "log_loss": self.log_loss,
            "reliability": [tenth._asdict() for tenth in self.reliability],
        }


def _dicts(scores: dict[str, Figure]) -> dict[str, dict[str, float]]:
    return {name: figure._asdict() for name, figure in scores.items()}


def evaluate(gold: list[dict[str, Any]], results: Iterable[Record]) -> Figures:
    """Figures of result records (design.md section 3) against gold notes (annotation guide section 7), met by id.

    A gold note without a result counts as one in which nothing was read. Raises ValueError where there is no gold.
    """
    if not gold:
        raise ValueError("there are no gold notes to evaluate against")
    by_id = {result["note_id"]: result for result in results}
    compared = [compare(note, by_id.get(note["id"], {})) for note in gold]
    confidences = [pair for comparison in compared for pair in comparison.confidences]
    total = _total(compared)
    return Figures(
        notes=len(gold),
        missing_results=sum(note["id"] not in by_id for note in gold),
        scores=_with_intervals(compared),
        per_rule={rule: _rule_figures(total, rule) for rule in NOTE_FINDINGS if _seen(total, f"flag {rule}")},
        by_voice=_by(gold, compared, "voice"),
        by_setting=_by(gold, compared, "setting"),
        log_loss=_log_loss(confidences),
        reliability=[
            Bin(k / _BINS, int(n), total[f"bin {k}:sure"] / n, total[f"bin {k}:right"] / n)
            for k in range(_BINS)
            if (n := total[f"bin {k}:n"])
        ],
        misses=sorted((m for c in compared for m in c.misses), key=lambda miss: MISS_KINDS.index(miss.kind)),
    )


# -- one note ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Comparison:
    """What one note adds to the figures: counts named ``what:tp|fp|fn|right|n``, misses, (confidence, right) pairs."""

    note: Record
    counts: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def case(self, what: str, right: bool) -> None:
        self.counts[f"{what}:n"] += 1
        self.counts[f"{what}:right"] += right

    def sets(self, what: str, gold: set[str], got: set[str]) -> None:
        self.counts[f"{what}:tp"] += len(gold & got)
        self.counts[f"{what}:fp"] += len(got - gold)
        self.counts[f"{what}:fn"] += len(gold - got)

    def miss(self, kind: str, about: str, gold: Any, got: Any, *words: str) -> None:
        kept = tuple(dict.fromkeys(word for word in words if word))
        self.misses.append(Miss(kind, self.note["id"], about, _shown(gold), _shown(got), kept))

    def quotes(self, *codes: str) -> list[str]:
        """The gold quotes of services of these codes."""
        return [service["quote"] for service in self.note["services"] if service["code"] in codes]

    def words(self, of: Iterable[Record]) -> list[str]:
        """The words of the note under the evidence of services or findings."""
        return [self.note["text"][e["start"] : e["end"]] for record in of for e in record.get("evidence", [])]


def compare(note: Record, result: Record) -> Comparison:
    """One gold note against its result record."""
    out = Comparison(note)
    got = result.get("services", [])
    _compare_codes(out, got)
    _compare_primary(out, result)
    _compare_minutes(out, got)
    _compare_units(out, result.get("claim_lines", []))
    _compare_slots(out, got)
    _compare_not_performed(out, got)
    _compare_evidence(out, got)
    _compare_confidences(out, got)
    _compare_findings(out, result.get("findings", []))
    return out


def _compare_codes(out: Comparison, got: list[Record]) -> None:
    accepted: dict[str, list[str]] = {}
    for service in out.note["services"]:
        codes = _accepted(service)
        if any(code in TARGET_CODES for code in codes):
            accepted.setdefault(service["code"], []).extend(codes)
    predicted = {service["code"] for service in got}
    extra = predicted & set(TARGET_CODES)
    # Exact matches first, so that an accepted code never takes what another gold service needs.
    met = [code for code in accepted if code in extra]
    extra -= set(met)
    missed = []
    for code in [code for code in accepted if code not in met]:
        stand_in = next((other for other in accepted[code] if other in extra), None)
        if stand_in:
            extra.discard(stand_in)
            met.append(stand_in)
        elif code in TARGET_CODES and not predicted & set(accepted[code]):
            missed.append(code)
    for name, codes in (("tp", met), ("fp", sorted(extra)), ("fn", missed)):
        out.counts.update(f"code {code}:{name}" for code in codes)
    out.case("exact", not missed and not extra)
    for code in missed:
        out.miss("codes", code, code, sorted(predicted), *out.quotes(code))
    for code in sorted(extra):
        out.miss("codes", code, sorted(accepted), code, *out.words(s for s in got if s["code"] == code))


def _compare_primary(out: Comparison, result: Record) -> None:
    targets = {service["code"] for service in out.note["services"]} & set(TARGET_CODES)
    if len(targets) == 1:
        accepted = {code for s in out.note["services"] if s["code"] in targets for code in _accepted(s)}
        out.case("single", result.get("primary_code") in accepted)


def _compare_minutes(out: Comparison, got: list[Record]) -> None:
    gold_minutes, got_minutes = _minutes(out.note["services"]), _minutes(got)
    for code in _both(gold_minutes, got_minutes, TARGET_CODES):
        right = gold_minutes[code] == got_minutes[code]
        out.case("minutes", right)
        if not right:
            words = out.quotes(code) + out.words(s for s in got if s["code"] == code)
            out.miss("minutes", code, gold_minutes[code], got_minutes[code], *words)


def _compare_units(out: Comparison, lines: list[Record]) -> None:
    units = out.note.get("units")
    if units is None or not any(code in TARGET_CODES for code in units):
        return
    wanted = _target_units(units)
    got = _target_units({line["code"]: line.get("units") for line in lines})
    allowed = [wanted]
    pool = {c: m for c, m in _minutes(out.note["services"]).items() if c in TIMED_CODES - _UNPOOLED}
    known = {code: minutes for code, minutes in pool.items() if minutes is not None}
    if known.keys() == pool.keys():
        allocation = cms(known)
        allowed += [_target_units(one) for one in (allocation.units, *allocation.alternatives)]
    out.case("units", got in allowed)
    if got not in allowed:
        out.miss("units", " ".join(wanted), wanted, got, *(line.get("arithmetic") or "" for line in lines))


def _compare_slots(out: Comparison, got: list[Record]) -> None:
    gold = out.note["services"]
    both = _both(_minutes(gold), _minutes(got), TARGET_CODES)
    for code in both:
        slots = ("regions", "techniques", "intents") if code in HANDS_ON else ("intents",)
        for slot in slots:
            of_gold, of_got = _slot(gold, code, slot), _slot(got, code, slot)
            out.sets("region side" if slot == "regions" else slot, of_gold, of_got)
            if slot == "regions":
                of_gold, of_got = ({region.split(":")[0] for region in side} for side in (of_gold, of_got))
                out.sets("region", of_gold, of_got)
            if of_gold != of_got:
                words = out.quotes(code) + out.words(s for s in got if s["code"] == code)
                out.miss(slot, code, sorted(of_gold), sorted(of_got), *words)


def _compare_not_performed(out: Comparison, got: list[Record]) -> None:
    for mention in out.note.get("not_performed") or []:
        if mention["code"] not in TARGET_CODES:
            continue
        leaked = _touches(out.note["text"], mention["quote"], [s for s in got if s["code"] == mention["code"]])
        out.case("kept out", not leaked)
        if leaked:
            out.miss("leaks", mention["code"], mention["status"], "performed", mention["quote"])


def _compare_evidence(out: Comparison, got: list[Record]) -> None:
    for service in out.note["services"]:
        found = next((s["code"] for s in got if s["code"] in _accepted(service)), None)
        if service["code"] not in TARGET_CODES or found is None:
            continue
        of_code = [s for s in got if s["code"] == found]
        right = _touches(out.note["text"], service["quote"], of_code)
        out.case("evidence", right)
        if not right:
            out.miss("evidence", service["code"], service["quote"], " | ".join(out.words(of_code)))


def _compare_confidences(out: Comparison, got: list[Record]) -> None:
    right = {code for service in out.note["services"] for code in _accepted(service)}
    for service in got:
        confidence = service.get("confidence")
        if service["code"] not in TARGET_CODES or confidence is None:
            continue
        ok = service["code"] in right
        out.confidences.append((confidence, ok))
        tenth = min(_BINS - 1, int(confidence * _BINS))
        out.case(f"bin {tenth}", ok)
        out.counts[f"bin {tenth}:sure"] += confidence  # type: ignore[assignment]
        if confidence >= _SURE:
            out.case("sure", ok)


def _compare_findings(out: Comparison, findings: list[Record]) -> None:
    known = set(NOTE_FINDINGS)
    gold, got = set(out.note["flags"]) & known, {finding["rule"] for finding in findings} & known
    for rule in gold | got:
        out.sets(f"flag {rule}", gold & {rule}, got & {rule})
    quotes = out.note.get("finding_quotes") or {}
    for rule in sorted(gold - got):
        out.miss("flags", rule, "raised", "not raised", *quotes.get(rule, []))
    for rule in sorted(got - gold):
        raised = [finding for finding in findings if finding["rule"] == rule]
        out.miss("flags", rule, "not raised", "raised", *out.words(raised), *(f.get("message", "") for f in raised))


def _accepted(service: Record) -> list[str]:
    return [service["code"], *(service.get("accept") or [])]


def _minutes(services: list[Record]) -> dict[str, int | None]:
    total: dict[str, int | None] = {}
    for service in services:
        before, minutes = total.get(service["code"], 0), service.get("minutes")
        total[service["code"]] = None if before is None or minutes is None else before + minutes
    return total


def _both(gold: Mapping[str, Any], got: Mapping[str, Any], codes: Iterable[str]) -> list[str]:
    return [code for code in codes if code in gold and code in got]


def _target_units(units: Mapping[str, int | None]) -> dict[str, int]:
    return {code: count for code, count in units.items() if code in TARGET_CODES and count}


def _slot(services: list[Record], code: str, slot: str) -> set[str]:
    return {value for service in services if service["code"] == code for value in service.get(slot) or []}


def _touches(text: str, quote: str, services: list[Record]) -> bool:
    start = text.find(quote)
    end = start + len(quote)
    return any(e["start"] < end and e["end"] > start for s in services for e in s.get("evidence", []))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}x{count}" for key, count in value.items()) or "none"
    if isinstance(value, list):
        return " ".join(value) or "none"
    return "none" if value is None else str(value)


# -- counts to figures ------------------------------------------------------------------------------------------------


Counts = Mapping[str, float]

#: Figures that are a share of cases: the cases, and the value where there are none.
_SHARES = {
    "code_set_exact": ("exact", 0.0),
    "single_service_code_accuracy": ("single", 0.0),
    "minutes_exact": ("minutes", 0.0),
    "units_exact": ("units", 0.0),
    "not_performed_kept_out": ("kept out", 1.0),
    "evidence_overlap": ("evidence", 0.0),
    "precision_at_conf_0.9": ("sure", 0.0),
}


def _share(cases: str, empty: float) -> Callable[[Counts], tuple[float, float]]:
    return lambda counts: (counts[f"{cases}:right"] / n if (n := counts[f"{cases}:n"]) else empty, n)


def _f1_of(*names: str) -> Callable[[Counts], tuple[float, float]]:
    def figure(counts: Counts) -> tuple[float, float]:
        _, _, f1, n = _precision_recall(counts, names)
        return f1, n

    return figure


def _precision_recall(counts: Counts, names: Iterable[str]) -> tuple[float, float, float, float]:
    """Precision, recall, F1 and the number of gold cases; nothing claimed or nothing to find is no mistake."""
    names = list(names)
    tp, fp, fn = (sum(counts[f"{name}:{part}"] for name in names) for part in ("tp", "fp", "fn"))
    precision = tp / (tp + fp) if tp + fp else 1.0
    recall = tp / (tp + fn) if tp + fn else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1, tp + fn


def _seen(counts: Counts, name: str) -> bool:
    return any(counts[f"{name}:{part}"] for part in ("tp", "fp", "fn"))


_CODES = [f"code {code}" for code in TARGET_CODES]
_FLAGS = [f"flag {rule}" for rule in NOTE_FINDINGS]


def _code_macro(counts: Counts) -> tuple[float, float]:
    return sum(_f1_of(code)(counts)[0] for code in _CODES) / len(_CODES), counts["exact:n"]


def _flags_precision(counts: Counts) -> tuple[float, float]:
    return _precision_recall(counts, _FLAGS)[0], sum(
        counts[f"{flag}:{part}"] for flag in _FLAGS for part in ("tp", "fp")
    )


def _flags_recall(counts: Counts) -> tuple[float, float]:
    _, recall, _, n = _precision_recall(counts, _FLAGS)
    return recall, n


def _flags_macro(counts: Counts) -> tuple[float, float]:
    seen = [_f1_of(flag)(counts)[0] for flag in _FLAGS if _seen(counts, flag)]
    return sum(seen) / len(seen) if seen else 0.0, len(seen)


def _calibration_error(counts: Counts) -> tuple[float, float]:
    n = sum(counts[f"bin {k}:n"] for k in range(_BINS))
    gaps = sum(abs(counts[f"bin {k}:sure"] - counts[f"bin {k}:right"]) for k in range(_BINS))
    return (gaps / n if n else 0.0), n


_SCORES: dict[str, Callable[[Counts], tuple[float, float]]] = {
    "code_set_exact": _share(*_SHARES["code_set_exact"]),
    "single_service_code_accuracy": _share(*_SHARES["single_service_code_accuracy"]),
    **{f"code_{code}_f1": _f1_of(f"code {code}") for code in TARGET_CODES},
    "code_macro_f1": _code_macro,
    "code_micro_f1": _f1_of(*_CODES),
    "minutes_exact": _share(*_SHARES["minutes_exact"]),
    "units_exact": _share(*_SHARES["units_exact"]),
    "region_f1": _f1_of("region"),
    "region_side_f1": _f1_of("region side"),
    "technique_f1": _f1_of("techniques"),
    "intent_f1": _f1_of("intents"),
    "not_performed_kept_out": _share(*_SHARES["not_performed_kept_out"]),
    "evidence_overlap": _share(*_SHARES["evidence_overlap"]),
    "flags_micro_f1": _f1_of(*_FLAGS),
    "flags_precision": _flags_precision,
    "flags_recall": _flags_recall,
    "flags_macro_f1": _flags_macro,
    "confidence_ece": _calibration_error,
    "precision_at_conf_0.9": _share(*_SHARES["precision_at_conf_0.9"]),
}
#: Figures that need a predicted service with a confidence; without any they are left out.
_OF_CONFIDENCES = ("confidence_ece", "precision_at_conf_0.9")


def _total(compared: Iterable[Comparison]) -> Counter[str]:
    total: Counter[str] = Counter()
    for comparison in compared:
        total.update(comparison.counts)
    return total


def _with_intervals(compared: list[Comparison]) -> dict[str, Figure]:
    total = _total(compared)
    any_confidence = any(comparison.confidences for comparison in compared)
    wanted = {name: score for name, score in _SCORES.items() if any_confidence or name not in _OF_CONFIDENCES}
    resampled = list(_resamples(compared))
    out = {}
    for name, score in wanted.items():
        value, n = score(total)
        if name in _SHARES:
            low, high = wilson(value, n)
        else:
            values = sorted(score(counts)[0] for counts in resampled)
            low, high = values[int(0.025 * len(values))], values[int(0.975 * len(values))]
        out[name] = Figure(value, int(n), low, high)
    return out


def _resamples(compared: list[Comparison]) -> Iterator[Counts]:
    """Counts of as many notes drawn with replacement, the same draws on every run."""
    import numpy as np

    names = sorted({name for comparison in compared for name in comparison.counts})
    table = np.array([[comparison.counts[name] for name in names] for comparison in compared], dtype=float)
    draws = np.random.default_rng(0).multinomial(len(compared), np.full(len(compared), 1 / len(compared)), _RESAMPLES)
    for row in (draws @ table).tolist():
        yield Counter(dict(zip(names, row, strict=True)))


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share that was observed n times."""
    if not n:
        return 0.0, 1.0
    centre, spread = share + _Z**2 / (2 * n), _Z * math.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2)
    return max(0.0, (centre - spread) / (1 + _Z**2 / n)), min(1.0, (centre + spread) / (1 + _Z**2 / n))


def _rule_figures(counts: Counts, rule: str) -> dict[str, float]:
    precision, recall, f1, n = _precision_recall(counts, [f"flag {rule}"])
    return {"precision": precision, "recall": recall, "f1": f1, "n": n}


def _by(gold: list[dict[str, Any]], compared: list[Comparison], name: str) -> dict[str, dict[str, Figure]]:
    groups: dict[str, list[Comparison]] = {}
    for note, comparison in zip(gold, compared, strict=True):
        if note.get(name):
            groups.setdefault(str(note[name]), []).append(comparison)
    return {group: _with_intervals(groups[group]) for group in sorted(groups)}


def _log_loss(confidences: list[tuple[float, bool]]) -> float | None:
    """Mean negative log-likelihood (nats) of target services being right, given their confidences."""
    if not confidences:
        return None
    nearly_sure = 1e-6  # one service that was certain and wrong must not make the figure infinite
    given = [(min(max(p, nearly_sure), 1 - nearly_sure), ok) for p, ok in confidences]
    return -sum(math.log(p if ok else 1 - p) for p, ok in given) / len(given)

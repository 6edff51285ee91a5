"""Services: what a group of statements comes to on a claim, with every slot's place in the note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from rehabcoder import lexicon
from rehabcoder.coding.families import OTHER, code_of, codes_of, family_of
from rehabcoder.coding.features import mention_family
from rehabcoder.coding.groups import Group, performed_probability
from rehabcoder.records import Mention, Service, Span, Stated, Statement
from rehabcoder.vocabulary import TARGET_CODES

#: Techniques whose code a person cannot tell from the words alone, and the question that settles it (guide, section 3).
_QUESTIONS = {
    frozenset(("97124", "97140")): "Was this massage strokes, or mobilisation of a joint, fascia, tendon or scar?",
    frozenset(("97110", "97140")): "Was this ranging for flexibility, or mobilisation of a restricted joint or tissue?",
    frozenset(("97110", "97530")): "Was this an exercise for strength, or practice of a whole task?",
    frozenset(("97110", "97112")): "Was this an exercise for strength, or training of balance and control?",
    frozenset(("97530", "97112")): "Was this practice of a task, or training of balance and control?",
    frozenset(("97530", "97116")): "Was this practice of a task, or gait training?",
    frozenset(("97530", "97535")): "Was this practice of a task, or self-care training?",
}
_AMBIGUOUS_BELOW = 0.8
#: Parts that a provider works with as well as on; without a side and beside another part they are the provider's.
_PROVIDERS_OWN = frozenset({"wrist_hand", "elbow", "forearm"})
_INTENT_FROM = 0.4
_LEAST_CANDIDATE = 0.02


MentionsIn = Callable[[Span], list[Mention]]


def service_of(
    number: int,
    group: Group,
    mentions_of_leaf: dict[int, list[Mention]],
    mentions_in: MentionsIn,
    written: list[Stated],
    discipline: str | None,
) -> Service:
    """The service that a group documents."""
    own = [m for s in group.statements for m in s.mentions]
    regions, region_spans = _regions(group, own, mentions_of_leaf, mentions_in)
    techniques, technique_spans = _techniques(group.family, own)
    intents, intent_spans = _intents(group)
    beside = [w for w in written if any(_near(w, s) for s in group.statements)]
    code = code_of(group.family, [w.value["code"] for w in (beside or written)], regions, discipline)
    documented = next((w for w in beside), None)
    candidates = _candidates(group, code)
    best = max(group.statements, key=lambda s: performed_probability(s, group.family))
    evidence = sorted({s.span for s in group.statements})
    slots = (
        {"minutes": [Span(t.read.time.start, t.read.time.end) for t in group.counted_times]}
        if group.minutes is not None
        else {}
    )
    for name, spans in (("regions", region_spans), ("techniques", technique_spans), ("intents", intent_spans)):
        if spans:
            slots[name] = spans
    # evidence goes surest first, so that a reader who looks at one piece looks at the best one
    evidence.sort(key=lambda span: span != best.span)
    return Service(
        id=f"s{number}",
        code=code,
        confidence=round(group.confidence, 3),
        candidates=candidates,
        minutes=group.minutes,
        regions=regions,
        techniques=techniques,
        intents=intents,
        evidence=evidence,
        slots=slots,
        documented_code=documented.value["code"] if documented else None,
        question=_question(code, candidates, group.confidence),
    )


def _near(written: Stated, statement: Statement) -> bool:
    return statement.start <= written.start < statement.end or any(
        h.start <= written.start < h.end for h in statement.headings
    )


def _regions(
    group: Group, own: list[Mention], mentions_of_leaf: dict[int, list[Mention]], mentions_in: MentionsIn
) -> tuple[list[str], list[Span]]:
    """Regions of the statements themselves, else of their leaves, else of the nearest heading that names one.

    The provider's own hand, thumb or elbow is no region; a side that stands by itself in the statement ("GH glides
    grade III, L") is that of its regions.
    """
    found = _treated([m for m in own if m.kind == "region"])
    names = [m.name for m in found] + [m.region for m in own if m.kind == "technique" and m.region]
    around = own
    if not names:
        around = [m for leaf in {s.leaf for s in group.statements} for m in mentions_of_leaf.get(leaf, ())]
        found = _treated([m for m in around if m.kind == "region"])
        names = [m.name for m in found]
    for heading in reversed(group.first.headings):
        if not names:
            around = mentions_in(heading)
            found = [m for m in around if m.kind == "region"]
            names = [m.name for m in found]
    sides = {m.name for m in around if m.kind == "side"}
    if len(sides) == 1 and not any(":" in name for name in names):
        names = [f"{name}:{next(iter(sides))}" for name in names]
    return _sided(names), [Span(m.start, m.end) for m in found]


def _treated(regions: list[Mention]) -> list[Mention]:
    """Regions without the provider's own hand or arm, where another part is named as treated."""
    others = [m for m in regions if m.name not in _PROVIDERS_OWN]
    return others or regions


def _sided(names: Iterable[str]) -> list[str]:
    """Regions in order of mention, once each; a region named with and without side keeps the side."""
    out = list(dict.fromkeys(names))
    with_side = {name.partition(":")[0] for name in out if ":" in name}
    return [name for name in out if ":" in name or name not in with_side]


def _techniques(family: str, own: list[Mention]) -> tuple[list[str], list[Span]]:
    found = [m for m in own if m.kind == "technique" and mention_family(m) == family]
    named = [m for m in found if m.name not in ("massage", "soft_tissue_mobilization")] or found
    return list(dict.fromkeys(m.name for m in named)), [Span(m.start, m.end) for m in found]


def _intents(group: Group) -> tuple[list[str], list[Span]]:
    """The purposes that the model reads in the group's statements, with the words that the lexicon knows for them.

    Practice of a named task implies that function is to improve (guide, section 5).
    """
    probable: dict[str, float] = {"improve_function": 1.0} if group.family == "97530" else {}
    for statement in group.statements:
        for name, p in statement.intents.items():
            probable[name] = max(p, probable.get(name, 0.0))
    names = [name for name, p in sorted(probable.items(), key=lambda item: -item[1]) if p >= _INTENT_FROM]
    spans = [
        Span(m.start, m.end) for s in group.statements for m in s.mentions if m.kind == "intent" and m.name in names
    ]
    return names, spans


def _candidates(group: Group, code: str) -> list[tuple[str, float]]:
    """Other codes that the group's statements could support, with their mean probability among interventions."""
    totals: defaultdict[str, float] = defaultdict(float)
    for statement in group.statements:
        weight = performed_probability(statement, group.family)
        for family, p in statement.codes.items():
            if family != OTHER:
                totals[family] += p * weight
    everything = sum(totals.values()) or 1.0
    out = []
    for family, p in sorted(totals.items(), key=lambda item: -item[1])[:4]:
        if family != family_of(code) and p / everything >= _LEAST_CANDIDATE:
            out.append((codes_of(family)[0], round(p / everything, 3)))
    return out[:3]


def _question(code: str, candidates: list[tuple[str, float]], confidence: float) -> str | None:
    if not candidates or code not in TARGET_CODES or (candidates[0][1] < 1 - _AMBIGUOUS_BELOW):
        return None
    return _QUESTIONS.get(frozenset((code, candidates[0][0])))


def explain(services: list[Service], plain: str) -> None:
    """Write each target service's reason: what speaks for its code, and what would have made it the neighbour's."""
    codes, techniques = lexicon.codes(), lexicon.techniques()
    for service in services:
        if service.code not in TARGET_CODES:
            continue
        entry = codes[service.code]
        words = list(dict.fromkeys(plain[s.start : s.end] for s in service.slots.get("techniques", [])))[:3]
        signs = list(dict.fromkeys(techniques[t].label for t in service.techniques if t in techniques))[:2]
        speaks = f"{', '.join(words)} ({'; '.join(signs)})" if words else f"the wording reads as {entry.label}"
        neighbour = next((c for c, _ in service.candidates if c in entry.neighbours), next(iter(entry.neighbours)))
        service.reasons.append(f"{service.code}, not {neighbour}: {speaks}; {entry.neighbours[neighbour]}")

"""Services: what a group of statements comes to on a claim, with every slot's place in the note."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.resources import files

from rehabcoder import lexicon
from rehabcoder.coding import places
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
#: The technique that says nothing beside a stroke ("massage: kneading"), and its words that do.
_UNSPECIFIED = "massage"
_ALWAYS_NAMED = frozenset({"swedish"})
_BETWEEN_WORDS = re.compile(r"[\s-]+")
#: Whether the lexicon knows words for a purpose in the statement -> the probability from which it counts.
_INTENT_FROM = {True: 0.1, False: 0.85}
_DENIED = re.compile(r"\b(?:not|no|never|without|rather than|instead of)\b[^.;:]*$")
_DENIED_WITHIN = 24
_LEAST_CANDIDATE = 0.02


MentionsIn = Callable[[Span], list[Mention]]
#: The statements that go on with a group's behind its last one.
Behind = Callable[[Group], list[Statement]]


def service_of(
    number: int,
    group: Group,
    mentions_of_leaf: dict[int, list[Mention]],
    mentions_in: MentionsIn,
    behind: Behind,
    written: list[Stated],
    discipline: str | None,
    plain: str,
) -> Service:
    """The service that a group documents."""
    regions, region_spans = _regions(group, mentions_of_leaf, mentions_in, behind, plain)
    techniques, technique_spans = _techniques(group, plain)
    intents, intent_spans = _intents(group, plain)
    beside = [w for w in written if any(_near(w, s) for s in group.statements)]
    code = code_of(group.family, [w.value["code"] for w in (beside or written)], regions, discipline)
    documented = next((w for w in beside), None)
    candidates = _candidates(group, code)
    best = max(group.statements, key=lambda s: performed_probability(s, group.family))
    evidence = sorted({s.span for s in group.statements})
    slots = (
        {"minutes": [t.read.time.said or Span(t.read.time.start, t.read.time.end) for t in group.counted_times]}
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
        question=_question(code, candidates, best),
    )


def _near(written: Stated, statement: Statement) -> bool:
    return statement.start <= written.start < statement.end or any(
        h.start <= written.start < h.end for h in statement.headings
    )


def _regions(
    group: Group, mentions_of_leaf: dict[int, list[Mention]], mentions_in: MentionsIn, behind: Behind, plain: str
) -> tuple[list[str], list[Span]]:
    """Regions of the statements themselves, else of their leaves, else of the nearest heading that names one.

    Hands-on work that names none there has those of the words that go on with it ("MLD, 38 min. L axilla, then ...").
    """
    parts = [p for s in group.statements for p in places.treated(s, group.family, plain)]
    around = [m for s in group.statements for m in s.mentions]
    if not parts:
        leaves = {s.leaf for s in group.statements}
        beside = [m for leaf in leaves for m in mentions_of_leaf.get(leaf, ()) if m.kind in ("region", "side")]
        beside.sort(key=lambda m: m.start)
        parts = places.beside(group.first, beside, group.family, plain)
        around += beside
    for heading in reversed(group.first.headings):
        if not parts:
            around += mentions_in(heading)
            parts = places.named_in(mentions_in(heading), plain)
    if not parts and group.family in _hands_on():
        parts = [p for s in behind(group) for p in places.treated(s, group.family, plain)]
    parts = places.with_common_side(parts, around, plain)
    parts = [p for p in parts if not p.aside] or parts
    return _sided([p.name for p in parts]), [Span(p.start, p.end) for p in parts]


def _sided(names: Iterable[str]) -> list[str]:
    """Regions in order of mention, once each; a region named with and without side keeps the side."""
    out = list(dict.fromkeys(names))
    with_side = {name.partition(":")[0] for name in out if ":" in name}
    return [name for name in out if ":" in name or name not in with_side]


def _techniques(group: Group, plain: str) -> tuple[list[str], list[Span]]:
    """The techniques that the group's statements name: the lexicon's terms, and words that mean one only there."""
    found: list[tuple[Span, str]] = []
    for statement in group.statements:
        known = [m for m in statement.mentions if m.kind == "technique" and mention_family(m) == group.family]
        found += [(Span(m.start, m.end), m.name) for m in known]
        found += _hands_on_words(statement, group.family, known, plain)
    found.sort()
    specific = [name for span, name in found if name != _UNSPECIFIED or plain[span.start : span.end] in _ALWAYS_NAMED]
    names = specific or [name for _, name in found]
    return list(dict.fromkeys(names)), list(dict.fromkeys(span for span, _ in found))


def _hands_on_words(statement: Statement, family: str, known: list[Mention], plain: str) -> Iterator[tuple[Span, str]]:
    """The words of ``hands_on.toml`` in a statement of a family, without those of known terms and those in asides."""
    if family not in _hands_on():
        return
    pattern, names = _hands_on()[family]
    taken = {i for m in known if m.name != _UNSPECIFIED for i in range(m.start, m.end)}
    found = [m for m in pattern.finditer(plain, statement.start, statement.end) if taken.isdisjoint(range(*m.span()))]
    asides = places.Asides(statement, known, plain) if found else None
    for m in found:
        if asides and not asides.hold(m.start(), (m.start(),)):
            yield Span(*m.span()), names[_BETWEEN_WORDS.sub(" ", m[0])]


@cache
def _hands_on() -> dict[str, tuple[re.Pattern[str], dict[str, str]]]:
    """Code family -> the words that name a technique in its statements, as a pattern and with their techniques."""
    tables = tomllib.loads((files(lexicon.__name__) / "hands_on.toml").read_text(encoding="utf-8"))
    out = {}
    for family, techniques in tables.items():
        names = {word: name for name, words in techniques.items() for word in words}
        longest_first = sorted(names, key=len, reverse=True)
        words = "|".join(_BETWEEN_WORDS.pattern.join(map(re.escape, word.split())) for word in longest_first)
        out[family] = (re.compile(rf"(?<![a-z])(?:{words})(?![a-z])"), names)
    return out


def _intents(group: Group, plain: str) -> tuple[list[str], list[Span]]:
    """The purposes that the group's statements state, the likeliest first, with the words that state them.

    Words of the lexicon in an aside ("to reduce spasm") state one; elsewhere the model has to agree, and where the
    lexicon knows no words for a purpose the model has to be sure of it. Practice of a named task implies that function
    is to improve (guide, section 5).
    """
    probable: dict[str, float] = {}
    stated = {"improve_function": 1.0} if group.family == "97530" else {}
    worded: list[Mention] = []
    for statement in group.statements:
        for name, p in statement.intents.items():
            probable[name] = max(p, probable.get(name, 0.0))
        named = [m for m in statement.mentions if m.kind == "intent"]
        if not named:
            continue
        asides = places.Asides(statement, (), plain)
        for m in named:
            if not _DENIED.search(plain[max(statement.start, m.start - _DENIED_WITHIN) : m.start]):
                worded.append(m)
                if asides.hold(m.end, ()):
                    stated[m.name] = 1.0
    known = {m.name for m in worded}
    stated |= {n: p for n, p in probable.items() if n not in stated and p >= _INTENT_FROM[n in known]}
    names = sorted(stated, key=lambda name: -stated[name])
    return names, [Span(m.start, m.end) for m in worded if m.name in stated]


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


def _question(code: str, candidates: list[tuple[str, float]], best: Statement) -> str | None:
    """What to ask the writer where the conformal set of the surest statement holds the nearest other code too."""
    if not candidates or code not in TARGET_CODES or family_of(candidates[0][0]) not in best.possible:
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

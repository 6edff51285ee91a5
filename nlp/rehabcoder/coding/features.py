"""Features of statements and of time expressions: names of what is there, for the linear models of ``coding.model``.

Statement features are its words, pairs and stems, the words around it and above it, the lexicon's concepts in all of
these, section, layout and scope. Names that come from the lexicon begin with ``LEXICON``, so that training can drop
them at random and an evaluation can switch the lexicon off.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain, pairwise

from spacy.tokens import Doc

from rehabcoder import lexicon
from rehabcoder.coding.families import family_of
from rehabcoder.coding.sayings import saying_features
from rehabcoder.reading.codes import WRITTEN_CODE
from rehabcoder.reading.plain import Tokens
from rehabcoder.reading.status import Scope
from rehabcoder.records import Mention, Span, Statement
from rehabcoder.vocabulary import CODES, NOTE_FINDINGS

LEXICON = "L:"
_CONTEXT_WORDS = 8
_HEADING_WORDS = 10
#: The codes as the plain text has them, in small letters (the word "none" is no code there).
_CODE_WORDS = frozenset(code.lower() for code in CODES if code != "none")
#: No word of a note is longer; what is (a scanner's line of letters, an attachment) has no more features than this.
_LONGEST_WORD = 60
#: Mentions that are no features: cues count by their scope, the wording of rules stays out of the model.
_NO_FEATURES = frozenset(("cue", *NOTE_FINDINGS))


@lru_cache(maxsize=20_000)
def _word_features(word: str) -> tuple[str, ...]:
    """A word, its stem and its parts: a word never seen before is known by these."""
    word = word[:_LONGEST_WORD]
    if word.isdigit():
        return (f"w:{word}",) if len(word) == 5 else (f"w:{'0' * len(word)}",)
    if len(word) < 5:
        return (f"w:{word}",)
    parts = {f"g:{padded[i : i + 5]}" for padded in (f"<{word}>",) for i in range(len(padded) - 4)}
    return (f"w:{word}", f"p:{word[:4]}", *sorted(parts))


def _shape(word: str) -> str:
    return "0" * len(word) if word.isdigit() and len(word) != 5 else word


@lru_cache(maxsize=1)
def _technique_families() -> dict[str, str]:
    return {name: family_of(technique.code) for name, technique in lexicon.techniques().items()}


def mention_family(mention: Mention) -> str | None:
    """The code family that a mention of a technique or of a code's name speaks for; None for other mentions."""
    if mention.kind == "family":
        return family_of(mention.name)
    if mention.kind != "technique":
        return None
    return family_of(mention.code) if mention.code else _technique_families()[mention.name]


@lru_cache(maxsize=20_000)
def _mention_features(kind: str, name: str, detail: str | None, family: str | None, section: str) -> tuple[str, ...]:
    """What a mention shows; the same few come again and again, as do those of the next two functions."""
    if family:
        return (f"{LEXICON}t:{name}", f"{LEXICON}c:{family}", f"{LEXICON}c|sec:{family}|{section}")
    if kind == "region":
        return (f"{LEXICON}k:region",)
    if kind in _NO_FEATURES:
        return ()
    return (f"{LEXICON}k:{kind}", f"{LEXICON}k:{kind}:{name}:{detail or ''}")


@lru_cache(maxsize=20_000)
def _scope_features(scope: Scope, section: str) -> tuple[str, ...]:
    names = [f"{LEXICON}v:{scope.verdict}", f"{LEXICON}v|sec:{scope.verdict}|{section}"]
    for name in ("inside", "before", "behind", "heading"):
        names += [f"{LEXICON}v{name}:{status}" for status in getattr(scope, name)]
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=20_000)
def _place_features(section: str, kind: str, size: int, place: int, ticked: bool | None, times: int) -> tuple[str, ...]:
    names = [f"sec:{section}", f"kind:{kind}", f"n:{size}", f"place:{place}"]
    if ticked is not None:
        names.append(f"ticked:{ticked}")
    if times:
        names.append(f"times:{times}")
    return tuple(names)


class NoteFeatures:
    """The features of one note's statements; built once, asked statement by statement.

    ``claimed`` are the codes of the claim that came with the note; those that the text writes are added. A claimed code
    is evidence for every statement of the note, and the model learns how little it proves.
    """

    def __init__(self, doc: Doc, claimed: Iterable[str] = ()):
        data = doc.user_data
        written = {c.upper() for c in WRITTEN_CODE.findall(data["plain"])}
        families = sorted({family_of(code) for code in {*claimed, *written} if code in CODES})
        self._of_note = [f"claim:{family}" for family in families] or ["claim:-"]
        self.tokens: Tokens = data["tokens"]
        self.statements: list[Statement] = data["statements"]
        self.scopes = data["scopes"]
        self.mentions: list[Mention] = data["mentions"]
        self._mention_starts = [m.start for m in self.mentions]
        self._time_starts = [t.start for t in data["times"]]
        self._times = data["times"]
        self._families = [_families_of(s.mentions) for s in self.statements]
        self._classes = lexicon.word_classes()
        self._of_heading: dict[tuple[Span, ...], list[str]] = {}
        self._shapes = [_shape(w) for w in self.tokens.words]
        self._pairs = [f"b:{x}_{y}" for x, y in pairwise(self._shapes)]
        self._plain: str = data["plain"]
        self._of_note += sorted(f"{LEXICON}note:{f}" for f in _families_of(self.mentions))
        self._of_note += sorted({f"{LEXICON}visit:{m.name}" for m in self.mentions if m.kind == "visit"})
        self._length = max(1, len(self._plain))

    def of_note(self) -> list[str]:
        """The words and pairs of the whole note, once each: whether it records a visit shows in these."""
        return list(dict.fromkeys([*(f"w:{w}" for w in self._shapes), *self._pairs]))

    def of_all(self) -> list[list[str]]:
        return [self.of_statement(i) for i in range(len(self.statements))]

    def of_statement(self, i: int) -> list[str]:
        statement, scope = self.statements[i], self.scopes[i]
        starts, words, shapes = self.tokens.starts, self.tokens.words, self._shapes
        a, b = bisect_left(starts, statement.start), bisect_left(starts, statement.end)
        out = list(chain.from_iterable(map(_word_features, words[a:b])))
        first, last = (shapes[a], shapes[b - 1]) if a < b else ("$", "^")
        out += [f"b:^_{first}", *self._pairs[a : max(a, b - 1)], f"b:{last}_$"]
        before, behind = self._neighbours(i, a, b)
        out += [f"x:{w}" for w in before]
        out += [f"y:{w}" for w in behind]
        out += self._heading_features(statement.headings)
        place = min(4, 5 * statement.start // self._length)
        times = bisect_left(self._time_starts, statement.end) - bisect_left(self._time_starts, statement.start)
        kind, size = statement.kind, min(6, (b - a) // 3)
        out += _place_features(statement.section, kind, size, place, statement.ticked, min(2, times))
        charged = sum(map(_CODE_WORDS.__contains__, words[a:b]))
        if charged:
            out.append(f"codes|n:{min(3, charged)}|{size}")
        out += self._of_note
        out += self._concept_features(i, statement)
        out += self._class_features(a, b)
        shown, known = saying_features(self._plain[statement.start : statement.end], statement.mentions)
        out += shown
        out += [LEXICON + name for name in known]
        out += _scope_features(scope, statement.section)
        return list(dict.fromkeys(out))

    def _neighbours(self, i: int, a: int, b: int) -> tuple[list[str], list[str]]:
        """Words of the same leaf before and behind a statement, the nearest ones."""
        statements = self.statements
        starts, leaf = self.tokens.starts, statements[i].leaf
        first = i
        while first and i - first < 6 and statements[first - 1].leaf == leaf:
            first -= 1
        last = i
        while last + 1 < len(statements) and last - i < 3 and statements[last + 1].leaf == leaf:
            last += 1
        left = max(a - _CONTEXT_WORDS, bisect_left(starts, statements[first].start))
        right = min(b + _CONTEXT_WORDS, bisect_left(starts, statements[last].end))
        return self._shapes[left:a], self._shapes[b:right]

    def _heading_features(self, headings: tuple[Span, ...]) -> list[str]:
        if headings not in self._of_heading:
            out = []
            for depth, heading in enumerate(reversed(headings)):
                a = bisect_left(self.tokens.starts, heading.start)
                b = bisect_left(self.tokens.starts, heading.end)
                name = "h" if depth == 0 else "H"
                for word in self.tokens.words[a : min(b, a + _HEADING_WORDS)]:
                    if word.isalpha() or len(word) == 5:
                        out.append(f"{name}:{word}")
                out += [f"{LEXICON}{name}c:{f}" for f in self._families_in(heading.start, heading.end)]
            self._of_heading[headings] = out
        return self._of_heading[headings]

    def _class_features(self, a: int, b: int) -> list[str]:
        """The classes of meaning of the words: those of words that training never met too."""
        return [f"{LEXICON}m:{name}" for word in self.tokens.words[a:b] for name in self._classes.get(word, ())]

    def _families_in(self, start: int, end: int) -> list[str]:
        inside = self.mentions[bisect_left(self._mention_starts, start) : bisect_left(self._mention_starts, end)]
        return [f for m in inside if (f := mention_family(m))]

    def _concept_features(self, i: int, statement: Statement) -> list[str]:
        out: list[str] = []
        for m in statement.mentions:
            out += _mention_features(m.kind, m.name, m.detail, mention_family(m), statement.section)
        out.append(f"{LEXICON}nc:{min(3, len(self._families[i]))}")
        for step, inside, outside in ((-1, "pc", "pl"), (1, "nx", "nl")):
            j = i + step
            if 0 <= j < len(self.statements) and self.statements[j].section == statement.section:
                name = inside if self.statements[j].leaf == statement.leaf else outside
                out += [f"{LEXICON}{name}:{f}" for f in self._families[j] or ("-",)]
        return out


def _families_of(mentions: list[Mention]) -> tuple[str, ...]:
    """The families that mentions speak for, once each."""
    return tuple(dict.fromkeys(f for m in mentions if (f := mention_family(m))))

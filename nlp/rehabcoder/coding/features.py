"""Features of statements and of time expressions: names of what is there, for the linear models of ``coding.model``.

Statement features are its words, pairs and stems, the words around it and above it, the lexicon's concepts in all of
these, section, layout and scope. Names that come from the lexicon begin with ``LEXICON``, so that training can drop
them at random and an evaluation can switch the lexicon off.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

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
#: So many words, and as much else, are kept with their features; odd words must not fill the memory.
_MOST_KEPT = 50_000
#: Mentions that are no features: cues count by their scope, the wording of rules stays out of the model.
_NO_FEATURES = frozenset(("cue", *NOTE_FINDINGS))


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


def _mention_features(kind: str, name: str, code: str | None, detail: str | None, section: str) -> tuple[str, ...]:
    family = mention_family(Mention(kind, name, 0, 0, code))
    if family:
        return (f"{LEXICON}t:{name}", f"{LEXICON}c:{family}", f"{LEXICON}c|sec:{family}|{section}")
    if kind == "region":
        return (f"{LEXICON}k:region",)
    if kind in _NO_FEATURES:
        return ()
    return (f"{LEXICON}k:{kind}", f"{LEXICON}k:{kind}:{name}:{detail or ''}")


def _scope_features(scope: Scope, section: str) -> tuple[str, ...]:
    names = [f"{LEXICON}v:{scope.verdict}", f"{LEXICON}v|sec:{scope.verdict}|{section}"]
    for name in ("inside", "before", "behind", "heading"):
        names += [f"{LEXICON}v{name}:{status}" for status in getattr(scope, name)]
    return tuple(dict.fromkeys(names))


def _place_features(section: str, kind: str, size: int, place: int, ticked: bool | None, times: int) -> tuple[str, ...]:
    names = [f"sec:{section}", f"kind:{kind}", f"n:{size}", f"place:{place}"]
    if ticked is not None:
        names.append(f"ticked:{ticked}")
    if times:
        names.append(f"times:{times}")
    return tuple(names)


def _class_features(word: str) -> tuple[str, ...]:
    """The classes of meaning of a word: those of a word that training never met too."""
    return tuple(f"{LEXICON}m:{name}" for name in lexicon.word_classes().get(word, ()))


class Word(NamedTuple):
    """A word's features: its own and its classes', those that it gives the statements beside it, and its shape."""

    own: tuple[Any, ...]
    classes: tuple[Any, ...]
    before: Any
    behind: Any
    shape: str


class Notation(ABC):
    """What features are written as: their names where a model is trained, a model's columns where it is asked.

    ``each`` gives the features of one kind that words stand for, ``of`` those that a function names for its arguments:
    the same few come again and again, so they are kept.
    """

    def __init__(self) -> None:
        self._words: dict[str, Word] = {}
        self._kept: dict[tuple[Any, ...], Sequence[Any]] = {}

    @abstractmethod
    def each(self, kind: str, words: Iterable[str]) -> list[Any]: ...

    def of(self, named: Callable[..., tuple[str, ...]], *about: Any) -> Sequence[Any]:
        key = (named, *about)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            known = self._kept[key] = tuple(self.each("", named(*about)))
        return known

    def words(self, words: Iterable[str]) -> list[Word]:
        """The features of words."""
        known = self._words
        if len(known) >= _MOST_KEPT:
            known.clear()
        return [known.get(word) or self._word(word) for word in words]

    def _word(self, word: str) -> Word:
        own, classes = (tuple(self.each("", names(word))) for names in (_word_features, _class_features))
        shape = _shape(word)
        [before], [behind] = self.each("x:", (shape,)), self.each("y:", (shape,))
        return self._words.setdefault(word, Word(own, classes, before, behind, shape))


class Names(Notation):
    """Features as their names."""

    def each(self, kind: str, words: Iterable[str]) -> list[str]:
        return [kind + word for word in words]


def _count_features(families: tuple[str, ...]) -> tuple[str, ...]:
    return (f"{LEXICON}nc:{min(3, len(families))}",)


def _neighbour_features(side: str, families: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{LEXICON}{side}:{family}" for family in families or ("-",))


class NoteFeatures:
    """The features of one note's statements in a ``notation``; built once, asked statement by statement.

    ``claimed`` are the codes of the claim that came with the note; those that the text writes are added. A claimed code
    is evidence for every statement of the note, and the model learns how little it proves.
    """

    def __init__(self, doc: Doc, claimed: Iterable[str] = (), notation: Notation | None = None):
        data = doc.user_data
        self._notation = notation = notation or Names()
        self.tokens: Tokens = data["tokens"]
        self.statements: list[Statement] = data["statements"]
        self.scopes = data["scopes"]
        self.mentions: list[Mention] = data["mentions"]
        self._plain: str = data["plain"]
        self._length = max(1, len(self._plain))
        self._mention_starts = [m.start for m in self.mentions]
        self._family_of_mention = [mention_family(m) for m in self.mentions]
        self._time_starts = [t.start for t in data["times"]]
        self._families = [tuple(dict.fromkeys(self._families_in(s.start, s.end))) for s in self.statements]
        words = notation.words(self.tokens.words)
        self._words, self._shapes = words, [word.shape for word in words]
        self._joined = [f"{x}_{y}" for x, y in pairwise(self._shapes)]
        self._pairs = notation.each("b:", self._joined)
        self._of_heading: dict[tuple[Span, ...], list[Any]] = {}
        self._of_note = notation.each("", self._note_features(claimed))

    def _note_features(self, claimed: Iterable[str]) -> Iterator[str]:
        """What every statement shows of its note: the codes that are claimed or written, the families, the visits."""
        written = {c.upper() for c in WRITTEN_CODE.findall(self._plain)}
        claims = sorted({family_of(code) for code in {*claimed, *written} if code in CODES})
        yield from (f"claim:{family}" for family in claims or ("-",))
        yield from (f"{LEXICON}note:{family}" for family in sorted({f for f in self._family_of_mention if f}))
        yield from (f"{LEXICON}visit:{name}" for name in sorted({m.name for m in self.mentions if m.kind == "visit"}))

    def of_note(self, notation: Notation) -> list[Any]:
        """The words and pairs of the whole note, once each: whether it records a visit shows in these."""
        return list(dict.fromkeys([*notation.each("w:", self._shapes), *notation.each("b:", self._joined)]))

    def of_all(self) -> list[list[Any]]:
        return [self.of_statement(i) for i in range(len(self.statements))]

    def of_statement(self, i: int) -> list[Any]:
        statement, notation = self.statements[i], self._notation
        section, starts, shapes = statement.section, self.tokens.starts, self._shapes
        a, b = bisect_left(starts, statement.start), bisect_left(starts, statement.end)
        words = self._words[a:b]
        out = [feature for word in words for feature in word.own]
        first, last = (shapes[a], shapes[b - 1]) if a < b else ("$", "^")
        out += self._pairs[a : max(a, b - 1)]
        out += notation.each("b:", (f"^_{first}", f"{last}_$"))
        left, right = self._neighbours(i, a, b)
        out += [word.before for word in self._words[left:a]]
        out += [word.behind for word in self._words[b:right]]
        out += self._heading_features(statement.headings)
        place = min(4, 5 * statement.start // self._length)
        times = self._times_in(statement)
        size = min(6, (b - a) // 3)
        out += notation.of(_place_features, section, statement.kind, size, place, statement.ticked, min(2, times))
        charged = sum(map(_CODE_WORDS.__contains__, self.tokens.words[a:b]))
        if charged:
            out += notation.each("codes|n:", (f"{min(3, charged)}|{size}",))
        out += self._of_note
        out += self._concept_features(i, statement)
        for word in words:
            out += word.classes
        shown, known = saying_features(self._plain[statement.start : statement.end], statement.mentions)
        if shown:
            out += notation.each("", shown)
        if known:
            out += notation.each(LEXICON, known)
        out += notation.of(_scope_features, self.scopes[i], section)
        return list(dict.fromkeys(out))

    def _times_in(self, statement: Statement) -> int:
        return bisect_left(self._time_starts, statement.end) - bisect_left(self._time_starts, statement.start)

    def _neighbours(self, i: int, a: int, b: int) -> tuple[int, int]:
        """Where the words of the same leaf begin and end that are counted as neighbours of a statement's."""
        statements = self.statements
        starts, leaf = self.tokens.starts, statements[i].leaf
        first = i
        while first and i - first < 6 and statements[first - 1].leaf == leaf:
            first -= 1
        last = i
        while last + 1 < len(statements) and last - i < 3 and statements[last + 1].leaf == leaf:
            last += 1
        left = max(a - _CONTEXT_WORDS, bisect_left(starts, statements[first].start)) if first < i else a
        right = min(b + _CONTEXT_WORDS, bisect_left(starts, statements[last].end)) if last > i else b
        return left, right

    def _heading_features(self, headings: tuple[Span, ...]) -> list[Any]:
        if headings not in self._of_heading:
            out: list[Any] = []
            for depth, heading in enumerate(reversed(headings)):
                a = bisect_left(self.tokens.starts, heading.start)
                b = bisect_left(self.tokens.starts, heading.end)
                name = "h" if depth == 0 else "H"
                words = self.tokens.words[a : min(b, a + _HEADING_WORDS)]
                out += self._notation.each(f"{name}:", [word for word in words if word.isalpha() or len(word) == 5])
                families = self._families_in(heading.start, heading.end)
                out += self._notation.each(f"{LEXICON}{name}c:", families)
            self._of_heading[headings] = out
        return self._of_heading[headings]

    def _families_in(self, start: int, end: int) -> Iterator[str]:
        """The families that the mentions of a stretch speak for."""
        starts = self._mention_starts
        return filter(None, self._family_of_mention[bisect_left(starts, start) : bisect_left(starts, end)])

    def _concept_features(self, i: int, statement: Statement) -> list[Any]:
        of, statements, families = self._notation.of, self.statements, self._families
        section = statement.section
        out: list[Any] = []
        for m in statement.mentions:
            out += of(_mention_features, m.kind, m.name, m.code, m.detail, section)
        out += of(_count_features, families[i])
        for j, inside, outside in ((i - 1, "pc", "pl"), (i + 1, "nx", "nl")):
            if 0 <= j < len(statements) and statements[j].section == section:
                # a time closes an entry of a line: what follows it is seldom more of the same
                same = statements[j].leaf == statement.leaf and not self._times_in(statements[min(i, j)])
                out += of(_neighbour_features, inside if same else outside, families[j])
        return out

"""Concepts: the lexicon's terms in the note, as mentions; regions carry the side that the words beside them name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder import lexicon
from rehabcoder.lexicon import Term
from rehabcoder.reading.plain import Tokens, reading_of, tokenize
from rehabcoder.reading.spelling import Spelling
from rehabcoder.records import Mention

#: Abbreviations that are plain words too: in a line that is all capitals the case of the letters says nothing.
_PLAIN_WORDS = frozenset(
    [
        "us",
        "it",
        "at",
        "am",
        "is",
        "as",
        "in",
        "or",
        "so",
        "no",
        "to",
        "do",
        "be",
        "he",
        "me",
        "we",
        "an",
        "on",
        "by",
        "pa",
        "te",
        "ma",
        "ha",
        "la",
        "st",
        "ex",
        "up",
        "add",
    ]
)
_JOINERS = frozenset({"and", "&", ",", "/", "-", "+", "as", "well"})
_BETWEEN_SIDE_AND_REGION = frozenset(
    {"(", ")", "the", "side", "sided", ".", "of", "on", "-", "in", "her", "his", ":", "their"}
)
_LONGEST_GAP = 3


class TermMatcher:
    """Finds all terms in one walk over the tokens; hyphens and white space between the words of a term do not count.

    ``match`` gives the longest term of each kind at each place as (kind, term, first token, last token + 1).
    """

    def __init__(self, terms: tuple[Term, ...]):
        self.terms = terms
        # Every beginning of a term, its words joined by blanks, with the numbers of the terms that end there. One flat
        # table of strings and numbers, since garbage collection walks a tree of dictionaries again and again.
        self._ending: dict[str, tuple[int, ...]] = {}
        self.words: set[str] = set()
        for number, term in enumerate(terms):
            pieces = [w for w in tokenize(term.text.lower()).words if w != "-"]
            self.words.update(pieces)
            for beginning in accumulate(pieces, "{} {}".format):
                self._ending.setdefault(beginning, ())
            self._ending[" ".join(pieces)] += (number,)
        self.spelling = Spelling(w for w in self.words if w.isalpha())

    def match(self, tokens: Tokens, text: str) -> list[tuple[Term, int, int]]:
        words = tokens.words
        ending, terms = self._ending, self.terms
        n = len(words)
        found: list[tuple[Term, int, int]] = []
        covered: dict[str, int] = {}
        for i in [i for i, word in enumerate(words) if word in ending]:
            best: dict[str, tuple[list[Term], int]] = {}
            read, j = words[i], i + 1
            while True:
                for number in ending[read]:
                    term = terms[number]
                    if not term.exact or _written_exact(term, tokens, i, j, text):
                        kept = best.get(term.kind)
                        best[term.kind] = ([*kept[0], term] if kept and kept[1] == j else [term], j)
                while j + 1 < n and words[j] == "-" and f"{read} {words[j + 1]}" in ending:
                    j += 1
                if j >= n or (longer := f"{read} {words[j]}") not in ending:
                    break
                read = longer
                j += 1
            for kind, (longest, end) in best.items():
                if covered.get(kind, 0) <= i:
                    covered[kind] = end
                    found += [(term, i, end) for term in longest]
        return found


def _written_exact(term: Term, tokens: Tokens, first: int, end: int, text: str) -> bool:
    """Whether an abbreviation stands in capitals, in a line that is not in capitals altogether."""
    written = text[tokens.starts[first] : tokens.ends[end - 1]]
    if not any(c.isupper() for c in written) or written != written.upper():
        return False
    if term.text in _PLAIN_WORDS:
        around = text[max(0, tokens.starts[first] - 30) : tokens.ends[end - 1] + 30]
        return sum(c.islower() for c in around) > sum(c.isupper() for c in around) / 2
    return True


def mentions_of(matches: list[tuple[Term, int, int]], tokens: Tokens) -> list[Mention]:
    """Mentions in text order, with sides joined to their regions."""
    matches = _without_parts_of_names(matches)
    sides = _Sides([(term.name, a, b) for term, a, b in matches if term.kind == "side"], tokens.words)
    side_of = _sides_of_regions([(a, b) for term, a, b in matches if term.kind == "region"], sides)
    out = []
    for term, a, b in matches:
        name, region = term.name, term.region
        if term.kind == "region":
            name = _sided(name, side_of.get(a))
        elif region and term.kind == "technique":
            region = _sided(region, sides.beside(a, b, ()))
        out.append(Mention(term.kind, name, tokens.starts[a], tokens.ends[b - 1], term.code, region, term.detail))
    return out


def _sided(region: str, side: str | None) -> str:
    return f"{region}:{side}" if side else region


def _without_parts_of_names(matches: list[tuple[Term, int, int]]) -> list[tuple[Term, int, int]]:
    """Matches without the words that are part of a longer name: the L of L5 is no side, the thumb of thumb kneading and
    the heel of heel slides are not the part treated (the lexicon gives such a technique its region)."""
    inside = {i for term, a, b in matches if term.kind in ("technique", "family") for i in range(a, b)}
    segments = {i for term, a, b in matches if term.kind == "region" for i in range(a, b)}
    return [
        (term, a, b)
        for term, a, b in matches
        if not (term.kind == "region" and inside.issuperset(range(a, b)))
        and not (term.kind == "side" and segments.issuperset(range(a, b)))
    ]


class _Sides:
    """The side words of a note, in text order, asked for those beside a place."""

    def __init__(self, sides: list[tuple[str, int, int]], words: list[str]):
        self.sides = sides
        self.words = words
        self._starts = [start for _, start, _ in sides]
        self._longest = max((end - start for _, start, end in sides), default=0)

    def beside(self, a: int, b: int, region_starts: Sequence[int]) -> str | None:
        """The side named within or beside the tokens a to b: the nearest before them, else the first behind them.

        A side before another region, one of those that begin at ``region_starts`` (in order), is that region's.
        """
        words = self.words
        before = after = None
        first = bisect_left(self._starts, a - _LONGEST_GAP - self._longest)
        for name, s, e in self.sides[first : bisect_right(self._starts, b + _LONGEST_GAP)]:
            if s >= a and e <= b:
                return name
            if (
                e <= a
                and a - e <= _LONGEST_GAP
                and all(w in _BETWEEN_SIDE_AND_REGION or w.isalpha() for w in words[e:a])
            ):
                taken = bisect_left(region_starts, e) < bisect_left(region_starts, a)
                if not taken and "," not in words[e:a]:
                    before = name
            elif s >= b and words[s:e] != ["both"] and all(w in _BETWEEN_SIDE_AND_REGION for w in words[b:s]):
                after = after or name
        return before or after

    def follows(self, b: int) -> bool:
        """Whether a side begins at token b or soon behind it."""
        k = bisect_left(self._starts, b)
        return k < len(self._starts) and self._starts[k] <= b + _LONGEST_GAP


def _sides_of_regions(regions: list[tuple[int, int]], sides: _Sides) -> dict[int, str]:
    """First token of a region -> its side: the side word beside it, else that of the region it is listed with."""
    out: dict[int, str] = {}
    words = sides.words
    starts = [a for a, _ in regions]
    for k, (a, b) in enumerate(regions):
        side = sides.beside(a, b, starts)
        if side is None and k:
            between = words[regions[k - 1][1] : a]
            if len(between) <= 3 and all(w in _JOINERS for w in between):
                side = out.get(regions[k - 1][0])
        if side:
            out[a] = side
    for k in range(len(regions) - 2, -1, -1):
        (a, b), (after, end) = regions[k], regions[k + 1]
        if a not in out and after in out and sides.follows(end) and _joined(words[b:after]):
            out[a] = out[after]
    return out


def _joined(between: list[str]) -> bool:
    return 0 < len(between) <= 3 and all(w in _JOINERS for w in between)


class Concepts:
    """spaCy component: corrects the tokens' spelling and writes ``doc.user_data["mentions"]``."""

    def __init__(self, terms: tuple[Term, ...]):
        self.matcher = TermMatcher(terms)

    def __call__(self, doc: Doc) -> Doc:
        data = reading_of(doc)
        tokens = data["tokens"]
        correct = self.matcher.spelling.correct
        tokens.words[:] = [correct(w) if len(w) > 6 else w for w in tokens.words]
        data["mentions"] = mentions_of(self.matcher.match(tokens, data["text"]), tokens)
        return doc


@Language.factory("rehab_concepts")
def create_concepts(nlp: Language, name: str) -> Concepts:
    concepts = Concepts(lexicon.terms())
    for word in concepts.matcher.words:
        nlp.vocab[word]  # made here it stays; in a memory zone spaCy makes the same words anew for every batch
    return concepts

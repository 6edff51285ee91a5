"""Concepts: the lexicon's terms in the note, as mentions; regions carry the side that the words beside them name."""

from __future__ import annotations

from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder import lexicon
from rehabcoder.lexicon import Term
from rehabcoder.reading.plain import Tokens, tokenize
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
        self.root: dict[str, Any] = {}
        words: set[str] = set()
        for term in terms:
            pieces = [w for w in tokenize(term.text.lower()).words if w != "-"]
            words.update(pieces)
            node = self.root
            for piece in pieces:
                node = node.setdefault(piece, {})
            node.setdefault("", []).append(term)
        self.spelling = Spelling(w for w in words if w.isalpha())

    def match(self, tokens: Tokens, text: str) -> list[tuple[Term, int, int]]:
        words = tokens.words
        root = self.root
        n = len(words)
        found: list[tuple[Term, int, int]] = []
        covered: dict[str, int] = {}
        for i in range(n):
            node = root.get(words[i])
            if node is None:
                continue
            best: dict[str, tuple[list[Term], int]] = {}
            j = i + 1
            while True:
                for term in node.get("", ()):
                    if not term.exact or _written_exact(term, tokens, i, j, text):
                        kept = best.get(term.kind)
                        best[term.kind] = ([*kept[0], term] if kept and kept[1] == j else [term], j)
                while j < n and words[j] == "-" and j + 1 < n and words[j + 1] in node:
                    j += 1
                if j >= n or words[j] not in node:
                    break
                node = node[words[j]]
                j += 1
            for kind, (terms, end) in best.items():
                if covered.get(kind, 0) <= i:
                    covered[kind] = end
                    found += [(term, i, end) for term in terms]
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
    sides = [(term.name, a, b) for term, a, b in matches if term.kind == "side"]
    regions = [(term, a, b) for term, a, b in matches if term.kind == "region"]
    side_of = _sides_of_regions(regions, sides, tokens.words)
    out = []
    for term, a, b in matches:
        name = term.name
        if term.kind == "region":
            side = side_of.get(a)
            name = f"{name}:{side}" if side else name
        region = term.region
        if region and term.kind == "technique":
            side = _side_at(sides, a, b, tokens.words, ())
            region = f"{region}:{side}" if side else region
        out.append(Mention(term.kind, name, tokens.starts[a], tokens.ends[b - 1], term.code, region, term.detail))
    return out


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


def _sides_of_regions(
    regions: list[tuple[Term, int, int]], sides: list[tuple[str, int, int]], words: list[str]
) -> dict[int, str]:
    """First token of a region -> its side: the side word beside it, else that of the region it is listed with."""
    out: dict[int, str] = {}
    places = [(a, b) for _, a, b in regions]
    for k, (_, a, b) in enumerate(regions):
        side = _side_at(sides, a, b, words, places)
        if side is None and k:
            previous = regions[k - 1]
            between = words[previous[2] : a]
            if len(between) <= 3 and all(w in _JOINERS for w in between):
                side = out.get(previous[1])
        if side:
            out[a] = side
    for k in range(len(regions) - 2, -1, -1):
        a, b = places[k]
        after = regions[k + 1][1]
        if a not in out and after in out and _side_follows(sides, places[k + 1]) and _joined(words[b:after]):
            out[a] = out[after]
    return out


def _joined(between: list[str]) -> bool:
    return 0 < len(between) <= 3 and all(w in _JOINERS for w in between)


def _side_follows(sides: list[tuple[str, int, int]], region: tuple[int, int]) -> bool:
    return any(region[1] <= a <= region[1] + _LONGEST_GAP for _, a, _ in sides)


def _side_at(sides: list[tuple[str, int, int]], a: int, b: int, words: list[str], regions: tuple | list) -> str | None:
    before = after = None
    for name, s, e in sides:
        if s >= a and e <= b:
            return name
        if e <= a and a - e <= _LONGEST_GAP and all(w in _BETWEEN_SIDE_AND_REGION or w.isalpha() for w in words[e:a]):
            if not any(e <= x[0] < a for x in regions) and words[e:a].count(",") == 0:
                before = name
        elif (
            s >= b
            and s - b <= _LONGEST_GAP
            and words[s:e] != ["both"]
            and all(w in _BETWEEN_SIDE_AND_REGION for w in words[b:s])
        ):
            after = after or name
    return before or after


class Concepts:
    """spaCy component: corrects the tokens' spelling and writes ``doc.user_data["mentions"]``."""

    def __init__(self, terms: tuple[Term, ...]):
        self.matcher = TermMatcher(terms)

    def __call__(self, doc: Doc) -> Doc:
        tokens = doc.user_data["tokens"]
        correct = self.matcher.spelling.correct
        tokens.words[:] = [correct(w) if len(w) > 6 else w for w in tokens.words]
        doc.user_data["mentions"] = mentions_of(self.matcher.match(tokens, doc.text), tokens)
        return doc


@Language.factory("rehab_concepts")
def create_concepts(nlp: Language, name: str) -> Concepts:
    return Concepts(lexicon.terms())

"""Statements: the leaves of the layout tree cut into clauses that say one thing each.

A leaf is cut at semicolons, "then", "but" and the like; at a comma or a dash where the lexicon knows something in what
follows; and at "and", "with", "/" only where the two sides name different services. A piece that says nothing by itself
(a dose, a body part, a side) stays with its neighbour.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from operator import attrgetter

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder import lexicon
from rehabcoder.reading.layout import Leaf
from rehabcoder.reading.plain import Tokens
from rehabcoder.reading.times import UNIT
from rehabcoder.records import Mention, Statement

_CUT = re.compile(
    r",(?=\s)|;|\s\|\s?|\s--?\s|\s/\s|\s\+\s|(?<=[a-z)])\s{3,}|\s(?=[\[(]?(?:97\d{3}|98\d{3}|g0283)\b)"
    r"|\b(?:then|followed by|after which|but|plus|as well as|while|although|however|except|whereas|instead of)\b"
    r"|\b(?:only|and)\b|[&/+]"
    r"|\s\((?=(?:no|not|skip\w*|except\w*|held|hold\w*|omit\w*|declin\w*|deferr?\w*|refus\w*|without|w/o|last|prev\w*)\b)"
)
_WEAK = frozenset({"and", "&", "/", "+", "only"})
#: A written code begins a statement where the one before it has a code and a number already ("97110 15 97140 8").
_CODE_FIRST = re.compile(r"[\s\[(]*(?:97\d{3}|98\d{3}|g0283)\b")
_CHARGED = re.compile(r"(?:97\d{3}|98\d{3}|g0283)\b[^\d]{0,80}\d")
#: A clause that opens with minutes and names no service says how long the one before it took.
_TIME_FIRST = re.compile(rf"\s*(?:x\s?)?\d{{1,2}}\s?-?(?:{UNIT}|')")
_WORDLESS = frozenset(
    """
    x for to the of on in at a an each per side sides ea with and or w min mins minutes minute sec secs
    seconds hold holds set sets rep reps lb lbs kg level band red green blue yellow black orange r l b rt lt
    bil bilat bilateral bilaterally right left both total times way ways degrees deg units unit medium light
    heavy approx about
    """.split()
)


#: Words behind "declined" or "skipped" up to which a piece says no more than that.
_SHORT_REMARK = 5
_INTERVENTIONS = frozenset({"technique", "family"})
#: At a comma or a dash a new statement begins only with a mention of one of these kinds.
_SOFT = frozenset({",", "-", "--"})
_OPENERS = frozenset({"technique", "family", "objective", "response", "function", "cue", "total", "role"})
#: A clause that opens with one of these goes on with what was said before it.
_GOES_ON = frozenset(
    """
    to for until due because d in on at from of x using via secondary over along into through under
    """.split()
)


_START = attrgetter("start")


def _within(mentions: list[Mention], start: int, end: int) -> list[Mention]:
    """The mentions, which are in text order, that begin in a stretch."""
    return mentions[bisect_left(mentions, start, key=_START) : bisect_left(mentions, end, key=_START)]


class Statements:
    """spaCy component: writes ``doc.user_data["statements"]``, each with its mentions."""

    def __init__(self, codes: dict[str, str]):
        self.codes = codes

    def __call__(self, doc: Doc) -> Doc:
        data = doc.user_data
        data["statements"] = self.read(data["plain"], data["tokens"], data["leaves"], data["mentions"])
        return doc

    def read(self, plain: str, tokens: Tokens, leaves: list[Leaf], mentions: list[Mention]) -> list[Statement]:
        out: list[Statement] = []
        for number, leaf in enumerate(leaves):
            inside = _within(mentions, leaf.start, leaf.end)
            pieces = [(leaf.start, leaf.end)] if leaf.kind == "row" else self._pieces(plain, tokens, leaf, inside)
            for a, b in pieces:
                own = _within(inside, a, b)
                out.append(Statement(a, b, leaf.section, leaf.headings, number, leaf.kind, leaf.ticked, mentions=own))
        return out

    def _pieces(self, plain: str, tokens: Tokens, leaf: Leaf, mentions: list[Mention]) -> list[tuple[int, int]]:
        """The clauses of a leaf, without the white space around them."""
        cuts = [(leaf.start, leaf.start, "")]
        whole = [m for m in mentions if m.kind != "cue"]  # no cut goes through these
        furthest = list(accumulate((m.end for m in whole), max))
        for m in _CUT.finditer(plain, leaf.start, leaf.end):
            before = bisect_left(whole, m.end(), key=_START)
            if not before or furthest[before - 1] <= m.start():
                cuts.append((m.start(), m.end(), m[0].strip()))
        cuts.append((leaf.end, leaf.end, ""))
        raw: list[tuple[int, int, str]] = []
        for (_, a, delimiter), (b, _, _) in zip(cuts, cuts[1:], strict=False):
            raw.append((a, b, delimiter))
        pieces: list[tuple[int, int]] = []
        says = False  # whether the last piece says something by itself
        for a, b, delimiter in raw:
            joins = pieces and (
                self._belongs(plain, tokens, mentions, pieces[-1], (a, b), delimiter)
                or not (says or _CHARGED.search(plain, *pieces[-1]))
            )
            if joins:
                says = says or self._says_something(tokens, mentions, pieces[-1][1], b)
                pieces[-1] = (pieces[-1][0], b)
            else:
                start = a if delimiter in _WEAK or not delimiter or not delimiter.isalpha() else a - len(delimiter)
                pieces.append((start if pieces else a, b))
                says = self._says_something(tokens, mentions, *pieces[-1])
        out = []
        for a, b in pieces:
            while a < b and plain[a].isspace():
                a += 1
            while b > a and plain[b - 1].isspace():
                b -= 1
            if a < b:
                out.append((a, b))
        return out

    def _belongs(
        self,
        plain: str,
        tokens: Tokens,
        mentions: list[Mention],
        before: tuple[int, int],
        piece: tuple[int, int],
        delimiter: str,
    ) -> bool:
        """Whether a piece goes on with the statement before it."""
        if _CODE_FIRST.match(plain, *piece):
            return not _CHARGED.search(plain, *before)
        if not self._says_something(tokens, mentions, *piece) or self._goes_on(tokens, mentions, *piece):
            return True
        if plain.count("(", *before) > plain.count(")", *before):
            return True
        if delimiter == "," and _TIME_FIRST.match(plain, *piece) and not self._codes_in(mentions, *piece):
            return True
        if delimiter.startswith("-") and self._is_label(tokens, *before):
            return True
        if self._takes_back(plain, tokens, mentions, before, piece):
            return True
        if not delimiter:
            return True
        if delimiter in _SOFT:
            return not any(m.kind in _OPENERS for m in _within(mentions, *piece))
        if delimiter in _WEAK:
            left, right = self._codes_in(mentions, *before), self._codes_in(mentions, *piece)
            return not (left and right and right.isdisjoint(left))
        return False

    def _takes_back(
        self,
        plain: str,
        tokens: Tokens,
        mentions: list[Mention],
        before: tuple[int, int],
        piece: tuple[int, int],
    ) -> bool:
        """Whether a piece says no more than that what was named before was not done (", refused", "(skipped)")."""
        own = _within(mentions, *piece)
        if any(m.kind in _INTERVENTIONS or m.kind == "region" for m in own):
            return False
        first = next((m for m in own if m.kind == "cue"), None)
        return (
            first is not None
            and first.name == "negated"
            and first.detail in ("both", "backward")
            and not plain[piece[0] : first.start].strip(" (")
            and bisect_left(tokens.starts, piece[1]) - bisect_left(tokens.starts, first.end) <= _SHORT_REMARK
            and any(m.kind in _INTERVENTIONS for m in _within(mentions, *before))
        )

    def _is_label(self, tokens: Tokens, a: int, b: int) -> bool:
        """Whether a piece before a dash is a short name of what follows it ("MT - grade III glides")."""
        return bisect_left(tokens.starts, b) - bisect_left(tokens.starts, a) <= 4

    def _goes_on(self, tokens: Tokens, mentions: list[Mention], a: int, b: int) -> bool:
        """Whether a piece is a phrase that hangs on the clause before it and names no technique of its own."""
        i = bisect_left(tokens.starts, a)
        opens = i < len(tokens.words) and tokens.starts[i] < b and tokens.words[i] in _GOES_ON
        return opens and not any(m.kind in _INTERVENTIONS for m in _within(mentions, a, b))

    def _codes_in(self, mentions: list[Mention], a: int, b: int) -> set[str]:
        return {
            m.name if m.kind == "family" else m.code or self.codes[m.name]
            for m in _within(mentions, a, b)
            if m.kind in _INTERVENTIONS
        }

    def _says_something(self, tokens: Tokens, mentions: list[Mention], a: int, b: int) -> bool:
        """Whether a piece holds any word that is not a dose, a side or a body part."""
        i, j = bisect_left(tokens.starts, a), bisect_left(tokens.starts, b)
        regions = (m for m in _within(mentions, a, b) if m.kind == "region")
        region = next(regions, None)
        for k in range(i, j):
            word, at = tokens.words[k], tokens.starts[k]
            while region and region.end <= at:
                region = next(regions, None)
            if word.isalpha() and word not in _WORDLESS and not (region and region.start <= at):
                return True
        return False


@Language.factory("rehab_statements")
def create_statements(nlp: Language, name: str) -> Statements:
    return Statements({name: technique.code for name, technique in lexicon.techniques().items()})

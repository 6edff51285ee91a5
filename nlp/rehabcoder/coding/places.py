"""Places: the parts of the body that a statement says were treated, among all the parts that it names.

A statement also names the provider's own hands, the way that a stroke takes, the posture, and the parts that the
service is for ("STM to the calf so that the heel can come down"). None of these is a region of the service.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from rehabcoder.coding.features import mention_family
from rehabcoder.records import Mention, Statement


class Part(NamedTuple):
    """A region with its side, if one is stated, at its place in the note.

    An ``aside`` is a part that stands in a purpose, a result or a posture.
    """

    region: str
    side: str | None
    start: int
    end: int
    aside: bool = False

    @property
    def name(self) -> str:
        return f"{self.region}:{self.side}" if self.side else self.region


#: Neighbouring regions from one end to the other: "neck to sacrum" goes over the back.
_AXIS = ("head", "neck", "upper_back", "lower_back", "pelvis")
_CHAINS = (
    _AXIS,
    ("wrist_hand", "forearm", "elbow", "upper_arm", "shoulder"),
    ("ankle_foot", "lower_leg", "knee", "thigh", "hip"),
)
_LIMBS = frozenset(region for chain in _CHAINS if chain is not _AXIS for region in chain)
_WITHOUT_SIDE = frozenset({"whole_body"})
#: Characters between a part and a side word that belongs to it, and those before a part that say what it is.
_ADJOINS = 6
_WORDS_BEFORE = 40

_SIDE = r"(?:l|r|b|lt|rt|left|right|both|bilat\w*|bil|b/l)\.?"
#: Words that "to" leads to a place with ("to the tight calf"); other words make a purpose of it ("to loosen the calf").
_PLACE_WORDS = (
    rf"{_SIDE}|\(|the|his|her|their|my|pt's|patient's|each|all|same|this|that|these|those|an?|one|two|and|end"
    r"|area\w*|region|site|front|back|entire|whole|involved|affected|surrounding|tight|tender|sore|stiff"
    r"|medial|lateral|lat|med|anterior|posterior|ant|post|upper|lower|mid|middle|inner|outer|deep|superficial|distal"
    r"|proximal|volar|dorsal|palmar|soft|tissues?|scars?|scarring|incisions?|trigger|tps?|trps?|points?|muscles?|mm"
    r"|musculature|bands?|knots?|tendons?|fascia|joints?|capsule|skin|adhesions?|insertion|origin|borders?"
)
#: What opens an aside: a purpose, a reason, a result, a posture.
_ASIDE = re.compile(
    r"\b(?:because|since|so|while|that|which|until|till|before|whenever|due|d/t|secondary|sec to|2/2|why|reason|purpose"
    r"|aim\w*|goal|not|spared|avoid\w*|pillow|bolster|wedge|towel|prone on|l(?:ie|ying) on|face down"
    r"|into (?:flex|ext|abd|add|rot)\w*"
    r"|(?:limit|restrict|pull|stop|block|hinder|prevent|caus|allow|help|let|pinch|guard)(?:s|es|ing|ting|ping)"
    rf"|for(?!\s+(?:\d|an?\b|half|about|another|{_SIDE}\b|the\b|his\b|her\b))"
    rf"|to(?![\s-]+(?:{_PLACE_WORDS})(?![a-z])))\b|(?:->|=>|→)"
)
#: Openings that lead to a part where it stands right behind them ("to calf", "hand -> forearm").
_LEADING = frozenset({"to", "for", "->", "=>", "→"})
_SEMICOLON = re.compile(";")
_BRACKET = re.compile(r"[()]")
_TOWARDS = re.compile(r"\b(?:towards?|against|above|off)\s+(?:the\s+|his\s+|her\s+)?$")
_UP_TO = re.compile(r"\b(?:up|down)\s+to\s+(?:the\s+|his\s+|her\s+)?$")

_RANGE = re.compile(
    rf"\W*(?:(?:up|down|in)?\s*(?:to|into)|->|=>|→|>|through)\s+(?:(?:the|his|her|mid|middle|{_SIDE})\W+)*"
    r"|\s*(?:->|→)\s*"
)
#: Words that only bound a stretch: "wrist to elbow" is the forearm.
_BOUNDARIES = re.compile(r"knees?|elbows?|wrists?|groin|skull")
_LISTED = re.compile(
    rf"[\s,/&+()-]*(?:(?:and|then|to|into|up|the|back|front|of|n|or|mid|dorsal|volar|->|→|{_SIDE})(?![a-z])[\s,/&+()-]*)*"
)

#: Parts that a provider works with as well as on.
_HAND = re.compile(r"(?:hand|finger|fingertip|thumb|palm|heel|elbow|forearm|knuckle)s?")
_WITH_A_HAND = re.compile(
    r"\b(?:with|w/|by|under|between|flat|gloved|cupped|my|our|therapist's|using|thumb over|pads? of|pressure of|cross)"
    r"[\s-]+(?:(?:the|an?|my|his|her|own|flat|cupped|gloved|both|one|(?:fingers?|thumbs?|hands?|palms?)\s+(?:and|&|or)|(?:heel|flat|back|sides?|edge|pads?|tips?)\s+of)\s+)*$"
)
_HAND_DOES = re.compile(
    r"[\s-]*(?:on\b|over\b|of (?:the |my |his |her )?(?:hand|fist|palm)|pads?\b|tips?\b|tools?\b|held\b|where\b|work\b"
    r"|sweep|hold|glid|knead|pressure|pressing|strok|compress|lean|strip|wring|circle|circular|friction|spring|technique"
    r"|fixing|percussion|roll|mobil|pin\b|sunk|hook|drag|width)"
)

_SIDE_BEFORE = re.compile(rf"(?:^|\W){_SIDE}\)?\s*$")
_SIDE_BEHIND = re.compile(rf"\W*(?:(?:on|the)\s+)*{_SIDE}(?!\w)")
#: "L 5m" is a side and a time, "face down" a posture.
_NO_PART = re.compile(r"l\s?\d{1,2}\s?(?:m|mins?|'|u)\b|face[ -](?:down|up)\b")
#: A side of a motion or a posture ("L rotation", "left side-lying") is no side of the part.
_MOTION_BEHIND = re.compile(rf"\W*(?:in\s+)?{_SIDE}\W*(?:rot|sb\b|side\W?(?:bend|ly)|turn|lat\w* flex)")
_MOTION_BEFORE = re.compile(r"\b(?:left|right|l|r)\s+(?:rot\w*|side\s?bend\w*|sb|lateral flexion)\s+(?:at|of|in)?\s*$")
#: The trunk's own names: the side of a muscle listed beside them is not theirs.
_MIDLINE = re.compile(
    r"neck|abdomen|belly|tummy|chest|sternum|head|scalp|(?:upper|mid|low|lower)\W?back|sacrum|coccyx|pelvis"
    r"|pelvic floor"
)

#: Words that are part of the region right before them: a muscle's belly or head, the muscles along a spinal segment.
_MUSCLE_PART = re.compile(r"bell(?:y|ies)|heads?")
_OF_A_MUSCLE = re.compile(r"\b(?:muscle|tendon|rad\w*\.?|fib\w*\.?|medial|lateral|long|short|humeral|femoral)\s+$")
_ALONG_THE_SPINE = re.compile(r"(?:para\W?spinal|erector|multifid|pvm|psp|facet|paravertebral|extensor)\w*")
_SEGMENTS = frozenset({"neck", "upper_back"})

#: "Back" by itself; "low back" and "mid back" are terms of the lexicon.
_WHOLE_BACK = re.compile(
    r"\b(?:full|whole|entire|of the|over the|to the|her|his|for the)\s+back\b(?!\s+(?:of|to|and forth)\b)"
    r"|\bback(?=\s+(?:rub|massage|and\b(?! forth)|n\b)|\s*(?:,|\+|&|/))"
    r"|(?:massage|strokes|,|/)\s+back\b(?=\s*(?:[,.;+&/]|$))"
)
_BOTH_BACKS = re.compile(
    r"\b(?:mid|middle|upper)\s*(?:and|&|/|\+|to|,)\s*(?:low|lower)[\s-]+back|\bt\s*/\s*l\b|\bt\s*-\s*l\s+(?:spine|para)"
)


class Asides:
    """The asides of a statement, each from its opening word to the next technique or semicolon."""

    def __init__(self, statement: Statement, techniques: Iterable[Mention], plain: str):
        span = (statement.start, statement.end)
        openings = [(m.end(), m[0] in _LEADING) for m in _ASIDE.finditer(plain, *span)]
        self._plain = plain
        self._ends = [end for end, _ in openings]
        self._leading = [leading for _, leading in openings]
        self._closings = sorted([t.start for t in techniques] + [m.start() for m in _SEMICOLON.finditer(plain, *span)])
        self._brackets = [m.start() for m in _BRACKET.finditer(plain, *span)]

    def hold(self, at: int, led_to: Sequence[int]) -> bool:
        """Whether a place stands in an aside.

        An opening like "to" that leads to one of the places ``led_to``, which are in text order, opens none.
        """
        k = bisect_right(self._ends, at) - 1
        while k >= 0 and self._leading[k] and self._leads(self._ends[k], led_to):
            k -= 1
        if k < 0:
            return False
        closing = bisect_left(self._closings, self._ends[k])
        return closing == len(self._closings) or self._closings[closing] >= at

    def bracket(self, at: int) -> bool:
        """Whether a place stands in brackets."""
        k = bisect_left(self._brackets, at) - 1
        return k >= 0 and self._plain[self._brackets[k]] == "("

    def _leads(self, end: int, led_to: Sequence[int]) -> bool:
        k = bisect_left(led_to, end)
        return k < len(led_to) and self._plain[end : led_to[k]].isspace()


def treated(statement: Statement, family: str, plain: str) -> list[Part]:
    """The parts that a statement of a code family names as treated, in text order, those in asides marked."""
    named = [m for m in statement.mentions if m.kind == "region"]
    own = [m for m in statement.mentions if m.kind == "technique" and mention_family(m) == family]
    sides = {m.name for m in statement.mentions if m.kind == "side"}
    parts = [_part(m.name, m, plain) for m in _worked_on(named, plain, statement)]
    parts += [_of_technique(m, sides, plain) for m in own if m.region]
    parts += _backs(statement, named, plain)
    parts = _stretched(sorted(parts, key=lambda p: p.start), plain)
    parts = [p for p in parts if p.region == "whole_body"] or parts
    if not parts:
        return parts
    asides, starts = Asides(statement, own, plain), [p.start for p in parts]
    parts = [p._replace(aside=asides.hold(p.start, starts) or asides.bracket(p.start)) for p in parts]
    return with_common_side(parts, statement.mentions, plain)


def beside(statement: Statement, mentions: list[Mention], family: str, plain: str) -> list[Part]:
    """The parts that the mentions of a statement's leaf name, for a statement that names none itself."""
    start = min([statement.start, *(m.start for m in mentions)])
    end = max([statement.end, *(m.end for m in mentions)])
    return treated(replace(statement, start=start, end=end, mentions=mentions), family, plain)


def named_in(mentions: list[Mention], plain: str) -> list[Part]:
    """The parts that a heading names."""
    return [_part(m.name, m, plain) for m in mentions if m.kind == "region"]


def with_common_side(parts: list[Part], mentions: list[Mention], plain: str) -> list[Part]:
    """The parts; where none has a side and one stands by itself ("GH glides grade III, L"), it is that of all.

    The side of a part that stands in an aside is its own.
    """
    if any(p.side for p in parts if not p.aside):
        return parts
    taken = {i for p in parts if p.aside and p.side for i in range(p.start - _ADJOINS, p.end + _ADJOINS)}
    sides = {
        m.name
        for m in mentions
        if m.kind == "side" and m.start not in taken and not _MOTION_BEHIND.match(plain, m.start)
    }
    if len(sides) != 1:
        return parts
    side = sides.pop()
    return [p if p.aside or p.region in _WITHOUT_SIDE else p._replace(side=side) for p in parts]


def _part(name: str, mention: Mention, plain: str) -> Part:
    region, _, side = name.partition(":")
    before = plain[max(0, mention.start - _WORDS_BEFORE) : mention.start]
    moved = _MOTION_BEHIND.match(plain, mention.end) or _MOTION_BEFORE.search(before)
    shared = _MIDLINE.fullmatch(plain, mention.start, mention.end) and not (
        _SIDE_BEFORE.search(before) or _SIDE_BEHIND.match(plain, mention.end)
    )
    if region in _WITHOUT_SIDE or moved or shared:
        side = ""
    return Part(region, side or None, mention.start, mention.end)


def _of_technique(technique: Mention, sides: set[str], plain: str) -> Part:
    """The part that a technique's term names; its side only where it stands in the same statement."""
    part = _part(technique.region or "", technique, plain)
    return part if part.side in sides else part._replace(side=None)


def _worked_on(named: list[Mention], plain: str, statement: Statement) -> list[Mention]:
    """The regions without the ends of directions, parts of the region before, doses, and the provider's own hands."""
    others = [m for m in named if not _HAND.fullmatch(plain, m.start, m.end)]
    starts = [m.start for m in others]
    out: list[Mention] = []
    for k, region in enumerate(named):
        lead = plain[max(statement.start, region.start - _WORDS_BEFORE) : region.start]
        before = named[k - 1] if k else None
        if _ends_a_direction(region, before, plain, lead) or _NO_PART.match(plain, region.start):
            continue
        if _belongs_to_another(region, before, others, plain, lead):
            continue
        behind = bisect_left(starts, region.end)
        beside = [*out[-1:], *others[behind : behind + 1]]
        if _HAND.fullmatch(plain, region.start, region.end) and (
            _is_said_to_work(region, plain, lead)
            or (others and not _has_side(region, plain, lead) and not _is_listed(region, beside, plain))
        ):
            continue
        out.append(region)
    return out


def _ends_a_direction(region: Mention, before: Mention | None, plain: str, lead: str) -> bool:
    """Whether a part is only where a stroke goes ("towards the knee"); a stretch names both its ends."""
    if _TOWARDS.search(lead):
        return True
    return bool(_UP_TO.search(lead)) and not (before and _RANGE.fullmatch(plain, before.end, region.start))


def _belongs_to_another(region: Mention, before: Mention | None, others: list[Mention], plain: str, lead: str) -> bool:
    """Whether a word is a muscle's belly or head, or the muscles along the segment of the spine named before it."""
    adjoins = before is not None and plain[before.end : region.start].isspace()
    if _MUSCLE_PART.fullmatch(plain, region.start, region.end):
        word = plain[region.start : region.end]
        of_a_limb = word == "belly" and any(m.name.partition(":")[0] in _LIMBS for m in others)
        return adjoins or word == "bellies" or of_a_limb or bool(_OF_A_MUSCLE.search(lead))
    if before is None or not adjoins or not _ALONG_THE_SPINE.fullmatch(plain, region.start, region.end):
        return False
    return before.name.partition(":")[0] in _SEGMENTS


def _is_said_to_work(hand: Mention, plain: str, lead: str) -> bool:
    """Whether the words around a hand, thumb or elbow say that the provider works with it."""
    return bool(_WITH_A_HAND.search(lead)) or (
        not _has_side(hand, plain, lead) and bool(_HAND_DOES.match(plain, hand.end))
    )


def _has_side(region: Mention, plain: str, lead: str) -> bool:
    return bool(_SIDE_BEFORE.search(lead) or _SIDE_BEHIND.match(plain, region.end))


def _is_listed(hand: Mention, beside: list[Mention], plain: str) -> bool:
    """Whether a hand stands in one list with a part that is worked on: what stands outside is the provider's."""
    return any(_LISTED.fullmatch(plain, min(m.end, hand.end), max(m.start, hand.start)) for m in beside)


def _backs(statement: Statement, named: list[Mention], plain: str) -> list[Part]:
    """Upper and lower back where "back" stands by itself or one word names both."""
    taken = {i for m in named for i in range(m.start, m.end)}
    whole = [m.span() for m in _WHOLE_BACK.finditer(plain, statement.start, statement.end)]
    alone = [span for span in whole if taken.isdisjoint(range(*span))]
    both = [m.span() for m in _BOTH_BACKS.finditer(plain, statement.start, statement.end)]
    return [Part(region, None, *span) for span in (*alone, *both) for region in ("upper_back", "lower_back")]


def _stretched(parts: list[Part], plain: str) -> list[Part]:
    """The parts with those between the ends of a stretch ("neck to sacrum", "foot to knee").

    An end that only bounds the stretch is left out where other parts are named; limbs are filled in only up to one.
    """
    out: dict[Part, Part] = {p: p for p in parts}
    named = {p.region for p in parts}
    between: list[Part] = []
    for first, last in pairwise(parts):
        chain = next((c for c in _CHAINS if {first.region, last.region} <= set(c)), ())
        if first.region == last.region or not chain or not _RANGE.fullmatch(plain, first.end, last.start):
            continue
        i, j = sorted((chain.index(first.region), chain.index(last.region)))
        side = first.side or last.side
        bounds = [p for p in (first, last) if _BOUNDARIES.fullmatch(plain, p.start, p.end)]
        inside = [r for r in chain[i + 1 : j] if r not in named] if bounds or chain is _AXIS else []
        between += [Part(region, side, first.start, last.end) for region in inside]
        for end in (first, last):
            if end in bounds and (inside or len(parts) > 2 or (len(bounds) == 2 and end is first)):
                out.pop(end, None)
            elif end in out and side and not end.side:
                out[end] = end._replace(side=side)
    return sorted([*out.values(), *between], key=lambda p: p.start)

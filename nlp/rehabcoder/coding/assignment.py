"""Assignment: every time of service of a note goes to at most one group, by the place of both in the layout tree."""

from __future__ import annotations

import re
from bisect import bisect_right

from rehabcoder.coding.families import family_of
from rehabcoder.coding.groups import EXERCISE_FAMILIES, Group, Placed, is_joined_name, is_of_all
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.records import Mention, Span, Statement

_NO_WORD = re.compile(r"[^a-z]*(?:(?:x|for|total|time|of|lasting)\b)?[^a-z]*")
#: A written code right before a time.
CODE_BEFORE = re.compile(r"(?:97\d{3}|98\d{3}|g0283)[^a-z0-9]{0,12}(?:(?:x|for)\s?)?$")


def assign(
    groups: list[Group], statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], plain: str
) -> list[ReadTime]:
    """Place the times of service on the groups; returns those that found none."""
    leaf_starts = [leaf.start for leaf in leaves]
    by_leaf: dict[int, list[ReadTime]] = {}
    left: list[ReadTime] = []
    for time in times:
        if time.kind != "service" or _counts_repetitions(time, statements):
            continue
        leaf = bisect_right(leaf_starts, time.time.start) - 1
        if leaf < 0 or time.time.start >= leaves[leaf].end:
            left += _from_heading(groups, time)
        else:
            by_leaf.setdefault(leaf, []).append(time)
    here = _by_leaf(groups)
    for leaf in here.keys() & by_leaf.keys():
        _within_leaf(here[leaf], leaves[leaf], leaf, _surest_forms(by_leaf[leaf]), plain)
    for leaf in sorted(by_leaf.keys() - here.keys()):
        left += _from_outside(groups, leaves, leaf, _surest_forms(by_leaf[leaf]))
    return left


def _by_leaf(groups: list[Group]) -> dict[int, list[Group]]:
    """Leaf -> the groups with a statement in it."""
    out: dict[int, list[Group]] = {}
    for group in groups:
        for leaf in dict.fromkeys(s.leaf for s in group.statements):
            out.setdefault(leaf, []).append(group)
    return out


def _surest_forms(times: list[ReadTime]) -> list[ReadTime]:
    """The times of a leaf that name their unit, where there are any; bare numbers beside them count something else."""
    named = [t for t in times if t.time.form in ("minutes", "clock", "cell")]
    return named or times


def _counts_repetitions(time: ReadTime, statements: list[Statement]) -> bool:
    """Whether "x 15" stands behind an exercise or a task (guide, section 4), not behind a service or its code."""
    if time.time.form != "times":
        return False
    holder = next((s for s in statements if s.start <= time.time.start < s.end), None)
    if holder is None or holder.code not in EXERCISE_FAMILIES:
        return False
    before = [m for m in holder.mentions if m.end <= time.time.start]
    return not (before and before[-1].kind == "family" and time.time.start - before[-1].end <= 6)


def _within_leaf(groups: list[Group], leaf: Leaf, number: int, times: list[ReadTime], plain: str) -> None:
    """Times of a leaf that documents services: each to the group whose words it stands with."""
    pieces = sorted(((s.start, s.end, k) for k, g in enumerate(groups) for s in g.statements if s.leaf == number))
    names = [_joined_names(g, h, number, plain) for g, h in zip(groups, groups[1:], strict=False)]
    jointly = is_of_all(plain[times[0].time.end : leaf.end])
    if (
        len(times) == 1
        and len({g.family for g in groups}) > 1
        and (_is_shared(pieces, times[0]) or any(names) or jointly)
    ):
        for group in groups:
            group.shared = group.shared or not group.times
        return
    times_first = times[0].time.start - pieces[0][0] < 3 and times[-1].time.end < pieces[-1][1] - 12
    here = [m for g in groups for s in g.statements if s.leaf == number for m in s.mentions]
    for time in times:
        k = _piece_of(pieces, time, times_first)
        group = groups[k]
        holder = next((s for s in group.statements if s.start <= time.time.start < s.end), None)
        whole = holder is not None and _names_the_whole(holder, group.family, here, time, len(times) == 1, plain)
        over_leaf = (
            group.family not in EXERCISE_FAMILIES
            or holder is None
            or len(pieces) == 1
            or not _of_one_exercise(leaf, holder, time, plain)
        )
        placed = Placed(time, whole, number if over_leaf else None, holder.start if holder else None, number)
        group.times.append(placed)


def _piece_of(pieces: list[tuple[int, int, int]], time: ReadTime, times_first: bool) -> int:
    """Number of the group whose statement holds a time, or is nearest before it (behind it where times go first)."""
    start = time.time.start
    inside = [p for p in pieces if p[0] <= start < p[1]]
    if inside:
        return inside[0][2]
    after = [p for p in pieces if p[0] >= time.time.end]
    before = [p for p in pieces if p[1] <= start]
    if not before and not after:
        return min(pieces, key=lambda p: abs(p[0] - start))[2]
    return (after[0] if after and (times_first or not before) else before[-1])[2]


def _names_the_whole(
    holder: Statement, family: str, mentions: list[Mention], time: ReadTime, alone: bool, plain: str
) -> bool:
    """Whether a time stands in a lead-in or beside the service's name, code or total: it covers what follows too.

    The only time of a line that tells behind a colon what was done ("Scar, 9 min: rolled and lifted") covers that line.
    """
    if holder.kind == "header":
        return True
    if plain[time.time.end : time.time.end + 3].lstrip(" )]").startswith(":") and not alone:
        return True
    if CODE_BEFORE.search(plain[max(0, time.time.start - 18) : time.time.start]):
        return True
    for m in mentions:
        if m.kind == "total" or (m.kind == "family" and family_of(m.name) == family):
            between = plain[m.end : time.time.start] or plain[time.time.end : m.start]
            if (
                len(between) <= 12
                and _NO_WORD.fullmatch(between)
                and (m.end <= time.time.start or m.start >= time.time.end)
            ):
                return True
    return False


def _of_one_exercise(leaf: Leaf, holder: Statement, time: ReadTime, plain: str) -> bool:
    """Whether a time stands right behind an endurance exercise of a list: "bike 6 min, bridges 3x10" times the bike."""
    endurance = [
        m for m in holder.mentions if m.name == "endurance" and m.kind == "technique" and m.end <= time.time.start
    ]
    if not endurance:
        return False
    before = plain[endurance[-1].end : time.time.start]
    return (
        len(before) <= 14
        and before.strip()[-1:] not in (",", ";", ":", "=")
        and bool(plain[leaf.start : time.time.start].strip())
    )


def _joined_names(group: Group, behind: Group, leaf: int, plain: str) -> bool:
    """Whether a leaf joins the bare name of a group's service to another's."""
    return any(is_joined_name(a, b, plain) for a in group.statements if a.leaf == leaf for b in behind.statements)


def _is_shared(pieces: list[tuple[int, int, int]], time: ReadTime) -> bool:
    """One time before or behind several services of a leaf that are only listed beside each other."""
    starts, ends = pieces[0][0], pieces[-1][1]
    before_all = time.time.start <= starts + 2
    behind_all = time.time.end >= ends - 2
    return (before_all or behind_all) and ends - starts <= 40 + 12 * len(pieces)


def _from_outside(groups: list[Group], leaves: list[Leaf], leaf: int, times: list[ReadTime]) -> list[ReadTime]:
    """Times of a leaf that documents nothing itself: a lead-in's times go down, a bare time line's times go up."""
    lead_in = Span(leaves[leaf].start, leaves[leaf].end)
    under = [g for g in groups if any(any(h.overlaps(lead_in) for h in s.headings) for s in g.statements)]
    if under:
        _hand_down(groups, under, times)
        return []
    in_line = [g for g in groups if any(leaves[s.leaf].line == leaves[leaf].line for s in g.statements)]
    if len({g.family for g in in_line}) == 1 and not any(g.times for g in in_line):
        place_whole(in_line[0], times)
        return []
    above = [g for g in groups if g.statements[-1].leaf < leaf and _right_above(leaves, g.statements[-1].leaf, leaf)]
    if above and not above[-1].times and leaves[leaf].section in (above[-1].first.section, "billing"):
        place_whole(above[-1], times)
        return []
    return times


def _right_above(leaves: list[Leaf], above: int, leaf: int) -> bool:
    """Whether a leaf is the one before another, or stands in the line above it."""
    return leaf - above <= 1 or leaves[leaf].line - leaves[above].line <= 1


def _from_heading(groups: list[Group], time: ReadTime) -> list[ReadTime]:
    """A time in a section heading goes to the one code documented under it."""
    span = Span(time.time.start, time.time.end)
    under = [g for g in groups if any(any(h.overlaps(span) for h in s.headings) for s in g.statements)]
    if not under:
        return [time]
    _hand_down(groups, under, [time])
    return []


def _hand_down(groups: list[Group], under: list[Group], times: list[ReadTime]) -> None:
    """Times of a heading cover the one code under it; where several codes stand under it they share the time."""
    if len({g.family for g in under}) > 1:
        for group in under:
            group.shared = group.shared or not group.times
        return
    for group in under[1:]:
        under[0].take(group)
        groups.remove(group)
    place_whole(under[0], times)


def place_whole(group: Group, times: list[ReadTime]) -> None:
    group.times += [Placed(time, True) for time in times]
    group.shared = False

"""Assembly: read statements and times become services.

Statements of one code that belong together (same leaf, same lead-in, neighbouring lines) form a group. Each time of
service goes to at most one group: of its own leaf, else of the heading it stands in, else of the lines just above it.
A time that several codes share belongs to none. Lines of a charge list or time log are joined with what they charge.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rehabcoder.coding.families import OTHER
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.records import Span, Stated, Statement

#: A time of service at least this probable makes a statement with it a service, if it is one with the second chance.
_SURE_TIME = 0.6
_RECOGNISED = 0.15
#: Families whose statements count repetitions.
_REPEATED = frozenset({"97110", "97530", "97112", "97116", "97113", "97535"})
#: A statement at least this probable is sure of its code; one below the second figure cannot make a service alone.
_SURE = 0.6
_ALONE = 0.4


@dataclass
class Group:
    """Statements of one code family that document one service, with the times assigned to it."""

    family: str
    members: list[int]
    statements: list[Statement]
    times: list[ReadTime] = field(default_factory=list)
    shared: bool = False

    @property
    def first(self) -> Statement:
        return self.statements[0]

    @property
    def counted_times(self) -> list[ReadTime]:
        """The times that make up the service: a time that stands over the whole group covers the times inside it."""
        whole = max(self.times, key=lambda t: t.time.minutes, default=None)
        if whole is None or len(self.times) == 1:
            return self.times
        rest = sum(t.time.minutes for t in self.times if t is not whole)
        return [whole] if whole.time.minutes >= rest and self._stands_over(whole) else self.times

    def _stands_over(self, time: ReadTime) -> bool:
        """Whether a time stands in a heading of the group, or opens or closes it with no more than its name."""
        holder = next((s for s in self.statements if s.start <= time.time.start < s.end), None)
        if holder is None or holder.kind == "header":
            return True
        named = sum(m.end - m.start for m in holder.mentions if m.kind in ("technique", "family", "total"))
        return holder.end - holder.start - named - (time.time.end - time.time.start) <= 12

    @property
    def minutes(self) -> int | None:
        return sum(t.time.minutes for t in self.counted_times) if self.times and not self.shared else None

    @property
    def confidence(self) -> float:
        """Probability that at least the surest statement documents this service as performed."""
        return max(performed_probability(s, self.family) for s in self.statements)


def performed_probability(statement: Statement, family: str) -> float:
    status = statement.status_probability if statement.status == "performed" else 1 - statement.status_probability
    return statement.codes.get(family, 0.0) * status


def is_service(statement: Statement) -> bool:
    """Whether a statement documents an intervention as performed."""
    return statement.code != OTHER and statement.status == "performed"


def groups_of(statements: list[Statement]) -> list[Group]:
    """The groups of a note's performed statements, in text order.

    A statement that is not sure of its code goes with the sure ones of its leaf, else it has to stand by itself.
    """
    sure_in_leaf: dict[int, set[str]] = {}
    for statement in statements:
        if is_service(statement) and performed_probability(statement, statement.code) >= _SURE:
            sure_in_leaf.setdefault(statement.leaf, set()).add(statement.code)
    out: list[Group] = []
    for i, statement in enumerate(statements):
        if not is_service(statement):
            continue
        family = statement.code
        if performed_probability(statement, family) < _SURE:
            sure = sure_in_leaf.get(statement.leaf, set())
            if sure and family not in sure:
                family = max(sure, key=lambda f: statement.codes.get(f, 0.0))
            elif not sure and performed_probability(statement, family) < _ALONE:
                continue
        home = _home(out, statement, family)
        if home is None:
            out.append(Group(family, [i], [statement]))
        else:
            home.members.append(i)
            home.statements.append(statement)
    return out


def _home(groups: list[Group], statement: Statement, family: str) -> Group | None:
    """The group that a statement goes on with, searched from the nearest back."""
    for group in reversed(groups[-6:]):
        if group.family == family and _belong_together(group.statements[-1], group.first, statement):
            return group
    return None


def _belong_together(last: Statement, first: Statement, statement: Statement) -> bool:
    if last.leaf == statement.leaf:
        return True
    if "row" in (last.kind, statement.kind):
        return False
    if first.kind == "header" and first.span in statement.headings:
        return True
    return last.section == statement.section and last.headings == statement.headings and statement.leaf - last.leaf <= 1


def strokes_decide(groups: list[Group]) -> list[Group]:
    """Join "STM" with the massage strokes of its leaf: the strokes say what was done (guide, section 3)."""
    out: list[Group] = []
    for group in groups:
        strokes = next((g for g in groups if g.family == "97124" and _same_leaf(g, group)), None)
        if group.family == "97140" and strokes and not group.times and _only_soft_tissue(group):
            strokes.members += group.members
            strokes.statements += group.statements
        else:
            out.append(group)
    return out


def _same_leaf(a: Group, b: Group) -> bool:
    return bool({s.leaf for s in a.statements} & {s.leaf for s in b.statements})


def _only_soft_tissue(group: Group) -> bool:
    named = {m.name for s in group.statements for m in s.mentions if m.kind in ("technique", "family")}
    return bool(named) and named <= {"soft_tissue_mobilization", "97140"}


# -- times ------------------------------------------------------------------------------------------------------------


def assign(
    groups: list[Group], statements: list[Statement], leaves: list[Leaf], times: list[ReadTime]
) -> list[ReadTime]:
    """Give the times of service to the groups; returns those that found none."""
    leaf_starts = [leaf.start for leaf in leaves]
    left: list[ReadTime] = []
    by_leaf: dict[int, list[ReadTime]] = {}
    for time in times:
        if time.kind == "service" and not _counts_repetitions(time, statements):
            leaf = max(0, bisect_left(leaf_starts, time.time.start + 1) - 1)
            by_leaf.setdefault(leaf, []).append(time)
    for leaf, own in by_leaf.items():
        here = [g for g in groups if any(s.leaf == leaf for s in g.statements)]
        if here:
            _within_leaf(here, leaf, own)
        else:
            left += _from_outside(groups, leaves, leaf, own)
    return heading_times(groups, left)


def recognise_timed(left_over: list[ReadTime], statements: list[Statement], leaves: list[Leaf]) -> bool:
    """Take a statement for a service where a time of service stands with it and nothing else explains that time.

    Minutes beside words that no class claims are evidence that the words document a service: the likeliest code that
    is not ``other`` is given to the likeliest statement of the time's leaf. Returns whether any was recognised.
    """
    found = False
    for time in left_over:
        if time.probability < _SURE_TIME:
            continue
        leaf = next((k for k, f in enumerate(leaves) if f.start <= time.time.start < f.end), None)
        here = [s for s in statements if s.leaf == leaf and s.ticked is not False and s.kind != "header"]
        best = max(here, key=lambda s: 1 - s.codes.get(OTHER, 0.0), default=None)
        if best is None or 1 - best.codes.get(OTHER, 0.0) < _RECOGNISED or best.status != "performed":
            continue
        best.code = max((c for c in best.codes if c != OTHER), key=lambda c: best.codes[c])
        best.codes = {c: p / (1 - best.codes.get(OTHER, 0.0)) for c, p in best.codes.items() if c != OTHER}
        found = True
    return found


def _counts_repetitions(time: ReadTime, statements: list[Statement]) -> bool:
    """Whether "x 15" stands behind an exercise or a task (guide, section 4), not behind a service's name or its code."""
    if time.time.form != "times":
        return False
    holder = next((s for s in statements if s.start <= time.time.start < s.end), None)
    if holder is None or holder.code not in _REPEATED:
        return False
    before = [m for m in holder.mentions if m.end <= time.time.start]
    return not (before and before[-1].kind == "family" and time.time.start - before[-1].end <= 6)


def _within_leaf(groups: list[Group], leaf: int, times: list[ReadTime]) -> None:
    """Times of a leaf that documents services: each to the group whose words it stands with."""
    if len(groups) == 1:
        groups[0].times += times
        return
    pieces = sorted((s.start, s.end, k) for k, g in enumerate(groups) for s in g.statements if s.leaf == leaf)
    times_first = times[0].time.start < pieces[0][0] or (
        times[0].time.start - pieces[0][0] < 12 and times[-1].time.end < pieces[-1][1] - 12 and len(times) >= len(groups)
    )
    if len(times) == 1 and _is_shared(pieces, times[0]):
        for group in groups:
            group.shared = group.shared or not group.times
        return
    for time in times:
        inside = [p for p in pieces if p[0] <= time.time.start < p[1]]
        if inside:
            groups[inside[0][2]].times.append(time)
            continue
        after = [p for p in pieces if p[0] >= time.time.end]
        before = [p for p in pieces if p[1] <= time.time.start]
        chosen = after[0] if after and (times_first or not before) else before[-1]
        groups[chosen[2]].times.append(time)


def _is_shared(pieces: list[tuple[int, int, int]], time: ReadTime) -> bool:
    """One time before or behind several services of a leaf that are only listed beside each other."""
    starts, ends = pieces[0][0], pieces[-1][1]
    before_all = time.time.start <= starts + 2
    behind_all = time.time.end >= ends - 2
    short = ends - starts <= 40 + 12 * len(pieces)
    return (before_all or behind_all) and short


def _from_outside(groups: list[Group], leaves: list[Leaf], leaf: int, times: list[ReadTime]) -> Iterator[ReadTime]:
    """Times of a leaf that documents nothing itself: a heading's times go down, a bare time line's times go up."""
    heading = Span(leaves[leaf].start, leaves[leaf].end)
    under = [g for g in groups if any(any(h.overlaps(heading) for h in s.headings) for s in g.statements)]
    if under:
        families = {g.family for g in under}
        if len(families) == 1 and not any(g.times for g in under):
            under[0].times += times
            merged = under[1:]
            for group in merged:
                under[0].members += group.members
                under[0].statements += group.statements
                groups.remove(group)
        elif len(families) > 1:
            for group in under:
                group.shared = group.shared or not group.times
        return
    in_line = [g for g in groups if any(leaves[s.leaf].line == leaves[leaf].line for s in g.statements)]
    if len({g.family for g in in_line}) == 1 and not any(g.times for g in in_line):
        in_line[0].times += times
        return
    above = [g for g in groups if g.statements[-1].leaf < leaf and leaf - g.statements[-1].leaf <= 1]
    if above and not above[-1].times and above[-1].first.section == leaves[leaf].section:
        above[-1].times += times
        return
    yield from times


def heading_times(groups: list[Group], times: list[ReadTime]) -> list[ReadTime]:
    """Times that stand in section headings (no leaf of their own) go to the one code documented under them."""
    left = []
    for time in times:
        span = Span(time.time.start, time.time.end)
        under = [g for g in groups if any(any(h.overlaps(span) for h in s.headings) for s in g.statements)]
        open_groups = [g for g in under if not g.times]
        if under and len({g.family for g in under}) == 1 and len(open_groups) == len(under):
            under[0].times.append(time)
            for group in under[1:]:
                under[0].members += group.members
                under[0].statements += group.statements
                groups.remove(group)
        else:
            left.append(time)
    return left


# -- one service a code where lines repeat it -------------------------------------------------------------------------


def merge_repeats(groups: list[Group], written: Iterable[Stated]) -> list[Group]:
    """Join a group that only names or charges a service with the groups that describe it.

    A line of a charge list or a bare name ("Manual therapy: 15 min") and the description of the same code elsewhere
    are one service. Two timed groups stay two services, unless the bare one repeats the sum of the others.
    """
    codes = list(written)
    for family in {g.family for g in groups}:
        same = [g for g in groups if g.family == family]
        if len(same) < 2:
            continue
        bare = [g for g in same if _only_names(g, codes)]
        described = [g for g in same if g not in bare]
        if not described:
            described, bare = same[:1], same[1:]
        for group in bare:
            _absorb(described, group)
            groups.remove(group)
        _join_untimed(described, groups)
    return groups


def _only_names(group: Group, written: list[Stated]) -> bool:
    """Whether a group's words are a code, the service's name and a time, with nothing that describes what was done."""
    if all(s.section == "billing" or s.kind == "row" for s in group.statements):
        return True
    text_length = sum(s.end - s.start for s in group.statements)
    named = sum(m.end - m.start for s in group.statements for m in s.mentions if m.kind in ("technique", "family", "total"))
    timed = sum(t.time.end - t.time.start for t in group.times)
    coded = sum(w.end - w.start for w in written if any(s.start <= w.start < s.end for s in group.statements))
    return text_length - named - timed - coded <= 14 and len(group.statements) == 1


def _absorb(described: list[Group], bare: Group) -> None:
    target = next((g for g in described if not g.times), described[0])
    timed = [g for g in described if g.times]
    if bare.times and not timed:
        target.times += bare.times
        target.shared = False
    target.members += bare.members
    target.statements += bare.statements


def _join_untimed(described: list[Group], groups: list[Group]) -> None:
    """Untimed groups of a code that no line times belong to one service of it."""
    if any(g.times for g in described):
        return
    for group in described[1:]:
        described[0].members += group.members
        described[0].statements += group.statements
        described[0].shared = described[0].shared or group.shared
        groups.remove(group)

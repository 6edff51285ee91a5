"""Assembly: read statements and times become services.

Statements of one code that belong together (same leaf, same lead-in, neighbouring lines) form a group. Each time of
service goes to at most one group and covers a part of it: the whole (it stands in a heading, or with the service's name
or code), the statements of its leaf, or only its own statement ("bike 6 min, bridges 3x10"). A group whose statements
are not all covered has no minutes. A time that several codes share belongs to none. Lines of a charge list or a time
log are joined with what they charge.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rehabcoder.coding.families import OTHER, codes_of, family_of
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.records import Mention, Span, Stated, Statement
from rehabcoder.vocabulary import TIMED_CODES

#: Families whose statements count repetitions: "x 15" is no time, and each exercise is timed or not by itself.
EXERCISE_FAMILIES = frozenset({"97110", "97530", "97112", "97116", "97113", "97535"})
#: A statement at least this probable is sure of its code; one below the second figure cannot make a service alone.
_SURE = 0.6
_SURELY = 0.8
_ALONE = 0.4
#: A time of service at least this probable makes a statement with it a service, if it is one with the second chance.
_SURE_TIME = 0.6
_RECOGNISED = 0.15
_SERVICE_TIME_INSIDE = 0.25
_BARE_LETTERS = 14
_NO_WORD = re.compile(r"[^a-z]*(?:(?:x|for|total|time|of|lasting)\b)?[^a-z]*")
_CODE_BEFORE = re.compile(r"(?:97\d{3}|98\d{3}|g0283)[^a-z0-9]{0,12}$")
#: A time is doubtful where the other reading is at least this probable; so many of a note are tried.
_DOUBTFUL = 0.1
_MOST_DOUBTFUL = 6
_JOINER = re.compile(r"\s*(?:/|&|\+|and)\s*")
#: Families that a charge line may be mislabelled as.
_CONFUSED = frozenset({"97124", "97140", "97110", "97530", "97112", "97116", "97535"})
_REMARK_SECTIONS = frozenset({"subjective", "assessment", "plan", "goals", "history", "home"})
_INTERVENTIONS = frozenset({"technique", "family"})


@dataclass
class Placed:
    """A time given to a group, with the leaves and statements that it covers; ``whole`` covers the group."""

    read: ReadTime
    whole: bool
    leaf: int | None = None
    statement: int | None = None
    leaf_of: int | None = None

    @property
    def minutes(self) -> int:
        return self.read.time.minutes

    def covers(self, statement: Statement) -> bool:
        return self.whole or statement.leaf == self.leaf or statement.start == self.statement


@dataclass
class Group:
    """Statements of one code family that document one service, with the times placed on it.

    ``bare`` groups only name or charge a service ("Manual therapy: 15 min", "97140 x1") and describe nothing.
    """

    family: str
    statements: list[Statement]
    times: list[Placed] = field(default_factory=list)
    shared: bool = False
    bare: bool = False

    @property
    def first(self) -> Statement:
        return self.statements[0]

    @property
    def counted_times(self) -> list[Placed]:
        """The times that make up the service's minutes; none where some of it is not timed."""
        if not self.times:
            return []
        times = self._said_once()
        total = max(times, key=lambda t: t.minutes)
        if len(times) > 2 and 2 * total.minutes == sum(t.minutes for t in times):
            return [total]  # "Manual, 28 min: release 12, adductors 8, glides 8"
        whole = max((t for t in times if t.whole), key=lambda t: t.minutes, default=None)
        parts = self._without_details([t for t in times if not t.whole])
        if whole and whole.minutes >= sum(t.minutes for t in parts):
            return [t for t in times if t.whole] if self._each_heads_its_own() else [whole]
        covering = parts or self.times
        open_statements = [s for s in self.statements if not any(t.covers(s) for t in covering)]
        of_one_exercise = all(t.leaf is None for t in covering)
        return [] if of_one_exercise and any(self._needs_time(s) for s in open_statements) else covering

    def _said_once(self) -> list[Placed]:
        """The times without those that say another one again in another form ("9:00-9:15 ... 15 min")."""
        out: list[Placed] = []
        for time in self.times:
            if not any(t.minutes == time.minutes and t.read.time.form != time.read.time.form for t in out):
                out.append(time)
        return out

    def _without_details(self, parts: list[Placed]) -> list[Placed]:
        """Parts without those that a time at the end of the same leaf sums up ("bike 6 min, bridges 3x10, 20 min")."""
        if self.family not in EXERCISE_FAMILIES:
            return parts
        out = []
        for leaf in dict.fromkeys(t.leaf_of for t in parts):
            own = [t for t in parts if t.leaf_of == leaf]
            last = own[-1]
            out += [last] if last.leaf is not None and last.minutes >= sum(t.minutes for t in own[:-1]) else own
        return out

    def _each_heads_its_own(self) -> bool:
        """Whether several whole times stand in leaves of their own ("MT 10 min: ...", "MT 5 min: ...") and add up."""
        leaves = [t.leaf for t in self.times if t.whole]
        return len(set(leaves)) == len(leaves) > 1 and not any(s.kind == "header" for s in self.statements)

    def _needs_time(self, statement: Statement) -> bool:
        """Whether a statement without a time leaves the group untimed: it names what the timed ones do not."""
        timed = {m.name for s in self.statements for m in s.mentions if any(t.covers(s) for t in self.times)}
        return names_more(statement, self.family, timed)

    @property
    def minutes(self) -> int | None:
        return sum(t.minutes for t in self.counted_times) or None

    @property
    def confidence(self) -> float:
        """Probability that at least the surest statement documents this service as performed."""
        return max(performed_probability(s, self.family) for s in self.statements)

    def take(self, other: Group) -> None:
        """Join another group's statements and times to this one."""
        self.statements += other.statements
        self.times += other.times
        self.shared = self.shared or other.shared


def performed_probability(statement: Statement, family: str) -> float:
    """Probability that a statement documents a service of a family as performed."""
    status = statement.status_probability if statement.status == "performed" else 1 - statement.status_probability
    return statement.codes.get(family, 0.0) * status


def names_more(statement: Statement, family: str, known: set[str]) -> bool:
    """Whether a statement surely documents a technique that is not among the known ones, not only a remark on it."""
    named = {m.name for m in statement.mentions if m.kind == "technique"}
    remark = statement.section in _REMARK_SECTIONS or any(
        statement.says.get(x, 0.0) > 0.5 for x in ("response", "function")
    )
    sure = performed_probability(statement, family) >= _SURE
    return sure and not remark and not named <= known and family != "97124"


def is_service(statement: Statement) -> bool:
    """Whether a statement documents an intervention as performed.

    A measure or a limitation that could also be read as an exercise or a task ("elbow flexion 5/5", "cannot carry the
    child upstairs") is taken for what it more surely is.
    """
    if statement.code == OTHER or statement.status != "performed":
        return False
    p = performed_probability(statement, statement.code)
    return p >= _SURELY or not any(statement.says.get(x, 0.0) > p for x in ("objective", "function", "response"))


def read_charge_lines(
    statements: list[Statement], times: list[ReadTime], written: list[Stated], plain: str
) -> list[ReadTime]:
    """Take lines that are no more than one code and a time for what they are, whatever the models make of them.

    Returns the times, those beside such a code as times of service.
    """
    out = list(times)
    for statement in statements:
        codes = {w.value["code"] for w in written if statement.start <= w.start < statement.end}
        inside = [k for k, t in enumerate(out) if statement.start <= t.time.start < statement.end]
        if len(codes) != 1 or len(inside) != 1 or statement.ticked is False:
            continue
        if out[inside[0]].time.form == "bare" and not _CODE_BEFORE.search(
            plain[statement.start : out[inside[0]].time.start]
        ):
            continue
        if statement.status != "performed" and statement.section != "billing":
            continue
        if _only_names(statement, written, plain):
            family = family_of(codes.pop())
            statement.code, statement.status, statement.status_probability = family, "performed", 1.0
            statement.codes = {family: max(_SURE, statement.codes.get(family, 0.0))}
            out[inside[0]] = out[inside[0]]._replace(kind="service")
    return out


def times_in_services(times: list[ReadTime], statements: list[Statement]) -> list[ReadTime]:
    """The times, those that stand in a sure statement of a service taken for its time on weaker evidence."""
    starts = [s.start for s in statements]
    out = []
    for read in times:
        k = bisect_right(starts, read.time.start) - 1
        holder = statements[k] if k >= 0 and read.time.start < statements[k].end else None
        if (
            read.kind == "no_service"
            and read.service >= _SERVICE_TIME_INSIDE
            and holder
            and is_service(holder)
            and performed_probability(holder, holder.code) >= _SURE
        ):
            read = read._replace(kind="service")
        out.append(read)
    return out


def assemble(
    statements: list[Statement],
    leaves: list[Leaf],
    times: list[ReadTime],
    written: list[Stated],
    plain: str,
) -> tuple[list[Group], list[ReadTime], list[ReadTime]]:
    """The services of a note, its times as they count, and the times of service that found no service.

    Where the minutes do not add up to a total that the note states, but would if one or two doubtful times were read
    the other way, those are: a stated total is evidence of what it sums up.
    """
    times = times_in_services(read_charge_lines(statements, times, written, plain), statements)
    groups, left_over = _assembled(statements, leaves, times, written, plain)
    if recognise_timed(left_over, statements, leaves):
        groups, left_over = _assembled(statements, leaves, times, written, plain)
    left_over = _time_only_service(groups, times, left_over)
    totals = {t.time.minutes for t in times if t.kind in ("total_timed", "total_treatment")}
    if totals and not _adds_up(groups, totals):
        for other in _other_readings(times):
            groups_then, left_then = _assembled(statements, leaves, other, written, plain)
            if _adds_up(groups_then, totals):
                return groups_then, other, left_then
    return groups, times, left_over


def _assembled(
    statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], written: list[Stated], plain: str
) -> tuple[list[Group], list[ReadTime]]:
    groups = groups_of(statements, leaves, times, written, plain)
    left_over = assign(groups, statements, leaves, times, plain)
    return merge_repeats(groups), left_over


def _time_only_service(groups: list[Group], times: list[ReadTime], left_over: list[ReadTime]) -> list[ReadTime]:
    """Give the one timed service without minutes the one time that nothing else explains; returns what is left over.

    The stated length of a massage session is such a time too: it is the massage's.
    """
    timed = [g for g in groups if TIMED_CODES.intersection(codes_of(g.family))]
    if len(timed) != 1 or timed[0].minutes is not None or timed[0].shared:
        return left_over
    free = left_over
    if not free and timed[0].family == "97124":
        free = [t for t in times if t.kind in ("total_timed", "total_treatment")]
    if len({t.time.minutes for t in free}) != 1:
        return left_over
    timed[0].times = [Placed(free[0], True)]
    return []


def _adds_up(groups: list[Group], totals: set[int]) -> bool:
    """Whether every service is timed and the timed ones, or all of them, add up to a stated total."""
    timed = [g.minutes for g in groups if TIMED_CODES.intersection(codes_of(g.family))]
    if not timed or None in timed:
        return False
    return sum(m or 0 for m in timed) in totals or sum(g.minutes or 0 for g in groups) in totals


def _other_readings(times: list[ReadTime]) -> Iterator[list[ReadTime]]:
    """The times with one or two doubtful ones read as time of service or as none, the likeliest reading first."""
    changes: list[tuple[float, dict[int, ReadTime]]] = []
    for k, read in enumerate(times):
        p = read.service
        if read.kind == "service" and p <= 1 - _DOUBTFUL:
            changes.append(((1 - p) / p, {k: read._replace(kind="no_service")}))
        elif read.kind == "no_service" and p >= _DOUBTFUL:
            changes.append((p / (1 - p), {k: read._replace(kind="service")}))
    changes = sorted(changes, key=lambda c: -c[0])[:_MOST_DOUBTFUL]
    pairs = [(a[0] * b[0], a[1] | b[1]) for i, a in enumerate(changes) for b in changes[i + 1 :]]
    for _, changed in sorted([*changes, *pairs], key=lambda c: -c[0]):
        yield [changed.get(k, read) for k, read in enumerate(times)]


# -- groups -----------------------------------------------------------------------------------------------------------


def groups_of(
    statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], written: list[Stated], plain: str
) -> list[Group]:
    """The groups of a note's performed statements, in text order.

    A statement that is not sure of its code goes with the sure ones of its leaf, else it has to stand by itself.
    """
    _read_joined_names(statements, plain)
    sure_in_leaf: dict[int, set[str]] = {}
    for statement in statements:
        if is_service(statement) and performed_probability(statement, statement.code) >= _SURE:
            sure_in_leaf.setdefault(statement.leaf, set()).add(statement.code)
    out: list[Group] = []
    for statement in statements:
        if not is_service(statement):
            continue
        family = statement.code
        if performed_probability(statement, family) < _SURE:
            sure = sure_in_leaf.get(statement.leaf, set())
            if sure and family not in sure:
                family = max(sorted(sure), key=lambda f: statement.codes.get(f, 0.0))
            elif not sure and performed_probability(statement, family) < _ALONE:
                continue
        bare = _only_names(statement, written, plain) or _is_charge_row(leaves[statement.leaf])
        home = None if bare and statement.kind != "header" else _home(out, statement, family, leaves)
        if home is None:
            out.append(Group(family, [statement], bare=bare))
        else:
            home.statements.append(statement)
            home.bare = home.bare and bare
    return _strokes_decide(out, times)


def _read_joined_names(statements: list[Statement], plain: str) -> None:
    """Take a service's name that is joined to another service ("MT/ther ex 30 min") for a service beside it."""
    for statement, behind in zip(statements, statements[1:], strict=False):
        if _is_joined_name(statement, behind, plain) and is_service(behind):
            family = next(family_of(m.name) for m in statement.mentions if m.kind == "family")
            if family != behind.code:
                statement.code, statement.status, statement.status_probability = family, behind.status, 1.0
                statement.codes = {family: _SURE}


def _is_joined_name(statement: Statement, behind: Statement, plain: str) -> bool:
    """Whether a statement is no more than a service's name, joined by "/", "&" or "and" to the one behind it."""
    if statement.leaf != behind.leaf or not _JOINER.fullmatch(plain, statement.end, behind.start):
        return False
    return any(m.kind == "family" and m.end - m.start >= statement.end - statement.start for m in statement.mentions)


def _home(groups: list[Group], statement: Statement, family: str, leaves: list[Leaf]) -> Group | None:
    """The group that a statement goes on with, searched from the nearest back."""
    for group in reversed(groups[-6:]):
        if group.family == family and _belong_together(group, statement, leaves):
            return group
    return None


def _belong_together(group: Group, statement: Statement, leaves: list[Leaf]) -> bool:
    last = group.statements[-1]
    if last.leaf == statement.leaf:
        return True
    if group.first.kind == "header" and group.first.span in statement.headings:
        return True
    if any(c.role == "minutes" for s in (last, statement) for c in leaves[s.leaf].cells):
        return False
    return last.section == statement.section and last.headings == statement.headings and statement.leaf - last.leaf <= 1


def _is_charge_row(leaf: Leaf) -> bool:
    """Whether a row of a table gives a code and its minutes: it charges what stands elsewhere, if anything."""
    roles = {cell.role for cell in leaf.cells}
    return {"code", "minutes"} <= roles


def _only_names(statement: Statement, written: Iterable[Stated], plain: str) -> bool:
    """Whether a statement is a code, a service's name, a total and a time, and describes nothing that was done."""
    if any(m.kind == "region" for m in statement.mentions):
        return False
    names = [(m.start, m.end) for m in statement.mentions if m.kind in ("family", "total")]
    codes = [(w.start, w.end) for w in written if statement.start <= w.start < statement.end]
    if codes:
        names += [(m.start, m.end) for m in statement.mentions if m.kind == "technique"]
    if not names and not codes:
        return False
    left = list(plain[statement.start : statement.end])
    for a, b in (*names, *codes):
        left[a - statement.start : b - statement.start] = " " * (b - a)
    return sum(map(str.isalnum, left)) <= _BARE_LETTERS


def _strokes_decide(groups: list[Group], times: list[ReadTime]) -> list[Group]:
    """Join "STM" with the massage strokes of its leaf: the strokes say what was done (guide, section 3).

    Not so an STM that has a time of its own beside timed strokes.
    """
    timed = [t.time.start for t in times if t.kind == "service"]
    out: list[Group] = []
    for group in groups:
        strokes = next((g for g in groups if g.family == "97124" and _same_leaf(g, group)), None)
        own_time = any(s.start <= t < s.end for s in group.statements for t in timed)
        if group.family == "97140" and strokes and not own_time and _only_soft_tissue(group):
            strokes.take(group)
            strokes.statements.sort(key=lambda s: s.start)
        else:
            out.append(group)
    return out


def _same_leaf(a: Group, b: Group) -> bool:
    return bool({s.leaf for s in a.statements} & {s.leaf for s in b.statements})


def _only_soft_tissue(group: Group) -> bool:
    named = {m.name for s in group.statements for m in s.mentions if m.kind in _INTERVENTIONS}
    return bool(named) and named <= {"soft_tissue_mobilization", "97140"}


# -- times ------------------------------------------------------------------------------------------------------------


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
    for leaf, own in by_leaf.items():
        own = _surest_forms(own)
        here = [g for g in groups if any(s.leaf == leaf for s in g.statements)]
        if here:
            _within_leaf(here, leaves[leaf], leaf, own, plain)
        else:
            left += _from_outside(groups, leaves, leaf, own)
    return left


def _surest_forms(times: list[ReadTime]) -> list[ReadTime]:
    """The times of a leaf that name their unit, where there are any; bare numbers beside them count something else."""
    named = [t for t in times if t.time.form in ("minutes", "clock", "cell")]
    return named or times


def recognise_timed(left_over: list[ReadTime], statements: list[Statement], leaves: list[Leaf]) -> bool:
    """Take a statement for a service where a time of service stands with it and nothing else explains that time.

    Minutes beside words that no class claims are evidence that the words document a service: the likeliest code that
    is not ``other`` is given to the likeliest statement of the time's leaf, or of the leaf before a line that is no
    more than a time. Returns whether any was recognised.
    """
    found = False
    for time in left_over:
        if time.probability < _SURE_TIME:
            continue
        leaf = next((k for k, f in enumerate(leaves) if f.start <= time.time.start < f.end), None)
        for number in () if leaf is None else (leaf, leaf - 1):
            if _recognise([s for s in statements if s.leaf == number]):
                found = True
                break
    return found


def _recognise(statements: list[Statement]) -> bool:
    """Give the likeliest of some statements that document no service its likeliest code, if it is likely enough."""

    def probability(statement: Statement) -> float:
        return 1 - statement.codes.get(OTHER, 0.0)

    open_ones = [
        s
        for s in statements
        if s.ticked is not False and s.kind != "header" and s.section not in _REMARK_SECTIONS
        if s.status == "performed" and not (is_service(s) and performed_probability(s, s.code) >= _SURE)
    ]
    best = max(open_ones, key=probability, default=None)
    if best is None or probability(best) < _RECOGNISED:
        return False
    best.code = max((c for c in best.codes if c != OTHER), key=lambda c: best.codes[c])
    left = 1 - best.codes.get(OTHER, 0.0)
    best.codes = {c: p / left for c, p in best.codes.items() if c != OTHER}
    best.codes[best.code] = max(_ALONE, best.codes[best.code])
    return True


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
    if len(times) == 1 and len(groups) > 1 and (_is_shared(pieces, times[0]) or any(names)):
        for group in groups:
            group.shared = group.shared or not group.times
        return
    times_first = times[0].time.start - pieces[0][0] < 3 and times[-1].time.end < pieces[-1][1] - 12
    here = [m for g in groups for s in g.statements if s.leaf == number for m in s.mentions]
    for time in times:
        k = _piece_of(pieces, time, times_first)
        group = groups[k]
        holder = next((s for s in group.statements if s.start <= time.time.start < s.end), None)
        whole = holder is not None and _names_the_whole(holder, group.family, here, time, plain)
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


def _names_the_whole(holder: Statement, family: str, mentions: list[Mention], time: ReadTime, plain: str) -> bool:
    """Whether a time stands in a lead-in or beside the service's name, code or total: it covers what follows too."""
    if holder.kind == "header" or _CODE_BEFORE.search(plain[max(0, time.time.start - 18) : time.time.start]):
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
    return any(_is_joined_name(a, b, plain) for a in group.statements if a.leaf == leaf for b in behind.statements)


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
        _place_whole(in_line[0], times)
        return []
    above = [g for g in groups if g.statements[-1].leaf < leaf and leaf - g.statements[-1].leaf <= 1]
    if above and not above[-1].times and above[-1].first.section == leaves[leaf].section:
        _place_whole(above[-1], times)
        return []
    return times


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
    _place_whole(under[0], times)


def _place_whole(group: Group, times: list[ReadTime]) -> None:
    group.times += [Placed(time, True) for time in times]
    group.shared = False


# -- one service a code where lines repeat it -------------------------------------------------------------------------


def merge_repeats(groups: list[Group]) -> list[Group]:
    """Join the groups that only name or charge a service with the groups that describe it.

    The described groups keep their own minutes where all of them are timed and the bare line does not say more;
    otherwise the bare line's minutes cover them. A remark on a service that is timed elsewhere joins it. A charge line
    whose code nothing describes gives its minutes to the one described service that has none: it was mislabelled.
    """
    out = list(groups)
    for family in dict.fromkeys(g.family for g in groups):
        same = [g for g in out if g.family == family]
        described = [g for g in same if not g.bare] or same[:1]
        bare = [g for g in same if g.bare and g not in described]
        merged = _join_described(described, bare)
        out = [g for g in out if g.family != family or g in merged]
    _relabel_charges(out)
    return [part for g in out if not _is_empty_title(g) for part in _separately_timed(g)]


def _separately_timed(group: Group) -> list[Group]:
    """A group whose lines have times of their own as a service a time (guide, section 4)."""
    times = sorted(group.counted_times, key=lambda t: t.read.time.start)
    if len(times) < 2 or any(t.whole for t in times):
        return [group]
    parts = [Group(group.family, [], [time]) for time in times]
    for statement in group.statements:
        parts[_time_of(statement, times)].statements.append(statement)
    return parts if all(part.statements for part in parts) else [group]


def _time_of(statement: Statement, times: list[Placed]) -> int:
    """Number of the time that a statement goes with: its own, the next one of its leaf, or the last before it."""
    in_leaf = [k for k, t in enumerate(times) if t.leaf_of == statement.leaf]
    behind = [k for k in in_leaf if times[k].read.time.start >= statement.start]
    if behind or in_leaf:
        return (behind or in_leaf[-1:])[0]
    before = [k for k, t in enumerate(times) if t.read.time.start < statement.start]
    return before[-1] if before else 0


def _is_empty_title(group: Group) -> bool:
    """Whether a group is no more than titles or charged codes that nothing under them bears out."""
    only_titles = all(s.kind == "header" for s in group.statements)
    return (
        group.minutes is None
        and not group.shared
        and (only_titles or (group.bare and group.first.section == "billing"))
    )


def _join_described(described: list[Group], bare: list[Group]) -> list[Group]:
    own = [g.minutes for g in described]
    charged = _charged_times(described[0], bare)
    covering = sum(t.minutes for t in charged)
    if covering and (None in own or covering > sum(m or 0 for m in own)):
        whole = [Placed(t.read, True, k) for k, t in enumerate(charged)]
        first = _join(described, bare)
        first.times, first.shared = whole, False
        return [first]
    if not any(own):
        return [_join(described, bare)]
    timed = [g for g in described if g.minutes is not None]
    shared = [g for g in described if g.minutes is None and g.shared]
    for group in (*described, *bare):
        if group not in timed and group not in shared:
            timed[0].statements += group.statements
    return timed + shared


def _charged_times(described: Group, bare: list[Group]) -> list[Placed]:
    """The times of the section that charges most of a code; another section's repeat them."""
    by_section: dict[str, list[Placed]] = {}
    for group in [described, *bare] if described.bare else bare:
        by_section.setdefault(group.first.section, []).extend(group.counted_times)
    return max(by_section.values(), key=lambda times: sum(t.minutes for t in times), default=[])


def _join(described: list[Group], bare: list[Group]) -> Group:
    first = described[0]
    for group in described[1:]:
        first.take(group)
    for group in bare:
        first.statements += group.statements
    return first


def _relabel_charges(groups: list[Group]) -> None:
    """Give the minutes of a charge line that nothing describes to the one untimed service that it could stand for."""
    for charge in [g for g in groups if g.bare and g.minutes is not None]:
        untimed = [g for g in groups if not g.bare and g.minutes is None and not g.shared and g.family in _CONFUSED]
        if charge.family in _CONFUSED and len(untimed) == 1:
            untimed[0].times = [Placed(t.read, True) for t in charge.times]
            untimed[0].statements += charge.statements
            groups.remove(charge)

"""Groups: the statements of one code that document one service, with the times placed on them.

Statements of one code that belong together (same leaf, same lead-in, neighbouring lines) form a group. Each time of
service goes to at most one group and covers a part of it: the whole (it stands in a heading, or with the service's name
or code), the statements of its leaf, or only its own exercise ("bike 6 min, bridges 3x10").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from rehabcoder.coding.families import OTHER, UNKNOWN, family_of
from rehabcoder.coding.features import mention_family
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.records import Span, Stated, Statement

#: Families whose statements count repetitions: "x 15" is no time, and each exercise is timed or not by itself.
EXERCISE_FAMILIES = frozenset({"97110", "97530", "97112", "97116", "97113", "97535"})
#: A statement at least this probable is sure of its code; one below the second figure cannot make a service alone.
SURE = 0.6
ALONE = 0.4
#: A statement that names and times an exercise needs no more than this to be it.
_RATHER = 0.5
#: A time that is no further from the end of its leaf opens or closes it.
_EDGE = 3
#: Two statements of an entry are two services where each is at least this sure.
_SURELY_ITSELF = 0.9
#: Where a statement says something else more probably, it is a service only from this probability on.
_SURELY = 0.8
_BARE_LETTERS = 14
#: Characters of a statement that says no more than a service, a time and a place.
_SHORT = 40
#: Right behind a time, or at the end of its line: it is that of all that the line names.
_JOINTLY = re.compile(
    r"\W{0,3}(?:in all|in total|altogether|together|combined|for both|for all|between (?:both|the two|them|these))\b"
)
_JOINTLY_AT_END = re.compile(
    r"\b(?:in all|in total|altogether|together|combined|between (?:both|the two|them|these))\W*$"
)
_JOINER = re.compile(r"\s*(?:/|&|\+|and)\s*")
#: Sections whose statements remark on services more often than they document them.
REMARK_SECTIONS = frozenset({"subjective", "assessment", "plan", "goals", "history", "home"})
_INTERVENTIONS = frozenset({"technique", "family"})
_STROKES = frozenset({"effleurage", "petrissage", "tapotement", "compression_massage", "soft_tissue_mobilization"})


@dataclass(eq=False)
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


@dataclass(eq=False)
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
        covering = parts or times
        if all(t.leaf is None for t in covering):  # each times one exercise of a list
            own = {t.statement for t in covering}
            if any(self._needs_time(s) for s in self.statements if s.start not in own):
                return []
        return covering

    def _said_once(self) -> list[Placed]:
        """The times without those that say another one of their leaf again in another form ("9:00-9:15 ... 15 min")."""
        form_of: dict[tuple[int | None, int], str] = {}
        return [
            t for t in self.times if form_of.setdefault((t.leaf_of, t.minutes), t.read.time.form) == t.read.time.form
        ]

    def _without_details(self, parts: list[Placed]) -> list[Placed]:
        """Parts without those that a time at the end of the same leaf sums up ("bike 6 min, bridges 3x10, 20 min")."""
        if self.family not in EXERCISE_FAMILIES:
            return parts
        by_leaf: dict[int | None, list[Placed]] = {}
        for time in parts:
            by_leaf.setdefault(time.leaf_of, []).append(time)
        out = []
        for own in by_leaf.values():
            last = own[-1]
            out += [last] if last.leaf is not None and last.minutes >= sum(t.minutes for t in own[:-1]) else own
        return out

    def _each_heads_its_own(self) -> bool:
        """Whether several whole times stand in leaves of their own ("MT 10 min: ...", "MT 5 min: ...") and add up."""
        leaves = [t.leaf for t in self.times if t.whole]
        return len(set(leaves)) == len(leaves) > 1 and not any(s.kind == "header" for s in self.statements)

    def _needs_time(self, statement: Statement) -> bool:
        """Whether a statement without a time leaves the group untimed: it surely names what the timed ones do not."""
        timed = {m.name for s in self.statements for m in s.mentions if any(t.covers(s) for t in self.times)}
        named = {m.name for m in statement.mentions if m.kind == "technique"}
        remarks = statement.section in REMARK_SECTIONS or any(
            statement.says.get(x, 0.0) > 0.5 for x in ("response", "function")
        )
        return performed_probability(statement, self.family) >= SURE and not remarks and not named <= timed

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


def is_service(statement: Statement) -> bool:
    """Whether a statement documents an intervention as performed.

    A measure or a limitation that could also be read as an exercise or a task ("elbow flexion 5/5", "cannot carry the
    child upstairs") is taken for what it more surely is.
    """
    if statement.code == OTHER or statement.status != "performed":
        return False
    p = performed_probability(statement, statement.code)
    return p >= _SURELY or not any(statement.says.get(x, 0.0) > p for x in ("objective", "function", "response"))


def groups_of(
    statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], written: list[Stated], plain: str
) -> list[Group]:
    """The groups of a note's performed statements, in text order.

    A statement that is not sure of its code goes with the sure ones of its leaf, else it has to stand by itself.
    """
    _read_timed_names(statements, times)
    _read_joined_names(statements, plain)
    _read_strokes(statements)
    _read_entries(statements, times, plain)
    titles = _unsure_titles(statements)
    sure_in_leaf: dict[int, set[str]] = {}
    for statement in statements:
        if is_service(statement) and performed_probability(statement, statement.code) >= SURE:
            sure_in_leaf.setdefault(statement.leaf, set()).add(statement.code)
    out: list[Group] = []
    for statement in statements:
        if not is_service(statement) or statement.span in titles:
            continue
        family = statement.code
        if performed_probability(statement, family) < SURE:
            sure = sure_in_leaf.get(statement.leaf, set())
            if sure and family not in sure and not _is_timed_exercise(statement, times):
                family = max(sorted(sure), key=lambda f: statement.codes.get(f, 0.0))
            elif not sure and performed_probability(statement, family) < ALONE:
                continue
        bare = only_names(statement, written, plain) or _is_charge_row(leaves[statement.leaf])
        home = None if bare and statement.kind != "header" else _home(out, statement, family, leaves)
        if home is None:
            out.append(Group(family, [statement], bare=bare))
        else:
            home.statements.append(statement)
            home.bare = home.bare and bare
    return _strokes_decide(out, times)


def _unsure_titles(statements: list[Statement]) -> set[Span]:
    """Lead-ins that are not sure of their code, above surely read services of others: titles of what they did."""
    unsure = {s.span: s.code for s in statements if s.kind == "header" and s.codes.get(s.code, 0.0) < SURE}
    if not unsure:
        return set()
    under: dict[Span, set[str]] = {}
    for s in statements:
        if s.kind != "header" and is_service(s) and performed_probability(s, s.code) >= SURE:
            for heading in unsure.keys() & set(s.headings):
                under.setdefault(heading, set()).add(s.code)
    return {heading for heading, codes in under.items() if unsure[heading] not in codes}


def _read_strokes(statements: list[Statement]) -> None:
    """Read "STM with gliding strokes" as massage: the strokes say what was done (guide, section 3)."""
    for statement in statements:
        if statement.code == "97140":
            names = {m.name for m in statement.mentions if m.kind == "technique"}
            if "soft_tissue_mobilization" in names and names - {"soft_tissue_mobilization"} and names <= _STROKES:
                statement.codes = {**statement.codes, "97124": max(SURE, 1 - statement.codes.get(OTHER, 0.0))}
                statement.code = "97124"


def _read_entries(statements: list[Statement], times: list[ReadTime], plain: str) -> None:
    """Read the statements of a timed entry as one service, unless two of them are sure of different ones.

    What the model reads differently in one clause of an entry is a part of what it reads in all of them.
    """
    for entry in _timed_entries(statements, times, plain):
        parts = [s for s in entry if is_service(s)]
        families = sorted({s.code for s in parts} - {UNKNOWN})
        if not families or len({s.code for s in parts if _is_sure_itself(s)}) > 1:
            continue
        family = max(families, key=lambda f: sum(s.codes.get(f, 0.0) for s in parts))
        for s in parts:
            if s.code != family:
                s.code = family
                s.codes = {**s.codes, family: max(SURE, s.codes.get(family, 0.0))}


def is_of_all(behind: str) -> bool:
    """Whether the words between a time and the end of its leaf say that it is that of all that the leaf names."""
    return bool(_JOINTLY.match(behind) or _JOINTLY_AT_END.search(behind))


def _is_timed_exercise(statement: Statement, times: list[ReadTime]) -> bool:
    """Whether a statement names an exercise or task, is rather read as it, and holds its time.

    It is no part of the hands-on work beside it, however much surer that is.
    """
    if statement.code not in EXERCISE_FAMILIES or performed_probability(statement, statement.code) < _RATHER:
        return False
    named = any(mention_family(m) == statement.code for m in statement.mentions)
    return named and any(r.kind == "service" and statement.start <= r.time.start < statement.end for r in times)


def _is_sure_itself(statement: Statement) -> bool:
    """Whether a statement is sure of its service without those beside it: it is read surely, or names it."""
    named = any(mention_family(m) == statement.code for m in statement.mentions)
    return named or (performed_probability(statement, statement.code) >= _SURELY_ITSELF and statement.code != UNKNOWN)


def _timed_entries(statements: list[Statement], times: list[ReadTime], plain: str) -> Iterator[list[Statement]]:
    """The statements of each leaf that one time of service opens or closes: an entry in a list of services."""
    starts = [read.time.start for read in times]
    for _, leaf in groupby(statements, key=attrgetter("leaf")):
        entry = list(leaf)
        first, last = entry[0], entry[-1]
        inside = times[bisect_left(starts, first.start) : bisect_left(starts, last.end)]
        own = [read.time for read in inside if read.kind == "service"]
        if len(own) != 1 or first.section in REMARK_SECTIONS or is_of_all(plain[own[0].end : last.end]):
            continue
        if own[0].start - first.start <= _EDGE or last.end - own[0].end <= _EDGE:
            yield entry


def _read_timed_names(statements: list[Statement], times: list[ReadTime]) -> None:
    """Take "MT 12 min to L knee" for the service that it opens with, whatever the model makes of so few words."""
    starts = [read.time.start for read in times if read.time.form == "minutes"]
    for statement in statements:
        timed = bisect_left(starts, statement.end) > bisect_left(starts, statement.start)
        short = statement.end - statement.start <= _SHORT and statement.codes.get(statement.code, 0.0) < SURE
        told = statement.kind != "header" and statement.section not in REMARK_SECTIONS
        if timed and short and told and statement.status == "performed":
            _read_opening_name(statement)


def _read_joined_names(statements: list[Statement], plain: str) -> None:
    """Take a service's name that is joined to another service ("MT/ther ex 30 min") for a service beside it."""
    for statement, behind in zip(statements, statements[1:], strict=False):
        if is_joined_name(statement, behind, plain) and is_service(behind):
            _read_opening_name(behind)
            family = next(family_of(m.name) for m in statement.mentions if m.kind == "family")
            if family != behind.code:
                statement.code, statement.status, statement.status_probability = family, behind.status, 1.0
                statement.codes = {family: SURE}


def _read_opening_name(statement: Statement) -> None:
    """Take a statement that opens with a service's name, and names no technique, for that service."""
    named = [m for m in statement.mentions if m.kind in _INTERVENTIONS]
    if len(named) == 1 and named[0].kind == "family" and named[0].start == statement.start:
        statement.code, statement.status_probability = family_of(named[0].name), 1.0
        statement.codes = {**statement.codes, statement.code: max(SURE, statement.codes.get(statement.code, 0.0))}


def is_joined_name(statement: Statement, behind: Statement, plain: str) -> bool:
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


def only_names(statement: Statement, written: Iterable[Stated], plain: str) -> bool:
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
        if group.family != "97140" or not _only_soft_tissue(group):
            out.append(group)
            continue
        strokes = next((g for g in groups if g.family == "97124" and _same_leaf(g, group)), None)
        own_time = any(s.start <= t < s.end for s in group.statements for t in timed)
        if strokes and not own_time:
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

"""Assembly: read statements and times become the services of a note.

The statements are grouped, the times assigned, and lines that only charge or repeat a service joined with what they
charge. A group whose time it shares with another code, or of which one exercise alone is timed, has no minutes. A total
that the note states decides between readings of its doubtful times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from rehabcoder.coding.assignment import CODE_BEFORE, assign
from rehabcoder.coding.families import OTHER, codes_of, family_of
from rehabcoder.coding.groups import (
    ALONE,
    REMARK_SECTIONS,
    SURE,
    Group,
    Placed,
    groups_of,
    is_service,
    only_names,
    performed_probability,
)
from rehabcoder.coding.times import ReadTime
from rehabcoder.reading.layout import Leaf
from rehabcoder.records import Stated, Statement
from rehabcoder.vocabulary import TIMED_CODES

#: A time of service at least this probable makes a statement with it a service, if it is one with the second chance.
_SURE_TIME = 0.6
_RECOGNISED = 0.15
#: A time in a sure statement of a service is its time from this probability on.
_SERVICE_TIME_INSIDE = 0.25
#: A time is doubtful where the other reading is at least this probable; so many of a note are tried.
_DOUBTFUL = 0.1
_MOST_DOUBTFUL = 6
#: Services without minutes need this probability beside timed ones; where none is timed, one that has it bears out all.
#: Beside timed ones that make up a stated total they need more.
_DOUBTFUL_ALONE = 0.5
_SURE_BESIDE_TOTAL = 0.9
#: A time that could be of a service without minutes is its time from these probabilities on. What surely documents
#: nothing and has more characters than "It took 15 minutes." is a remark.
_DOUBTFUL_OF_SERVICE = 0.12
_DOUBTFUL_IN_REMARK = 0.3
_REMARK = 0.9
_SHORT_REMARK = 24
#: A time that could be of the only service without one is its time from this probability on.
_FREE = 0.15
#: Families that a charge line may be mislabelled as.
_CONFUSED = frozenset({"97124", "97140", "97110", "97530", "97112", "97116", "97535"})


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
    groups = without_doubtful(groups, totals)
    read = _codes_of(statements)
    if totals and not _adds_up(groups, totals):
        for other in _other_readings(times):
            if not _can_add_up(other, totals):
                continue
            groups_then, left_then = _assembled(statements, leaves, other, written, plain)
            groups_then = without_doubtful(groups_then, totals)
            if _adds_up(groups_then, totals):
                return groups_then, other, left_then
            _read_again(statements, read)
    for k in _doubtful_of_untimed(groups, statements, times):
        other = [t._replace(kind="service") if i == k else t for i, t in enumerate(times)]
        groups_then, left_then = _assembled(statements, leaves, other, written, plain)
        groups_then = without_doubtful(groups_then, totals)
        if _adds_only(groups, groups_then):
            groups, times, left_over, read = groups_then, other, left_then, _codes_of(statements)
        _read_again(statements, read)
    return groups, times, left_over


def _codes_of(statements: list[Statement]) -> list[tuple[str, dict[str, float], str, float]]:
    """What is read in the statements; grouping them under other times reads some of them otherwise."""
    return [(s.code, s.codes, s.status, s.status_probability) for s in statements]


def _read_again(statements: list[Statement], read: list[tuple[str, dict[str, float], str, float]]) -> None:
    """Take back what a reading that was not kept has written into the statements."""
    for statement, (code, codes, status, probability) in zip(statements, read, strict=True):
        statement.code, statement.codes, statement.status, statement.status_probability = (
            code,
            codes,
            status,
            probability,
        )


def _assembled(
    statements: list[Statement], leaves: list[Leaf], times: list[ReadTime], written: list[Stated], plain: str
) -> tuple[list[Group], list[ReadTime]]:
    groups = groups_of(statements, leaves, times, written, plain)
    left_over = assign(groups, statements, leaves, times, plain)
    return merge_repeats(groups), left_over


def read_charge_lines(
    statements: list[Statement], times: list[ReadTime], written: list[Stated], plain: str
) -> list[ReadTime]:
    """Take lines that are no more than one code and a time for what they are, whatever the models make of them.

    Returns the times, those beside such a code as times of service.
    """
    out = list(times)
    starts = [read.time.start for read in times]
    for statement in statements if written else ():
        codes = {w.value["code"] for w in written if statement.start <= w.start < statement.end}
        inside = range(bisect_left(starts, statement.start), bisect_left(starts, statement.end))
        if len(codes) != 1 or len(inside) != 1 or statement.ticked is False:
            continue
        if out[inside[0]].time.form == "bare" and not CODE_BEFORE.search(
            plain[statement.start : out[inside[0]].time.start]
        ):
            continue
        if statement.status != "performed" and statement.section != "billing":
            continue
        if only_names(statement, written, plain):
            family = family_of(codes.pop())
            statement.code, statement.status, statement.status_probability = family, "performed", 1.0
            statement.codes = {family: max(SURE, statement.codes.get(family, 0.0))}
            out[inside[0]] = out[inside[0]]._replace(kind="service", service=1.0)
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
            and performed_probability(holder, holder.code) >= SURE
        ):
            read = read._replace(kind="service")
        out.append(read)
    return out


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
    """Give the likeliest of some statements that document no service the code that they together speak for most.

    Returns False where none is likely enough.
    """

    def probability(statement: Statement) -> float:
        return 1 - statement.codes.get(OTHER, 0.0)

    open_ones = [
        s
        for s in statements
        if s.ticked is not False and s.kind != "header" and s.section not in REMARK_SECTIONS
        if s.status == "performed" and not (is_service(s) and performed_probability(s, s.code) >= SURE)
    ]
    best = max(open_ones, key=probability, default=None)
    if best is None or probability(best) < _RECOGNISED:
        return False
    together: dict[str, float] = {}
    for statement in open_ones:
        for code, p in statement.codes.items():
            together[code] = together.get(code, 0.0) + p
    best.code = max((c for c in together if c != OTHER), key=lambda c: together[c])
    left = 1 - best.codes.get(OTHER, 0.0)
    best.codes = {c: p / left for c, p in best.codes.items() if c != OTHER}
    best.codes[best.code] = max(ALONE, best.codes.get(best.code, 0.0))
    return True


def _time_only_service(groups: list[Group], times: list[ReadTime], left_over: list[ReadTime]) -> list[ReadTime]:
    """Give the one timed service without minutes the one time that nothing else explains; returns what is left over.

    The stated length of a session is such a time too where nothing else was done in it.
    """
    timed = [g for g in groups if _is_timed_code(g)]
    if len(timed) != 1 or timed[0].minutes is not None or timed[0].shared:
        return left_over
    free = left_over
    if not free:
        massage = timed[0].family == "97124"
        totals = [t for t in times if t.kind == "total_timed" or (t.kind == "total_treatment" and len(groups) == 1)]
        free = [t for t in totals if massage or t.time.form != "clock"]
    if not free:
        free = [t for t in times if t.kind != "service" and t.service >= _FREE and t.time.form == "minutes"]
    if len({t.time.minutes for t in free}) != 1:
        return left_over
    timed[0].times = [Placed(free[0], True)]
    return []


def without_doubtful(groups: list[Group], totals: set[int]) -> list[Group]:
    """The groups without those that have no minutes and are told too weakly beside what has.

    Where the minutes of the others make up a stated total, no time is left for one without.
    """
    if all(g.minutes is None for g in groups):
        return groups if any(g.confidence >= _DOUBTFUL_ALONE for g in groups) else []
    told = sum(g.minutes or 0 for g in groups if _is_timed_code(g))
    least = _SURE_BESIDE_TOTAL if told in totals else _DOUBTFUL_ALONE
    return [g for g in groups if g.minutes is not None or g.confidence >= least or not _is_timed_code(g)]


def _is_timed_code(group: Group) -> bool:
    return bool(TIMED_CODES.intersection(codes_of(group.family)))


def _adds_up(groups: list[Group], totals: set[int]) -> bool:
    """Whether every service is timed and the timed ones, or all of them, add up to a stated total."""
    timed = [g.minutes for g in groups if _is_timed_code(g)]
    if not timed or None in timed:
        return False
    return sum(m or 0 for m in timed) in totals or sum(g.minutes or 0 for g in groups) in totals


def _can_add_up(times: list[ReadTime], totals: set[int]) -> bool:
    """Whether some of the times of service add up to a stated total: without that, their groups cannot either."""
    sums = 1  # bit n is set where n minutes can be made up
    for read in times:
        if read.kind == "service":
            sums |= sums << read.time.minutes
    return any(sums >> total & 1 for total in totals)


def _other_readings(times: list[ReadTime]) -> Iterator[list[ReadTime]]:
    """The times with one or two doubtful ones read as time of service or as none, the likeliest reading first."""
    changes: list[tuple[float, dict[int, ReadTime]]] = []
    for k, read in enumerate(times):
        p = max(read.service, 1e-6)
        if read.kind == "service" and p <= 1 - _DOUBTFUL:
            changes.append(((1 - p) / p, {k: read._replace(kind="no_service")}))
        elif read.kind == "no_service" and p >= _DOUBTFUL:
            changes.append((p / (1 - p), {k: read._replace(kind="service")}))
    changes = sorted(changes, key=lambda c: -c[0])[:_MOST_DOUBTFUL]
    pairs = [(a[0] * b[0], a[1] | b[1]) for i, a in enumerate(changes) for b in changes[i + 1 :]]
    for _, changed in sorted([*changes, *pairs], key=lambda c: -c[0]):
        yield [changed.get(k, read) for k, read in enumerate(times)]


def _doubtful_of_untimed(groups: list[Group], statements: list[Statement], times: list[ReadTime]) -> list[int]:
    """Numbers of the times that could be those of services without minutes, the likeliest first.

    One in a longer statement that surely documents no service needs to be likelier.
    """
    if all(g.minutes is not None or g.shared or not _is_timed_code(g) for g in groups):
        return []
    starts = [s.start for s in statements]

    def least(read: ReadTime) -> float:
        holder = statements[max(0, bisect_right(starts, read.time.start) - 1)]
        is_long = holder.end - holder.start > _SHORT_REMARK
        return _DOUBTFUL_IN_REMARK if is_long and holder.codes.get(OTHER, 0.0) > _REMARK else _DOUBTFUL_OF_SERVICE

    doubtful = [k for k, t in enumerate(times) if t.kind == "no_service" and t.service >= least(t)]
    return sorted(doubtful, key=lambda k: -times[k].service)[:_MOST_DOUBTFUL]


def _adds_only(groups: list[Group], then: list[Group]) -> bool:
    """Whether another reading times a service that had no minutes, and changes no other."""
    if [g.family for g in groups] != [g.family for g in then]:
        return False
    changed = [(a.minutes, b.minutes) for a, b in zip(groups, then, strict=True) if a.minutes != b.minutes]
    return len(changed) == 1 and changed[0][0] is None


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


def _is_empty_title(group: Group) -> bool:
    """Whether a group is no more than titles or charged codes that nothing under them bears out."""
    only_titles = all(s.kind == "header" for s in group.statements)
    return (
        group.minutes is None
        and not group.shared
        and (only_titles or (group.bare and group.first.section == "billing"))
    )


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

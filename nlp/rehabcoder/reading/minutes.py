"""Minutes: every expression of the note that could be a time of service, with its value and what its form says.

Nothing is decided here about which service a time belongs to; ``coding.times`` assigns them over the whole note.
What can never be a time of service (seconds, holds, dates, distances, an assistance level "5 min A", a tolerance
"15 min of sitting") is not listed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder.reading.corrections import corrected
from rehabcoder.reading.layout import Leaf
from rehabcoder.reading.times import UNIT, Time
from rehabcoder.reading.visits import EARLIER

_UNITS_OF_TEN = {
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
}
_SMALL = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_WORDS = (
    _SMALL
    | _UNITS_OF_TEN
    | {"eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "sixteen": 16, "seventeen": 17, "eighteen": 18}
    | {"nineteen": 19, "ninety": 90, "seventy": 70, "eighty": 80}
    | {
        f"{t}{j}{s}": tn + sn
        for t, tn in _UNITS_OF_TEN.items()
        if tn > 15
        for s, sn in _SMALL.items()
        for j in (" ", "-")
    }
)


def _tree(words: Iterable[str]) -> str:
    """A pattern for any of the words that looks at no letter twice: several times faster than a long list of them."""
    by_letter: dict[str, list[str]] = {}
    for word in words:
        by_letter.setdefault(word[:1], []).append(word[1:])
    whole = by_letter.pop("", None) is not None
    branches = "|".join(re.escape(letter) + _tree(rest) for letter, rest in by_letter.items())
    return f"(?:{branches})" + "?" * whole if branches else ""


_WORD = _tree(_WORDS)
# In these patterns what must stand at a place is asked first and what must stand before it second: most places fail at
# the first sign.
_NUMBER = (
    r"(?=[\dlois])(?:(?<![\w.,/:$#-])|(?<=\bx))"
    r"(?P<n>\d{1,3}(?:\.\d)?|[\dlois]{1,2}\d|\d[lois]{1,2}|l[o0]|\d\s0(?=\s?m))"
)
_NOT_OF_ASSIST_OR_TOLERANCE = (
    r"(?![ \t]*(?:a\b(?![ ,]\w*ing)|/|-?\s?assist|assistance|cues?\b|vc\b|tc\b|vcs\b|verbal|tactile"
    r"|to\s+mod|-?\s?mod|resist|support|difficulty|of\s(?:sitting|standing|driving|lying)\b))"
)
_MINUTES = re.compile(
    rf"(?:{_NUMBER}|\b(?P<w>{_WORD}))\s{{0,2}}[-~]?\s{{0,2}}{UNIT}{_NOT_OF_ASSIST_OR_TOLERANCE}"
    rf"|[\[(]\s?(?P<b>\d{{1,3}})\s?[\])]\s?{UNIT}"
    rf"|(?=\d)(?:(?<![\w.,/:-])|(?<=\bx))(?:(?P<s>\d{{1,2}})\s?'(?!\s?\d{{1,2}}\s?\"|'|[a-z])"
    r"|(?P<l>[1-5]?\d|60)\s?m\b(?!/|\s(?:walk|x)))"
)
_RANGE = re.compile(
    rf"(?<![\w./:-])\d{{1,2}}\s?(?:-|to)\s?(?P<n>\d{{1,2}})\s{{0,2}}-?{UNIT}{_NOT_OF_ASSIST_OR_TOLERANCE}"
)
_HOURS = re.compile(
    r"(?<![\w.,/:-])(?P<h>\d(?:\.\d{1,2})?|one|two|an?|half an|one half|half|(?:a |three )?quarters? of an)"
    r"[ \t-]{0,2}(?:hours?|hrs?|h)\b\.?"
    rf"(?:[\s,]{{0,2}}(?:and\s)?(?:(?P<half>a half)|(?P<m>\d{{1,2}})\s{{0,2}}(?:{UNIT}|m\b|')))?"
)
_DURATION = re.compile(
    r"(?<![\w:./-])(?P<h>0?0|0?1(?=:[0134][05])|):(?P<m>[0-5]\d)(?![\d:]|\s?[ap]\.?m\b|\s?-\s?\d|\s?to\s?\d)"
)
_CLOCK_TIME = (
    r"(?:(?P<h{0}>[01]?\d|2[0-3])\s?[:.;]\s?(?P<m{0}>[0-5]\d)|(?P<c{0}>(?:[01]\d|2[0-3])[0-5]\d)"
    r"|(?P<o{0}>1[0-2]|[1-9])(?=\s?(?:[ap]\.?m|(?:-|to|until)\s?\d{{1,2}}:[0-5]\d)))"
    r"[ \t]?(?:h(?:rs?)?\b[ \t]?)?(?P<p{0}>[ap]\.?[ \t]?m\b\.?|[ap]\b)?"
)
_CLOCK = re.compile(
    r"(?<![\w/.$-])" + _CLOCK_TIME.format(1) + r"\s{0,2}(?:-{1,2}>?|\u2192|to|until|till?|through|thru|/|>"
    r"|,?\s*(?:stop|end|out|time out|finish|and ended|ended)(?:\s?(?:time|at))?\s?[:=@]?)\s{0,2}"
    r"(?:at\s)?" + _CLOCK_TIME.format(2) + r"(?![\d/])"
)
#: "0944-52": the hour stands once. Of the hours of a working day only, as "2023-24" are years. ":12-:22": it stands
#: nowhere, and the end may lie in the next one.
_CLOCK_WITHIN_HOUR = re.compile(
    r"(?<![\w/.$-])(?:0[5-9]|1[0-8])(?P<from>[0-5]\d)\s?-\s?(?P<to>[0-5]\d)(?![\w/:.%-])"
    r"|(?<![\w:/.-]):(?P<past>[0-5]\d)\s?(?:-|to)\s?:(?P<until>[0-5]\d)(?![\d:])"
)
_IN_OUT = re.compile(
    r"\b(?:in|start|began|begin|arrived|started)(?:\s?(?:time|at))?\s?[:=@]?\s{0,3}"
    + _CLOCK_TIME.format(1)
    + r"[^a-z0-9]{0,6}(?:time\s?|tx\s?|session\s?)?(?:out|stop|end|ended|finish|finished|left|stopped)"
    r"(?:\s?(?:time|at))?\s?[:=@]?\s{0,3}" + _CLOCK_TIME.format(2) + r"(?!\d)"
)
_BARE = re.compile(
    r"(?:(?:\bx|(?<!\d)=)\s?(?P<x>\d{1,2})|[(\[]\s?(?P<p>\d{1,2})\s?[)\]]"
    r"|\bmin(?:s|utes)?[:=. ]{1,3}(?P<m>\d{1,2})(?=\s*(?:[,;.)\]\n]|$))"
    r"|\btotal[\s:=]{1,4}(?P<z>[12]\d\d)(?=\s|$|[,.;])"
    r"|\b(?:for|another|a further)\s(?P<f>\d{1,2})(?=[\s,;.)]|$)"
    rf"|\b(?:for|another|a further)\s(?P<w>{_WORD})(?=\s?(?:[,;.)\n]|$))"
    r"|(?:97\d{3}|98\d{3}|g0283)(?!-(?:25|52|59|76|77)\b)\)?\s?[-:=|,x@/]{0,2}(?:\s{0,3}|\.{2,40}\s?)(?P<c>\d{1,2})"
    r"|/(?:(?<=[a-z)\].] /)|(?<=x\d /)|(?<=x\d\d /))\s?(?P<s>\d{1,2})(?=\.?[ \t\r]*(?:\n|$))"
    r"|(?=\d)(?:(?<=[^\W_][.)] )(?<!\bno\. )|(?<=x\d )|(?<=x\d\d )|(?<=x \d )|(?<=x \d\d ))"
    r"(?P<e>\d{1,2})(?=\.?[ \t\r]*(?:\n|$))"
    r"|(?:\s(?<=[a-z):*\]]\s)(?<!\bage\s)(?<!\d of\s)\s{0,59}|\.{2,40}\s?|(?:\.\s){2,20}|[>,;|-]\s{1,3})"
    r"(?P<t>\d{1,2})(?=\s{0,3}(?:$|[,;.+|:\n(\x1f]|1:1|->|\s-\s|/\s|\s{2})))"
    r"(?![\w'/]|:\d|\.\d|[ \t]?(?:x|min|reps?|sets?|sec|secs|s\b|lbs?\b|ft|feet|days?|weeks?|wks?|%|\"|times?|u\b"
    r"|units?|un\b|deg|degrees|hz|yo|y/o|yrs?|years?|months?|mos?\b|hours?|hrs?\b|visits?|sessions?|inch|in\b|cm|mm|kg|#|per"
    r"|/\s?\d{1,2}(?!\d)|/[a-z]|each|ea\b|e\b|stairs?|steps?|trips?|-\s?\d|(?<![)\]])(?<![)\]] )\d))"
)
_COUNTED = re.compile(r"(?:\b(?:secs?|s|holds?|reps?|sets?|ft|feet|lbs?|trials?)|\d(?:s|secs?|ft|lbs?)|\")\s*$")
_ONE_CLOCK_TIME = _CLOCK_TIME.format(1)
_LOG_START = re.compile(r"(?:at |@ ?)?" + _ONE_CLOCK_TIME + r"(?!\s?(?:-|to|until)\s?\d)")
_LOG_END = re.compile(
    r"\b(?:until|till?|done(?: at)?|off at|stop(?:ped)?(?: at)?|finish(?:ed)?(?: at)?|end(?:ed)?(?: at)?)\s?:?\s?"
    + _ONE_CLOCK_TIME
)
#: "0 min" says that a listed service was not given.
NO_MINUTES = re.compile(rf"(?<![\d.,:/-])0{{1,2}}\s{{0,2}}{UNIT}")
_CELL_NUMBER = re.compile(r"(\d{1,3})")


class Minutes:
    """spaCy component: writes ``doc.user_data["times"]``, in text order and without overlaps."""

    def __call__(self, doc: Doc) -> Doc:
        data = doc.user_data
        data["times"] = read_times(data["plain"], data["leaves"])
        return doc


def read_times(plain: str, leaves: list[Leaf]) -> list[Time]:
    """All time expressions of a note but those of earlier visits.

    Where two patterns claim the same characters the more specific one wins.
    """
    found: list[Time] = []
    taken: list[tuple[int, int]] = []
    plain = plain.replace("_", " ")  # a filled blank: "__24__ min"
    for pattern in (_cell_times(plain, leaves), _pattern_times(plain), _log_times(plain, leaves)):
        for time in pattern:
            if not _overlaps(taken, time):
                found.append(time)
                taken.insert(bisect_left(taken, (time.start, time.end)), (time.start, time.end))
    earlier = [leaf for leaf in leaves if leaf.section == EARLIER]
    found = [t for t in found if not any(leaf.start <= t.start < leaf.end for leaf in earlier)]
    row_starts = {leaf.start for leaf in leaves if leaf.kind == "row"}
    found = [t for t in found if t.form != "bare" or t.start not in row_starts]  # a row may open with its number
    return corrected(_said_once(sorted(found), plain), plain, leaves)


def _said_once(times: list[Time], plain: str) -> list[Time]:
    """Without a time that the one beside it says again in another form: "15 min (9:00-9:15)"."""
    out: list[Time] = []
    for time in times:
        last = out[-1] if out else None
        if (
            last
            and last.minutes == time.minutes
            and plain[last.start : last.end] != plain[time.start : time.end]
            and not any(c.isalnum() for c in plain[last.end : time.start])
            and time.start - last.end <= 6
        ):
            continue
        out.append(time)
    return out


def _overlaps(taken: list[tuple[int, int]], time: Time) -> bool:
    k = bisect_left(taken, (time.start, time.end))
    return (k > 0 and taken[k - 1][1] > time.start) or (k < len(taken) and taken[k][0] < time.end)


def _pattern_times(plain: str) -> Iterator[Time]:
    for pattern in (_IN_OUT, _CLOCK):
        for m in pattern.finditer(plain):
            minutes = clock_minutes(m)
            if minutes is not None:
                yield Time(m.start(), m.end(), minutes, "clock")
    for m in _CLOCK_WITHIN_HOUR.finditer(plain):
        minutes = int(m["to"]) - int(m["from"]) if m["to"] else (int(m["until"]) - int(m["past"])) % 60
        if minutes > 0:
            yield Time(m.start(), m.end(), minutes, "clock")
    for m in _RANGE.finditer(plain):
        yield Time(m.start(), m.end(), int(m["n"]), "minutes")
    for m in _HOURS.finditer(plain):
        minutes = _hours(m)
        if 0 < minutes <= 300:
            yield Time(m.start(), m.end(), minutes, "minutes")
    for m in _MINUTES.finditer(plain):
        minutes = _count(m["n"] or m["s"] or m["l"] or m["w"] or m["b"])
        if 0 < minutes <= 300:
            yield Time(m.start(), m.end(), minutes, "minutes")
    for m in _DURATION.finditer(plain):
        minutes = 60 * int(m["h"] or 0) + int(m["m"])
        if 0 < minutes <= 180:
            yield Time(m.start(), m.end(), minutes, "minutes")
    for m in _BARE.finditer(plain):
        group = m.lastgroup or "x"
        minutes = _count(m[group])
        if minutes > (4 if group != "x" else 2) and not (
            group == "x" and _COUNTED.search(plain, max(0, m.start() - 8), m.start())
        ):
            yield Time(m.start(group), m.end(group), minutes, "times" if group == "x" else "bare")


def _cell_times(plain: str, leaves: list[Leaf]) -> Iterator[Time]:
    """Bare numbers in the minutes columns of tables, and start and end columns."""
    for leaf in leaves:
        if leaf.kind != "row":
            continue
        start_cell = next((c for c in leaf.cells if c.role == "start"), None)
        end_cell = next((c for c in leaf.cells if c.role == "end"), None)
        for cell in leaf.cells:
            if cell.role == "minutes":
                words = plain[cell.start : cell.end].strip()
                number = _CELL_NUMBER.match(words)
                if number and int(number[1]) and len(words) <= 8 and ":" not in words and "x" not in words:
                    yield Time(cell.start, cell.end, int(number[1]), "cell")
        if start_cell and end_cell:
            both = _CLOCK.fullmatch(
                f"{plain[start_cell.start : start_cell.end].strip()}-{plain[end_cell.start : end_cell.end].strip()}"
            )
            minutes = clock_minutes(both) if both else None
            if minutes is not None:
                yield Time(start_cell.start, end_cell.end, minutes, "clock")


def _log_times(plain: str, leaves: list[Leaf]) -> Iterator[Time]:
    """Times of a log whose lines carry one clock time each: when a service began ("10:05 hot pack") or ended
    ("massage until 10:20"); its minutes run to the next line's beginning, or from the last line's end."""
    entries: list[tuple[re.Match[str], bool]] = []
    for leaf in leaves:
        opening = _LOG_START.match(plain, leaf.start, leaf.end)
        ending = _LOG_END.search(plain, leaf.start, leaf.end)
        if opening and ending:
            span = _minute_of_day(ending, 1) - _minute_of_day(opening, 1)
            if 0 < span <= 120:
                yield Time(opening.start(), opening.end(), span, "clock")
        elif opening or ending:
            entries.append((opening or ending, opening is not None))  # type: ignore[arg-type]
    if len(entries) < 3:
        return
    for (here, begins), (there, begins_there) in zip(entries, entries[1:], strict=False):
        span = _minute_of_day(there, 1) - _minute_of_day(here, 1)
        if 0 < span <= 120 and begins == begins_there:
            of = here if begins else there
            yield Time(of.start(), of.end(), span, "clock")


def _count(written: str) -> int:
    """The value of a number as a person reads it: words, and digits that a scanner took for letters."""
    if written in _WORDS:
        return _WORDS[written]
    return int(float(written.replace(" ", "").translate(str.maketrans("lois", "1015"))))


def _hours(m: re.Match[str]) -> int:
    written = m["h"]
    named = {"one": 1.0, "two": 2.0, "a": 1.0, "an": 1.0}
    if "quarter" in written:
        hours = 0.75 if written.startswith("three") else 0.25
    else:
        hours = named.get(written) or (0.5 if "half" in written else float(written))
    return round(60 * hours) + (30 if m["half"] else int(m["m"] or 0))


def clock_minutes(m: re.Match[str]) -> int | None:
    """Minutes between the two clock times of a match; None where they are no span of a visit (1 to 240 minutes)."""
    first, second = _minute_of_day(m, 1), _minute_of_day(m, 2)
    span = second - first
    if span <= 0:
        span += 12 * 60
    if m["p1"] is None and m["p2"] is None and not m["c1"] and span > 240:
        return None
    return span if 0 < span <= 240 else None


def _minute_of_day(m: re.Match[str], k: int) -> int:
    clock = m[f"c{k}"]
    if clock:
        return 60 * int(clock[:2]) + int(clock[2:])
    hour = int(m[f"h{k}"] or m[f"o{k}"])
    minute = int(m[f"m{k}"] or 0)
    half = (m[f"p{k}"] or "")[:1]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    elif (
        not half
        and k == 1
        and "p2" in m.groupdict()
        and (m["p2"] or "")[:1] == "p"
        and hour < 12
        and (hour + 12) * 60 < 60 * 22
    ):
        # "2:05-2:20 pm": the half of the day stands once, at the end ("11:40-12:10 pm" begins before noon)
        end_hour = int(m["h2"] or m["o2"] or 0) if not m["c2"] else 0
        if end_hour == 12 or hour > end_hour:
            return 60 * hour + minute
        hour += 12
    return 60 * hour + minute


@Language.factory("rehab_minutes")
def create_minutes(nlp: Language, name: str) -> Minutes:
    return Minutes()

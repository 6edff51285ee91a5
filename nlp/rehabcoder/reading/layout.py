"""Layout: a note is a tree of section, heading or lead-in, and item, row or sentence; the leaves carry the text.

A leaf knows the section it stands in, the headings above it (outermost first), whether a box before it is ticked, and,
in a table, the role of each of its cells. Headings hand their time, region and status down to the leaves under them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from rehabcoder import lexicon
from rehabcoder.reading.plain import reading_of
from rehabcoder.records import Span

NO_SECTION = "none"


class Cell(NamedTuple):
    """One cell of a table row; ``role`` is minutes, units, code, start, end, total or text."""

    start: int
    end: int
    role: str


class Leaf(NamedTuple):
    """A stretch of text that belongs together; ``kind`` is text, item, row or header."""

    start: int
    end: int
    section: str
    headings: tuple[Span, ...]
    line: int
    kind: str = "text"
    ticked: bool | None = None
    cells: tuple[Cell, ...] = ()


class Line(NamedTuple):
    """A line without its white space; ``level`` orders indents and bullets, ``content`` is where its words begin."""

    start: int
    end: int
    content: int
    level: float
    bulleted: bool
    after_blank: bool


#: Sections that end with their line where they begin in it ("Hx: two falls"); a title above its lines holds them all.
_ONE_LINE_SECTIONS = frozenset({"history"})
_LINE = re.compile(r"[^\n\r]+|\r\n|\n|\r")
_FLATTENED = re.compile(r"\S+(?: \S+)*")
_GAP = re.compile(r"\S {2,}(?=\S)")
_SENTENCE_END = re.compile(r"[.!?] (?=\S)")
#: A text of one line at least this long, with at least so many gaps of two blanks, was once several lines.
_LONG_FOR_A_LINE = 150
_LEAST_GAPS = 3
_BULLET = re.compile(r"(?:[-*>+~]+|\d{1,2}[.)](?!\d)|[a-h]\)|o|#\d{1,2}:?)[ \t]+(?=\S)")
_LABEL = re.compile(r"([^:\n|]{1,70}?)[ \t]*:(?=\s|$)")
_SOAP_LETTER = re.compile(r"([soap])[ \t]*(?:[.)]|-{1,2}|/)[ \t]+(?=\S)")
_DECORATION = re.compile(r"[\s*#=_~<>\[\]{}\"|-]+")
_PARENTHESES = re.compile(r"\([^()\n]{0,80}\)")
_TIME_IN_HEADING = re.compile(r"\bx?\s*\d{1,3}\s*(?:minutes?|mins?|m\b|')?")
_TITLE_NUMBER = re.compile(r"\d\s?(?:min|')|\b(?:97\d{3}|98\d{3}|g0283)\b|\d\s?units?\b")
_DIGIT = re.compile(r"\d")
_WORD_BEFORE_COLON = re.compile(r":(?=\s|$)")
_TICKED = (
    r"\[\s?[x*\u2713\u2714]\s?\]|\(\s?[x\u2713\u2714]\s?\)|[\u2611\u2612\u2713\u2714\u2705\u25a0]|_x_|\bx_{1,3}(?=\s)"
)
_UNTICKED = r"\[\s{0,3}\]|\[_{1,3}\]|\(\s{0,3}\)|[\u2610\u25a1\u25a2]|(?<![_\w])_{2,4}(?=\s?[a-z])"
_BOX = re.compile(f"(?P<on>{_TICKED})|(?P<off>{_UNTICKED})")
#: No box without one of these; the look for them is many times as fast as that for a box.
_BOX_SIGN = re.compile("[\\[(_\u25a0-\u25a2\u2610-\u2612\u2705\u2713\u2714]")
#: A full stop after white space or another one is a leader of dots, not the end of a sentence.
_SENTENCE_END = re.compile(r"[.!?](?<=[^\s.].)[.!?]{0,2}[\"')\]]{0,2}(?=\s(?!\.)|$)")
#: Sections whose headings may carry a time; another title with a time or a code is a service ("Gait 14 min: ...").
_TIMED_SECTIONS = frozenset({"treatment", "billing", "plan"})
_ONLY_A_TIME = re.compile(
    r"(?:(?:this|that|it|all|total|for|about|took|lasted|of|in|time)\s){0,4}[\d\w-]{1,12}\s?(?:minutes|minute|mins|min|')[.;)]{0,2}"
    r"|\d{1,2}\.?"
)
#: What a single letter before a full stop belongs to where it is no initial: "c/o", "min A".
_ENDS_IN_A_LETTER = re.compile(r"[a-z]/$|\b(?:min|mod|max) $")
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "mr",
        "mrs",
        "ms",
        "st",
        "vs",
        "approx",
        "no",
        "nos",
        "gr",
        "ext",
        "flex",
        "abd",
        "add",
        "lat",
        "med",
        "ant",
        "post",
        "sup",
        "inf",
        "rot",
        "incl",
        "resp",
        "temp",
        "mod",
        "max",
        "min",
        "ind",
        "bil",
        "bilat",
        "cerv",
        "thor",
        "lumb",
        "ther",
        "ex",
        "tx",
        "pt",
        "lt",
        "rt",
        "wt",
        "ht",
        "eg",
        "ie",
        "etc",
        "cont",
        "dx",
        "hx",
        "fx",
        "yo",
        "y.o",
        "e.g",
        "i.e",
        "ft",
        "lbs",
        "lb",
        "reps",
        "rep",
        "sec",
        "secs",
        "hr",
        "hrs",
    ]
)
_SENTENCE_AFTER = frozenset(
    ["min", "mins", "ex", "tx", "ft", "lbs", "lb", "reps", "rep", "sec", "secs", "hr", "hrs", "etc"]
)
_COLUMN_ROLES = {
    "minutes": ("minutes", "minute", "mins", "min", "time", "duration", "timed min", "tx min", "total min", "mn"),
    "units": ("units", "unit", "u", "un", "qty"),
    "code": ("cpt", "code", "cpt code", "hcpcs", "charge", "proc code"),
    "start": ("start", "time in", "in", "begin", "from", "start time"),
    "end": ("end", "stop", "time out", "out", "to", "end time", "stop time"),
    "text": (
        *("procedure", "description", "intervention", "service", "activity", "exercise", "modality", "treatment"),
        *("sets", "reps", "hold", "load", "weight", "resistance", "level", "area", "region", "body part", "notes"),
        *(
            "comments",
            "detail",
            "details",
            "parameters",
            "mod",
            "modifier",
            "technique",
            "response",
            "side",
            "sets/reps",
        ),
        *("set", "rep", "lbs", "wt", "date", "done", "provider", "by", "staff", "therapist", "settings", "position"),
    ),
}
_ROLE_OF_COLUMN = {name: role for role, names in _COLUMN_ROLES.items() for name in names}
_RULE_LINE = re.compile(r"[\s|+:=_-]+$")
_GAP = re.compile(r" {2,}(?=\S)|[ \t]*\t[ \t]*")
_COMMA_CELLS = re.compile(r"[^,]{1,60}(?:,(?! )[^,]{0,60}){2,12}")
_ENDS_IN_TIME = re.compile(r"(?:\d|\d\s?(?:min|mins|minutes|'))$")
_SHORTEST_WRAPPED = 30
#: "Minutes: 16" says how long the lines above it took; the note goes on below.
_TIME_ALONE = re.compile(r"[\d:.\s-]{1,14}(?:m|min|mins|minutes|')?\.?$")
_ENDS_IN_LEADER = re.compile(r"\.{3}\s?\d{1,3}\s?(?:min|mins|minutes|m|')?$")
_RAGGED = 12


def lines_of(plain: str) -> list[Line]:
    """The lines that hold anything, in order; of a text whose line ends an export made blanks, the pieces between."""
    out: list[Line] = []
    blank = False
    ends = 0
    pattern = _FLATTENED if _is_flattened(plain) else _LINE
    for m in pattern.finditer(plain):
        piece = m[0]
        if piece in ("\n", "\r", "\r\n"):
            ends += 1
            blank = blank or ends > 1
            continue
        stripped = piece.strip()
        if not stripped:
            continue
        ends = 0
        start = m.start() + len(piece) - len(piece.lstrip())
        end = start + len(stripped)
        indent = sum(4 if c == "\t" else 1 for c in piece[: start - m.start()])
        bullet = _BULLET.match(plain, start, end)
        content = bullet.end() if bullet else start
        out.append(Line(start, end, content, indent + (0.5 if bullet else 0), bullet is not None, blank))
        blank = False
    return out


def _is_flattened(plain: str) -> bool:
    """Whether a long text of one line has wide gaps again and again: an export put blanks in place of line ends.

    Where sentences end more than twice as often as there are gaps, these do the work of lines.
    """
    body = plain.strip()
    if len(body) < _LONG_FOR_A_LINE or "\n" in body or "\r" in body:
        return False
    return len(_GAP.findall(body)) >= max(_LEAST_GAPS, len(_SENTENCE_END.findall(body)) / 2)


def _caseless(text: str, lines: list[Line]) -> bool:
    """Whether the case of a line's first letter says nothing: a text in capitals, or one whose lines begin small."""
    small = sum(text[line.content].islower() for line in lines)
    return _in_capitals(text) or small * 2 > len(lines) > 4


def _in_capitals(text: str) -> bool:
    """Whether a text is typed in capitals, so that the case of a line's first letter says nothing."""
    head = text[:2000]
    if sum(map(str.islower, head[: len(head) // 4])) >= 0.1 * len(head):
        return False  # as most texts show in their first lines
    return sum(map(str.islower, head)) < 0.1 * sum(map(str.isalpha, head))


def wrap_width(lines: list[Line]) -> int:
    """The width at which the note's lines were broken; 0 where they were not (few lines of about the same length)."""
    lengths = [line.end - line.start for line in lines]
    widest = max(lengths, default=0)
    if not 50 <= widest <= 140:
        return 0
    full = sum(widest - n <= _RAGGED for n in lengths)
    return widest if full >= 3 and full * 3 >= len(lengths) else 0


def _block_widths(lines: list[Line]) -> list[int]:
    """For each line, the length of the longest line of its block (the lines between two blank ones)."""
    out: list[int] = []
    while len(out) < len(lines):
        first = last = len(out)
        while last + 1 < len(lines) and not lines[last + 1].after_blank:
            last += 1
        out += [max(line.end - line.start for line in lines[first : last + 1])] * (last + 1 - first)
    return out


def _is_full(plain: str, line: Line, below: Line, width: int) -> bool:
    """Whether the first word of the line below would not have found room on this line, give or take a ragged edge."""
    space = plain.find(" ", below.start, below.end)
    word = (space if space > 0 else below.end) - below.start
    return line.end - line.start + 1 + word > width - _RAGGED


@lru_cache(maxsize=10_000)
def heading_name(plain_heading: str) -> str:
    """A heading as the lexicon spells it: no decoration, no parentheses, no times."""
    name = _PARENTHESES.sub(" ", plain_heading) if "(" in plain_heading else plain_heading
    name = _DECORATION.sub(" ", name.replace(":", " ")).strip(" .,;)/")
    if _DIGIT.search(name):
        name = _TIME_IN_HEADING.sub(" ", name)
    return " ".join(name.split())


def section_of(name: str, sections: dict[str, str]) -> str | None:
    """The canonical section of a heading's name; of a joined one ("assessment/plan") that of its first known part."""
    if not name or len(name) > 60:
        return None
    found = sections.get(name)
    if found is None and ("/" in name or "&" in name or " and " in name):
        parts = [p.strip() for p in re.split(r"/|&| and ", name)]
        if all(p in sections for p in parts):
            found = sections[parts[0]]
    return found


class _Heading(NamedTuple):
    level: float
    span: Span
    open_at_level: bool  # lines at the heading's own level stand under it too, until a blank line


class LayoutReader:
    """Reads the tree of one note: ``read(text, plain) -> list[Leaf]``. Holds the section names, no state of a note."""

    def __init__(self, sections: dict[str, str]):
        self.sections = sections

    def read(self, text: str, plain: str) -> list[Leaf]:
        leaves: list[Leaf] = []
        lines = lines_of(plain)
        caseless = _caseless(text, lines)
        widths = [wrap_width(lines)] * len(lines) if caseless else _block_widths(lines)
        section, section_heading = NO_SECTION, None
        stack: list[_Heading] = []
        i = no_table_before = 0
        while i < len(lines):
            line = lines[i]
            stack = _still_open(stack, line)
            table, looked_to = _table_at(plain, lines, i) if i >= no_table_before else ([], 0)
            no_table_before = max(no_table_before, looked_to)
            if table:
                leaves += _table_leaves(plain, table, section, _spans(section_heading, stack), i)
                i += len(table)
                continue
            found = self._section_heading(text, plain, line)
            outer = section, section_heading
            if found:
                section, heading_end, rest = found
                section_heading, stack = Span(line.start, heading_end), []
                line = line._replace(content=rest)
            elif self._is_lead_in(text, plain, lines, i):
                if (
                    section_heading
                    and text[slice(*section_heading)].isupper()
                    and text[line.content : line.end].isupper()
                ):
                    # a title in capitals like the section's own closes that section, known or not
                    section, section_heading, stack = NO_SECTION, Span(line.content, line.end), []
                    leaves.append(Leaf(line.content, line.end, section, (), i, "header"))
                    i += 1
                    continue
                stack = [h for h in stack if h.level < line.level]
                stack.append(_Heading(line.level, Span(line.content, line.end), True))
                leaves.append(Leaf(line.content, line.end, section, _spans(section_heading, stack[:-1]), i, "header"))
                i += 1
                continue
            last = i
            if not found or line.content < line.end:
                last = self._last_wrapped(text, plain, lines, i, caseless, widths)
            end = lines[last].end
            start = line.content
            for part_section, heading, a, b in self._inline_sections(text, plain, start, end):
                if heading:
                    section, section_heading, stack = part_section, heading, []
                leaves += _text_leaves(plain, a, b, section, _spans(section_heading, stack), i, line.bulleted)
            if not found and not line.bulleted and _LABEL.match(plain, line.content, line.end):
                stack.append(_Heading(line.level, Span(line.content, line.end), False))
            if found and line.content < line.end and self._of_one_line(plain, section, line):
                section, section_heading = outer
            i = last + 1
        return leaves

    def _section_heading(self, text: str, plain: str, line: Line) -> tuple[str, int, int] | None:
        """(section, end of the heading, start of what follows it) where the line opens a section."""
        label = _LABEL.match(plain, line.content, line.end)
        if label:
            section = section_of(heading_name(label[1]), self.sections)
            if section and (section in _TIMED_SECTIONS or not _TITLE_NUMBER.search(plain, line.content, label.end())):
                return section, label.end(), _skip_space(plain, label.end(), line.end)
        letter = _SOAP_LETTER.match(plain, line.start, line.end)
        if letter and text[line.start].isupper() and letter[1] in self.sections:
            return self.sections[letter[1]], letter.end(1), letter.end()
        if line.end - line.content <= 50:
            section = section_of(heading_name(plain[line.content : line.end]), self.sections)
            if section and (section in _TIMED_SECTIONS or not _TITLE_NUMBER.search(plain, line.content, line.end)):
                return section, line.end, line.end
        dash = plain.find(" - ", line.content, min(line.end, line.content + 40))
        if dash > 0:
            section = section_of(heading_name(plain[line.content : dash]), self.sections)
            if section:
                return section, dash + 2, _skip_space(plain, dash + 3, line.end)
        return None

    def _of_one_line(self, plain: str, section: str, line: Line) -> bool:
        """Whether a section ends with the line that opens it: the lines below go on with what stood above."""
        return section in _ONE_LINE_SECTIONS or (
            section == "billing" and _TIME_ALONE.match(plain, line.content, line.end) is not None
        )

    def _is_lead_in(self, text: str, plain: str, lines: list[Line], i: int) -> bool:
        """A line that only introduces the lines under it: it ends in a colon, or is short above deeper ones."""
        line = lines[i]
        if plain[line.end - 1] == ":":
            return True
        if i + 1 >= len(lines) or line.end - line.content > 60 or line.bulleted:
            return False
        below = lines[i + 1]
        if plain[line.end - 1] in ".;,!?" or _BOX.match(plain, line.content):
            return False
        if (
            line.after_blank
            and text[line.content : line.end].isupper()
            and len(plain[line.content : line.end].split()) <= 5
        ):
            return not _in_capitals(text)
        if below.after_blank:
            return False
        if below.level > line.level:
            return True
        opens_block = line.after_blank and line.level == below.level and not below.bulleted
        return (
            opens_block and below.end - below.start > 1.5 * (line.end - line.start) and self._names_a_time(plain, line)
        )

    def _names_a_time(self, plain: str, line: Line) -> bool:
        """Whether a short line holds a time or a code, as the title of a block of text does."""
        return _TITLE_NUMBER.search(plain, line.content, line.end) is not None

    def _last_wrapped(self, text: str, plain: str, lines: list[Line], i: int, caseless: bool, widths: list[int]) -> int:
        """Index of the last line of the paragraph that begins in line i, where an editor or a fax broke its lines."""
        last = i
        while last + 1 < len(lines):
            here, below = lines[last], lines[last + 1]
            if below.after_blank or below.bulleted:
                break
            if caseless:
                goes_on = 0 <= widths[last] - (here.end - here.start) <= _RAGGED
            else:
                goes_on = (
                    (text[below.start].islower() or text[below.start] in "(&")
                    and here.end - here.start >= _SHORTEST_WRAPPED
                    and _is_full(plain, here, below, widths[last])
                    and not _ENDS_IN_TIME.search(plain, here.start, here.end)
                )
            if not goes_on or _ENDS_IN_LEADER.search(plain, here.start, here.end):
                break
            if (
                plain[here.end - 1] in ".:;!?|"
                or not plain[below.start].isalnum()
                or "|" in plain[below.start : below.end]
            ):
                break
            if _LABEL.match(plain, below.start, below.end) or len(_cells(plain, below)) > 2:
                break
            if section_of(heading_name(plain[below.start : below.end][:60]), self.sections):
                break
            last += 1
        return last

    def _inline_sections(
        self, text: str, plain: str, start: int, end: int
    ) -> Iterator[tuple[str, Span | None, int, int]]:
        """Cut a run-on stretch where a section heading with a colon stands inside it."""
        cuts: list[tuple[int, int, str]] = []
        for colon in _WORD_BEFORE_COLON.finditer(plain, start, end):
            cut = self._heading_before(text, plain, start, colon.start())
            if cut:
                cuts.append((*cut, ""))
        position, heading, section = start, None, NO_SECTION
        for cut_start, cut_end, _ in cuts:
            if cut_start > position:
                yield section, heading, position, cut_start
            section = section_of(heading_name(plain[cut_start : cut_end - 1]), self.sections) or NO_SECTION
            heading, position = Span(cut_start, cut_end), cut_end
        if position < end or heading:
            yield section, heading, position, end

    def _heading_before(self, text: str, plain: str, start: int, colon: int) -> tuple[int, int] | None:
        """The span of the section heading that ends at a colon inside a line, the longest that the lexicon knows."""
        left = max(start, colon - 45)
        before = plain[left:colon]
        for m in re.finditer(r"(?<![\w/'-])[a-z]", before):
            at = left + m.start()
            name = heading_name(plain[at:colon])
            if name not in self.sections:
                continue
            previous = _end_of_words(plain, start, at)
            opens = (
                previous == start
                or plain[previous - 1] in ".;!?|)*:"
                or (plain[at - 2 : at] == "  " and text[at].isupper())
            )
            if len(name) == 1 and colon - at > 2:
                continue  # "block A 20':" is no assessment
            if opens or (len(name) > 1 and text[at].isupper()):
                return at, colon + 1
        return None


def _skip_space(plain: str, start: int, end: int) -> int:
    while start < end and plain[start] in " \t":
        start += 1
    return start


def _end_of_words(plain: str, start: int, end: int) -> int:
    while end > start and plain[end - 1].isspace():
        end -= 1
    return end


def _still_open(stack: list[_Heading], line: Line) -> list[_Heading]:
    """The headings that a line still stands under: those above its level, and lead-ins at its level without a gap."""
    return [
        h for h in stack if h.level < line.level or (h.level == line.level and h.open_at_level and not line.after_blank)
    ]


def _spans(section_heading: Span | None, stack: list[_Heading]) -> tuple[Span, ...]:
    return (() if section_heading is None else (section_heading,)) + tuple(h.span for h in stack)


# -- tables ----------------------------------------------------------------------------------------------------------


def _cells(plain: str, line: Line) -> list[tuple[int, int]]:
    """The cells of a line divided by pipes, tabs or wide gaps; one cell where it is not divided."""
    piece = plain[line.start : line.end]
    if "|" in piece:
        bounds = [(m.start(), m.end()) for m in re.finditer(r"[^|]+", piece)]
    elif "\t" in piece or "   " in piece or "  " in piece:
        cuts = [(m.start(), m.end()) for m in _GAP.finditer(piece)]
        bounds, position = [], 0
        for a, b in cuts:
            bounds.append((position, a))
            position = b
        bounds.append((position, len(piece)))
    elif _COMMA_CELLS.fullmatch(piece):
        bounds = [(m.start(), m.end()) for m in re.finditer(r"[^,]+", piece)]
    else:
        return [(line.start, line.end)]
    out = []
    for a, b in bounds:
        cell = piece[a:b]
        if cell.strip():
            a += len(cell) - len(cell.lstrip())
            out.append((line.start + a, line.start + a + len(cell.strip())))
    return out


def _header_roles(plain: str, cells: list[tuple[int, int]]) -> list[str] | None:
    """The roles of a header row's cells; None where the row is no header."""
    names = [heading_name(plain[a:b]) for a, b in cells]
    roles = [_ROLE_OF_COLUMN.get(name) for name in names]
    known = sum(role is not None for role in roles)
    if len(cells) >= 2 and known >= 2 and known * 2 >= len(cells):
        return [role or "text" for role in roles]
    return None


def _roles_over_minutes(plain: str, body: list[tuple[Line, list[tuple[int, int]]]]) -> list[str] | None:
    """The roles of a first row that names no other column known here, but minutes over cells that hold numbers."""
    names = [heading_name(plain[a:b]) for a, b in body[0][1]]
    roles = [_ROLE_OF_COLUMN.get(name, "text") for name in names]
    if roles.count("minutes") != 1:
        return None
    column = roles.index("minutes")
    under = [plain[a:b] for _, row in body[1:] for a, b in row[column : column + 1]]
    numbers = sum(_NUMBER_CELL.fullmatch(cell) is not None for cell in under)
    return roles if numbers >= 2 and numbers * 3 >= 2 * len(under) else None


def _table_at(plain: str, lines: list[Line], i: int) -> tuple[list[tuple[Line, list[tuple[int, int]], list[str]]], int]:
    """The rows of the table that begins in line i, with the role of every cell (the header row has roles ``header``).

    The second value is the line up to which no table begins, so that no line is looked at twice.
    """
    first = _cells(plain, lines[i])
    if len(first) < 2:
        return [], i + 1
    piped = "|" in plain[lines[i].start : lines[i].end]
    roles = _header_roles(plain, first)
    rows = [(lines[i], first)]
    j = i + 1
    while j < len(lines) and not (lines[j].after_blank and not piped):
        if _RULE_LINE.match(plain, lines[j].start, lines[j].end):
            rows.append((lines[j], []))
            j += 1
            continue
        cells = _cells(plain, lines[j])
        if roles and len(cells) == 1 and not piped and lines[j].level > lines[i].level:
            rows.append((lines[j], cells))  # a cell's text goes on
            j += 1
            continue
        if len(cells) < 2 or ("|" in plain[lines[j].start : lines[j].end]) != piped or _header_roles(plain, cells):
            break
        rows.append((lines[j], cells))
        j += 1
    body = [r for r in rows if r[1]]
    roles = roles or _roles_over_minutes(plain, body)
    if len(body) < 2 or (roles is None and not _looks_like_rows(plain, body)):
        return [], j if roles is None else i + 1
    columns = roles or _guessed_roles(plain, body)
    out = []
    for k, (line, cells) in enumerate(rows):
        if k == 0 and roles:
            out.append((line, cells, ["header"] * len(cells)))
        else:
            out.append((line, cells, _roles_by_place(plain, first, cells, columns)))
    return out, j


def _looks_like_rows(plain: str, body: list[tuple[Line, list[tuple[int, int]]]]) -> bool:
    """Rows without a header: each has as many cells as the others and one cell that is only a number."""
    counts = {len(cells) for _, cells in body}
    numbered = sum(any(_NUMBER_CELL.fullmatch(plain, a, b) for a, b in cells) for _, cells in body)
    return len(counts) == 1 and numbered * 2 > len(body)


_NUMBER_CELL = re.compile(r"\d{1,3}\s*(?:minutes?|mins?|m|')?|\d{5}|g\d{4}")


def _guessed_roles(plain: str, body: list[tuple[Line, list[tuple[int, int]]]]) -> list[str]:
    """Roles of columns without a header: five digits are a code; of the bare numbers the larger are minutes."""
    roles = []
    for column in range(len(body[0][1])):
        cells = [plain[a:b] for _, row in body for a, b in row[column : column + 1]]
        numbers = [int(m[0]) for c in cells if (m := re.match(r"\d{1,3}(?=\D*$)", c)) and _NUMBER_CELL.fullmatch(c)]
        if all(re.fullmatch(r"\d{5}|g\d{4}", c) for c in cells):
            roles.append("code")
        elif len(numbers) * 2 > len(cells):
            roles.append("minutes" if max(numbers) > 4 else "units")
        else:
            roles.append("text")
    return roles


def _roles_by_place(
    plain: str, header: list[tuple[int, int]], cells: list[tuple[int, int]], roles: list[str]
) -> list[str]:
    """Roles of a row's cells: by number where the counts agree, else by the column that each stands under."""
    if len(cells) >= len(roles):
        return [roles[k] if k < len(roles) else "text" for k in range(len(cells))]
    columns = _in_line(plain, header)
    out = []
    for left, right in _in_line(plain, cells):
        nearest = min(range(len(columns)), key=lambda k: min(abs(columns[k][0] - left), abs(columns[k][1] - right)))
        out.append(roles[nearest])
    return out


def _in_line(plain: str, cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where cells begin and end, counted from the beginning of their line."""
    start = plain.rfind("\n", 0, cells[0][0]) + 1 if cells else 0
    return [(a - start, b - start) for a, b in cells]


def _table_leaves(
    plain: str,
    table: list[tuple[Line, list[tuple[int, int]], list[str]]],
    section: str,
    headings: tuple[Span, ...],
    first_line: int,
) -> list[Leaf]:
    out = []
    for k, (_, cells, roles) in enumerate(table):
        if not cells:
            continue
        kind = "header" if roles[0] == "header" else "row"
        if k == 1 and table[0][2][:1] == ["header"]:
            headings = (*headings, Span(table[0][1][0][0], table[0][1][-1][1]))
        own = tuple(Cell(a, b, role) for (a, b), role in zip(cells, roles, strict=True))
        ticked = None
        box = _BOX.match(plain, cells[0][0])
        if box:
            ticked = box.lastgroup == "on"
        out.append(Leaf(cells[0][0], cells[-1][1], section, headings, first_line + k, kind, ticked, own))
    return out


# -- text ------------------------------------------------------------------------------------------------------------


def _text_leaves(
    plain: str, start: int, end: int, section: str, headings: tuple[Span, ...], line: int, bulleted: bool
) -> Iterator[Leaf]:
    kind = "item" if bulleted else "text"
    for a, b, ticked in _boxed(plain, start, end):
        for s, e in sentences(plain, a, b):
            yield Leaf(s, e, section, headings, line, kind, ticked)


def _boxed(plain: str, start: int, end: int) -> Iterator[tuple[int, int, bool | None]]:
    """Cut a stretch at its check boxes: (start, end, ticked), ticked None for text that no box governs.

    A box governs what follows it up to the next box; where the stretch opens with text and closes with a box, the
    boxes stand behind their items.
    """
    boxes = list(_BOX.finditer(plain, start, end)) if _BOX_SIGN.search(plain, start, end) else []
    if not boxes:
        yield start, end, None
        return
    behind = plain[start : boxes[0].start()].strip(" \t-*") and not plain[boxes[-1].end() : end].strip()
    if behind and ":" not in plain[start : boxes[0].start()]:
        position = start
        for box in boxes:
            yield position, box.end(), box.lastgroup == "on"
            position = box.end()
        return
    if plain[start : boxes[0].start()].strip():
        yield start, boxes[0].start(), None
    for k, box in enumerate(boxes):
        stop = boxes[k + 1].start() if k + 1 < len(boxes) else end
        yield box.start(), stop, box.lastgroup == "on"


def sentences(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences of a stretch, without the white space around them; an abbreviation's full stop ends none.

    A sentence that is only a time ("12 minutes.") goes on with the one before it.
    """
    held: tuple[int, int] | None = None
    position = start
    stops = [m.end() for m in _SENTENCE_END.finditer(plain, start, end) if not _ends_none(plain, start, m, end)]
    for stop in (*stops, end):
        trimmed = _trim(plain, position, stop)
        position = stop
        if trimmed is None:
            continue
        if held and _ONLY_A_TIME.fullmatch(plain, *trimmed):
            held = (held[0], trimmed[1])
            continue
        if held:
            yield held
        held = trimmed
    if held:
        yield held


def _ends_none(plain: str, start: int, stop: re.Match[str], end: int) -> bool:
    return plain[stop.start()] == "." and _is_abbreviation(plain, start, stop.start(), stop.end(), end)


def _is_abbreviation(plain: str, start: int, dot: int, after: int, end: int) -> bool:
    k = dot
    while k > start and (plain[k - 1].isalpha() or plain[k - 1] == "."):
        k -= 1
    word = plain[k:dot]
    if len(word) == 1 and word not in "xiv":  # "J. Doe" but "5 m. Then", "no new c/o. Then", "min A. Then"
        return not (k > start and (plain[k - 1].isdigit() or _ENDS_IN_A_LETTER.search(plain[max(start, k - 4) : k])))
    if word not in _ABBREVIATIONS:
        return False
    follows = plain[after : after + 2].strip()
    return not (word in _SENTENCE_AFTER and (not follows or not follows[0].isdigit()))


def _trim(plain: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and plain[start].isspace():
        start += 1
    end = _end_of_words(plain, start, end)
    return (start, end) if start < end else None


class Layout:
    """spaCy component: writes the leaves of the note's tree to ``doc.user_data["leaves"]``."""

    def __init__(self, reader: LayoutReader):
        self.reader = reader

    def __call__(self, doc: Doc) -> Doc:
        data = reading_of(doc)
        data["leaves"] = self.reader.read(data["text"], data["plain"])
        return doc


@Language.factory("rehab_layout")
def create_layout(nlp: Language, name: str) -> Layout:
    return Layout(LayoutReader(lexicon.sections()))

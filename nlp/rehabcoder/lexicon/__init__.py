"""The lexicon: the words of therapy notes as data, and their one loader.

Every term is a line of a CSV file in this directory, every technique and code a table of a TOML file. Terms are
features for a trained reader and give services their slots; they do not decide alone. A new term is a new line, nothing
else.

Terms are written in lower case, with single spaces and without hyphens; a reader ignores hyphens and white space
between words. ``case`` is ``exact`` where a term counts only as written in capitals (MT, TE, US).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple, TypeVar

from rehabcoder import vocabulary as words

SAYS_KINDS = {
    "objective": (
        ("rom", "strength", "palpation", "girth", "special_test", "gait", "balance", "functional_test")
        + ("outcome_score", "vitals", "sensation", "observation")
    ),
    "response": ("change", "tolerance", "none"),
    "function": ("limitation", "goal", "gain", "task"),
    "rationale": ("",),
}
ROLES = (
    "therapist",
    "assistant",
    "physician",
    "chiropractor",
    "student",
    "athletic_trainer",
    "massage_therapist",
    "aide",
)
CUES = (*words.STATUSES, "pseudo", "terminate")
#: What a rule's wording does: raises it, hints at it where the words around agree, or only looks like it.
WORDING = ("raise", "hint", "except", "eases", "setup", "visits", "open", "goals_met", "ends") + (
    "group",
    "unattended",
)
DIRECTIONS = ("forward", "backward", "both")
#: What a note says of the whole visit.
VISITS = ("called_off",)
TOTALS = ("timed", "treatment", "units")
SECTIONS = ("subjective", "objective", "treatment", "assessment", "plan", "home", "history", "billing", "goals") + (
    "precautions",
    "signature",
    "education",
    "other",
)
#: Kinds whose terms also stand in the plural ("hamstrings", "bridges").
_COUNTED = frozenset(("technique", "region"))
_UNCHANGED_IN_PLURAL = ("s", "ing", "ed", "al", "ar", "ic", "ive")


class LexiconError(ValueError):
    """A data file of the lexicon that cannot be read. The message names the file and the line."""


class Term(NamedTuple):
    """One surface form of a concept.

    ``kind`` is technique, family, region, side, intent, objective, response, function, rationale, role, cue, total or
    visit, or the id of a rule that looks for the wording.
    A ``family`` names a code without a technique ("manual therapy"): its ``name`` is the code. ``code`` is set where it
    is not the technique's usual one, ``region`` where a technique's term names a part of the body. ``detail`` is the
    sort of finding of a saying, the direction of a cue.
    """

    text: str
    kind: str
    name: str
    code: str | None = None
    region: str | None = None
    exact: bool = False
    detail: str | None = None


class Technique(NamedTuple):
    """A canonical technique: the code it usually supports, our words for it, whether the provider's hands do it."""

    name: str
    code: str
    label: str
    signs: str
    hands_on: bool


class Code(NamedTuple):
    """A code in our own words. ``neighbours`` says for a neighbouring code why a service is not that one."""

    code: str
    label: str
    timed: bool
    signs: str
    neighbours: dict[str, str]


@cache
def terms() -> tuple[Term, ...]:
    """All terms with their spelling variants, every (kind, text) once."""
    return read_terms(files(__name__))


@cache
def sections() -> dict[str, str]:
    """Heading in lower case -> canonical section."""
    return read_sections(files(__name__))


@cache
def techniques() -> dict[str, Technique]:
    """Every technique of the vocabulary by its canonical name."""
    tables = _tables("techniques.toml", words.TECHNIQUES)
    out = {}
    for name, table in tables.items():
        _known(f"techniques.toml [{name}]", table.get("code", ""), _CODES)
        out[name] = _record("techniques.toml", name, Technique, table | {"name": name})
    return out


@cache
def codes() -> dict[str, Code]:
    """Every code that a note may document, by the code."""
    tables = _tables("codes.toml", _CODES)
    out = {}
    for code, table in tables.items():
        out[code] = _record("codes.toml", code, Code, {"signs": "", "neighbours": {}} | table | {"code": code})
        if out[code].timed != (code in words.TIMED_CODES):
            raise LexiconError(f"codes.toml [{code}]: timed does not agree with the vocabulary")
    return out


@cache
def version() -> str:
    """The first twelve digits of the SHA-256 of the data files: which words a result was read with."""
    digest = hashlib.sha256()
    data = [f for f in files(__name__).iterdir() if f.name.endswith((".csv", ".toml"))]
    for file in sorted(data, key=lambda f: f.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


_CODES = tuple(dict.fromkeys((*words.CODES, *sorted(words.TIMED_CODES))))


def read_terms(directory: Traversable) -> tuple[Term, ...]:
    """The terms of the CSV files of a directory. Raises LexiconError on the first broken line."""
    spelling = [pair for _, pair in _rows(directory / "spelling.csv", ("us", "uk"))]
    written: dict[tuple[str, str], Term] = {}
    for name, columns, make in _FILES:
        for line, row in _rows(directory / name, columns):
            term = make(f"{name} line {line}", *row)
            kind = "technique" if term.kind == "family" else term.kind
            if written.setdefault((kind, term.text), term) != term:
                raise LexiconError(f"{name} line {line}: the term has another meaning above")
    spelled = dict(written)
    for (kind, _), term in written.items():
        for text in _spellings(term, spelling):
            spelled.setdefault((kind, text), term._replace(text=text))
    return tuple(spelled.values())


def read_sections(directory: Traversable) -> dict[str, str]:
    """The headings of ``sections.csv`` in a directory. Raises LexiconError on the first broken line."""
    headings: dict[str, str] = {}
    for line, (heading, section) in _rows(directory / "sections.csv", ("heading", "section")):
        _known(f"sections.csv line {line}", section, SECTIONS)
        if headings.setdefault(heading, section) != section:
            raise LexiconError(f"sections.csv line {line}: the heading stands in another section above")
    return headings


def _spellings(term: Term, spelling: list[list[str]]) -> Iterator[str]:
    """The other spellings of a term: British, and the plural of a technique or region."""
    british = term.text
    for us, uk in spelling:
        if uk not in british:
            british = british.replace(us, uk)
    for text in dict.fromkeys((term.text, british)):
        yield text
        if term.kind in _COUNTED and not term.exact and (plural := _plural(text)):
            yield plural


def _plural(text: str) -> str | None:
    last = text.rsplit(" ", 1)[-1]
    if len(last) < 3 or not last.isalpha() or last.endswith(_UNCHANGED_IN_PLURAL):
        return None
    if last.endswith(("ch", "sh", "x", "z")):
        return text + "es"
    if last.endswith("y") and last[-2] not in "aeiou":
        return text[:-1] + "ies"
    return text + "s"


def _technique(where: str, text: str, technique: str, code: str, region: str, case: str) -> Term:
    if code or not technique:
        _known(where, code, _CODES)
    if region:
        _known(where, region, words.REGIONS)
    exact = _exact(where, case)
    if not technique:
        return Term(text, "family", code, code, region or None, exact)
    _known(where, technique, words.TECHNIQUES)
    return Term(text, "technique", technique, code or None, region or None, exact)


@cache
def word_classes() -> dict[str, tuple[str, ...]]:
    """Word -> the classes of meaning that it belongs to, for words with any."""
    name = "word_classes.toml"
    try:
        tables = tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{name}: {error}") from None
    out: dict[str, tuple[str, ...]] = {}
    for of_class, listed in tables.items():
        for word in dict.fromkeys(listed.split()):
            out[word] = (*out.get(word, ()), of_class)
    return out


def _says(where: str, text: str, says: str, kind: str, case: str) -> Term:
    _known(where, says, tuple(SAYS_KINDS))
    _known(where, kind, SAYS_KINDS[says])
    return Term(text, says, says, exact=_exact(where, case), detail=kind or None)


def _cue(where: str, text: str, cue: str, direction: str, case: str) -> Term:
    _known(where, cue, CUES)
    _known(where, direction, DIRECTIONS)
    return Term(text, "cue", cue, exact=_exact(where, case), detail=direction)


def _wording(where: str, text: str, rule: str, role: str, case: str) -> Term:
    _known(where, rule, words.NOTE_FINDINGS)
    _known(where, role, WORDING)
    return Term(text, rule, role, exact=_exact(where, case))


def _named(kind: str, names: tuple[str, ...]) -> Callable[..., Term]:
    def make(where: str, text: str, name: str, case: str) -> Term:
        _known(where, name, names)
        return Term(text, kind, name, exact=_exact(where, case))

    return make


_FILES: tuple[tuple[str, tuple[str, ...], Callable[..., Term]], ...] = (
    ("techniques.csv", ("term", "technique", "code", "region", "case"), _technique),
    ("regions.csv", ("term", "region", "case"), _named("region", words.REGIONS)),
    ("sides.csv", ("term", "side", "case"), _named("side", words.SIDES)),
    ("intents.csv", ("term", "intent", "case"), _named("intent", words.INTENTS)),
    ("says.csv", ("term", "says", "kind", "case"), _says),
    ("roles.csv", ("term", "role", "case"), _named("role", ROLES)),
    ("cues.csv", ("term", "cue", "direction", "case"), _cue),
    ("totals.csv", ("term", "total", "case"), _named("total", TOTALS)),
    ("visits.csv", ("term", "visit", "case"), _named("visit", VISITS)),
    ("wording.csv", ("term", "rule", "role", "case"), _wording),
)


def _rows(file: Traversable, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of a CSV file, without its header, comments and empty lines."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split(",") != list(columns):
        raise LexiconError(f"{file.name} line 1: the columns are not {','.join(columns)}")
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip() or line.startswith("#"):
            continue
        row = next(csv.reader([line]))
        if len(row) != len(columns):
            raise LexiconError(f"{file.name} line {number}: {len(row)} cells, not {len(columns)}")
        term = row[0]
        if not term or term != " ".join(term.lower().replace("-", " ").split()):
            raise LexiconError(f"{file.name} line {number}: a term is lower case, single-spaced, without hyphens")
        yield number, row


def _known(where: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise LexiconError(f"{where}: unknown name {name!r}")


def _exact(where: str, case: str) -> bool:
    _known(where, case, ("", "exact"))
    return case == "exact"


def _tables(name: str, wanted: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The tables of a TOML file, which must be those of the vocabulary."""
    try:
        tables = tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{name}: {error}") from None
    if set(tables) != set(wanted):
        raise LexiconError(f"{name}: missing or unknown: {', '.join(sorted(set(tables) ^ set(wanted)))}")
    return tables


_Record = TypeVar("_Record", Technique, Code)


def _record(name: str, table: str, record: Callable[..., _Record], values: dict[str, Any]) -> _Record:
    try:
        return record(**values)
    except TypeError:
        raise LexiconError(f"{name} [{table}]: a field is missing or unknown") from None

"""The nouns of the product: what a note is, what is read in it, what is suggested and found.

Everything else speaks these records. Offsets are half-open, in Unicode code points, of the note's text exactly as the
reader stored it. Minutes are whole minutes. Codes, regions, techniques, intents and statuses are the words of
``rehabcoder.vocabulary``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

SCHEMA_VERSION = 1


#: Characters of the longest note that is read. A visit's note has some thousands; more is another kind of document.
LONGEST_NOTE = 200_000


class BadRecord(ValueError):
    """A record that cannot be read. The message names the field and never quotes the note."""


class Span(NamedTuple):
    """A half-open stretch of a note's text."""

    start: int
    end: int

    def overlaps(self, other: tuple[int, int]) -> bool:
        return self.start < other[1] and self.end > other[0]


@dataclass(slots=True)
class Billed:
    """One line of the claim that came with a note."""

    code: str
    units: int | None = None
    modifiers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    """One note of one visit, as an export hands it on (design.md section 3, "Note record").

    ``source`` says where in the export it stood; ``billed`` is None where no claim came with the note.
    """

    note_id: str
    text: str
    patient_id: str | None = None
    visit_id: str | None = None
    date_of_service: str | None = None
    note_type: str | None = None
    amends: str | None = None
    provider: str | None = None
    credentials: str | None = None
    discipline: str | None = None
    setting: str | None = None
    payer: str | None = None
    diagnoses: Any = None
    onset_date: str | None = None
    referral_date: str | None = None
    plan_of_care: Any = None
    year_to_date: Any = None
    billed: list[Billed] | None = None
    source: str | None = None

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Note:
        """The note of a mapping with at least ``text``; ``id`` is read as ``note_id``; unknown fields are left out.

        Raises BadRecord where the text is missing, not text or longer than LONGEST_NOTE, or ``billed`` cannot be read.
        """
        text = record.get("text")
        if not isinstance(text, str):
            raise BadRecord("field text: missing or not text")
        if not text.strip():
            raise BadRecord("field text: empty")
        if len(text) > LONGEST_NOTE:
            raise BadRecord(f"field text: {len(text):,} characters; the note of one visit has at most {LONGEST_NOTE:,}")
        known = {name: record[name] for name in _NOTE_FIELDS if record.get(name) not in (None, "")}
        known["text"] = text
        ids = (record.get(name) for name in ("note_id", "id"))
        known["note_id"] = next((note_id for note_id in ids if note_id not in (None, "")), "note-1")
        for name in _NOTE_TEXT_FIELDS & known.keys():
            known[name] = str(known[name])
        if "billed" in known:
            known["billed"] = parse_billed(known["billed"])
        return cls(**known)


_NOTE_FIELDS = tuple(f.name for f in fields(Note))
_NOTE_TEXT_FIELDS = set(_NOTE_FIELDS) - {"text", "diagnoses", "plan_of_care", "year_to_date", "billed"}


def parse_billed(value: Any) -> list[Billed]:
    """Claim lines of a list of mappings, or of the text form ``97124x2-GP-59; 97110x1-GP``.

    A code without ``xN`` has unknown units; a claim without lines is an empty list. Raises BadRecord on anything else.
    """
    if isinstance(value, str):
        return [_billed_of_text(part) for part in value.replace(",", ";").split(";") if part.strip()]
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise BadRecord("field billed: not a list of claim lines")
    return [_billed_of_mapping(line) for line in value]


def _billed_of_text(part: str) -> Billed:
    head, *modifiers = [piece.strip() for piece in part.strip().upper().split("-")]
    code, _, units = head.partition("X")
    return Billed(_code(code), _units(units), _modifiers(modifiers))


def _billed_of_mapping(line: Any) -> Billed:
    if isinstance(line, Billed):
        return line
    if not isinstance(line, Mapping) or line.get("code") in (None, ""):
        raise BadRecord("field billed: a claim line has no code")
    return Billed(_code(line["code"]), _units(line.get("units")), _modifiers(line.get("modifiers")))


def _code(value: Any) -> str:
    code = _printed(value).upper()
    if not re.fullmatch("[A-Z0-9]{5}", code):
        raise BadRecord(
            "field billed: a claim line is not of the form CODExUNITS-MODIFIER, the code of five characters"
        )
    return code


def _units(value: Any) -> int | None:
    """Units of a claim line; 2, 2.0 and "2" are the same. A part of a unit, or less than none, cannot be billed."""
    written = _printed(value)
    if not written:
        return None
    whole = re.fullmatch(r"([0-9]{1,4})(\.0*)?", written)
    if whole is None:
        raise BadRecord("field billed: units are not a whole number")
    return int(whole[1])


def _modifiers(value: Any) -> list[str]:
    """The modifiers of a list, of one number, or of a text with anything between them."""
    parts = value if isinstance(value, list | tuple) else [value]
    if not all(part is None or isinstance(part, str | int) for part in parts):
        raise BadRecord("field billed: modifiers are neither text nor a list of texts")
    return [modifier for part in parts for modifier in re.findall("[A-Z0-9]+", _printed(part).upper())]


def _printed(value: Any) -> str:
    """A value as text: none for None, a question mark for a number with more digits than Python writes."""
    try:
        return "" if value is None else str(value).strip()
    except ValueError:
        return "?"


class Mention(NamedTuple):
    """A lexicon concept at a place of the note.

    ``kind`` is technique, region, intent, objective, response, function, role, cue ...; ``name`` its canonical name
    (a region carries its side, ``neck:right``). ``code`` is the code of a term where it is not its technique's usual
    one, ``region`` the part that a technique's term names, ``detail`` the sort of finding or the direction of a cue.
    """

    kind: str
    name: str
    start: int
    end: int
    code: str | None = None
    region: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class Statement:
    """The piece of a note that says one thing: a line, a list item, a cell, a sentence or a clause.

    ``headings`` are the spans of the headings and lead-ins that it stands under, outermost first; ``section`` the
    canonical section. ``code`` is the code family read in it (``other`` where it is no intervention, ``unknown`` for
    an intervention that has no class), ``codes`` the probability of each, ``possible`` those of its conformal set
    (coding.conformal), ``status`` as in the guide, ``says`` the probability that it states an objective finding, a
    response, a function, a rationale, totals, a signature. ``intents`` holds the probable purposes of a service.
    ``leaf`` numbers the leaf of the layout tree that it is cut from, ``kind`` is that leaf's (text, item, row, header),
    ``ticked`` whether the box before it is.
    """

    start: int
    end: int
    section: str
    headings: tuple[Span, ...] = ()
    leaf: int = 0
    kind: str = "text"
    ticked: bool | None = None
    code: str = "other"
    codes: dict[str, float] = field(default_factory=dict)
    possible: frozenset[str] = frozenset()
    status: str = "performed"
    status_probability: float = 1.0
    says: dict[str, float] = field(default_factory=dict)
    intents: dict[str, float] = field(default_factory=dict)
    mentions: list[Mention] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class Service:
    """One performed intervention as it would stand on a claim.

    ``necessity`` holds the words of the three links of its medical necessity (impairment, rationale, function); a link
    without words was not found. It is empty for codes that are not suggested.
    """

    id: str
    code: str
    confidence: float
    candidates: list[tuple[str, float]] = field(default_factory=list)
    minutes: int | None = None
    regions: list[str] = field(default_factory=list)
    techniques: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    evidence: list[Span] = field(default_factory=list)
    slots: dict[str, list[Span]] = field(default_factory=dict)
    furnished_by: list[dict[str, Any]] = field(default_factory=list)
    documented_code: str | None = None
    reasons: list[str] = field(default_factory=list)
    question: str | None = None
    necessity: dict[str, list[Span]] = field(default_factory=dict)


@dataclass(slots=True)
class NotPerformed:
    """An intervention that the note mentions without documenting it as done today."""

    code: str
    status: str
    evidence: list[Span]


@dataclass(slots=True)
class ClaimLine:
    """What a visit's services of one code come to on a claim; ``units`` None where minutes are missing."""

    code: str
    minutes: int | None
    units: int | None
    units_ama: int | None
    alternatives: list[int] = field(default_factory=list)
    units_at_least: int | None = None
    modifiers: list[dict[str, Any]] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    arithmetic: str = ""
    confidence: float = 1.0


@dataclass(slots=True)
class Finding:
    """What in the note would get the claim denied, with the words that show it."""

    rule: str
    severity: str
    message: str
    fix: str
    source: str
    evidence: list[Span] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    confidence: float = 1.0
    fingerprint: str = ""


@dataclass(slots=True)
class Stated:
    """A fact that the note states at a place: a total, an objective finding, a response, a code, a name."""

    kind: str
    start: int
    end: int
    value: Any = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class Chart:
    """One note with everything read in it and made of it so far: what the rules look at.

    ``plain`` is the text in lower case with odd characters made plain and mark-up blanked, character for character of
    the same length as the note's text. ``stated`` holds what the note states at a place:
    ``total_timed`` and ``total_treatment`` (value: minutes), ``total_units`` (value: units), ``written_code``
    (value: {"code", "units", "minutes", "charged"}), ``signature`` (value: probability), ``role`` (value:
    therapist, assistant, physician, chiropractor, student, athletic_trainer, massage_therapist, aide),
    ``objective``, ``response``, ``function``, ``rationale`` (value: probability, raised from the statement taggers).
    ``unassigned_times`` are times of service that no service could be given. ``furnished`` is False where nothing was
    done in the visit (no-show, cancelled, held). ``profile`` names the payer's profile.
    """

    note: Note
    plain: str
    statements: list[Statement] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    not_performed: list[NotPerformed] = field(default_factory=list)
    claim_lines: list[ClaimLine] = field(default_factory=list)
    timed_minutes_stated: int | None = None
    timed_minutes_itemised: int | None = None
    total_treatment_minutes: int | None = None
    unassigned_times: list[Span] = field(default_factory=list)
    furnished: bool = True
    profile: str | None = None

    def all_stated(self, kind: str) -> list[Stated]:
        """What the note states of one kind, in text order."""
        return [fact for fact in self.stated if fact.kind == kind]

    def performed(self, *codes: str) -> list[Service]:
        """The performed services of these codes (of any code where none is given)."""
        return [service for service in self.services if not codes or service.code in codes]


@dataclass(slots=True)
class Result:
    """Everything suggested and found for one note (design.md section 3, "Result record")."""

    note: Note
    services: list[Service] = field(default_factory=list)
    not_performed: list[NotPerformed] = field(default_factory=list)
    claim_lines: list[ClaimLine] = field(default_factory=list)
    primary_code: str | None = None
    timed_minutes_stated: int | None = None
    timed_minutes_itemised: int | None = None
    total_treatment_minutes: int | None = None
    objective_findings: list[Stated] = field(default_factory=list)
    response: list[Stated] = field(default_factory=list)
    functional_links: list[Stated] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    silent_findings: list[Finding] = field(default_factory=list)
    claim_check: list[dict[str, Any]] = field(default_factory=list)
    review: dict[str, Any] = field(default_factory=dict)
    sketch: list[int] = field(default_factory=list)
    measures: dict[str, list[str]] = field(default_factory=dict)
    tells_progress: bool = False
    versions: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The result record, ready for JSON. It holds offsets, no text of the note but single words in reasons."""
        note = self.note
        return {
            "schema_version": SCHEMA_VERSION,
            "note_id": note.note_id,
            "patient_id": note.patient_id,
            "visit_id": note.visit_id,
            "date_of_service": note.date_of_service,
            "note_type": note.note_type,
            "amends": note.amends,
            "provider": note.provider,
            "discipline": note.discipline,
            "payer": note.payer,
            "source": note.source,
            "services": [_service_dict(s) for s in self.services],
            "not_performed": [
                {"code": m.code, "status": m.status, "evidence": _spans(m.evidence)} for m in self.not_performed
            ],
            "claim_lines": [_record_dict(line) for line in self.claim_lines],
            "primary_code": self.primary_code,
            "total_timed_minutes": {"stated": self.timed_minutes_stated, "itemised": self.timed_minutes_itemised},
            "total_treatment_minutes": self.total_treatment_minutes,
            "objective_findings": [_stated(s) for s in self.objective_findings],
            "response": [_stated(s) for s in self.response],
            "functional_links": [_stated(s) for s in self.functional_links],
            "findings": _findings(self.findings),
            "silent_findings": _findings(self.silent_findings),
            "claim_check": self.claim_check,
            "review": self.review,
            "sketch": self.sketch,
            "measures": self.measures,
            "tells_progress": self.tells_progress,
            "versions": self.versions,
        }


def _spans(spans: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"start": start, "end": end} for start, end in spans]


def _findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    return [{**_record_dict(f), "evidence": _spans(f.evidence)} for f in found]


def _stated(fact: Stated) -> dict[str, Any]:
    return {"kind": fact.kind, "start": fact.start, "end": fact.end}


def _record_dict(record: Any) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _service_dict(service: Service) -> dict[str, Any]:
    out = _record_dict(service)
    out["candidates"] = [{"code": code, "confidence": p} for code, p in service.candidates]
    out["evidence"] = _spans(service.evidence)
    for name in ("slots", "necessity"):
        out[name] = {part: _spans(spans) for part, spans in out[name].items()}
    return out

"""The one door: ``Coder.suggest(note)`` for one note, ``Coder.pipe(notes)`` for many."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from rehabcoder import lexicon, reading
from rehabcoder.billing import edits
from rehabcoder.billing.claim import bill, claim_check
from rehabcoder.billing.profile import profile_of
from rehabcoder.billing.separate_services import unsupported_modifiers
from rehabcoder.coding.certainty import calibrate, review
from rehabcoder.coding.charts import charts, primary_code
from rehabcoder.coding.header import with_header
from rehabcoder.coding.model import Model, load_model
from rehabcoder.coding.sketch import sketch
from rehabcoder.records import Billed, Chart, Note, Result
from rehabcoder.rules import registry
from rehabcoder.rules.claim import charges
from rehabcoder.rules.measures import measures, tells_progress
from rehabcoder.rules.necessity import link

BATCH_SIZE = 128


class Coder:
    """Reads notes and suggests services, claim lines and findings. Build it once; it keeps no note.

    ``payer`` names the profile for notes that name no payer themselves.
    """

    def __init__(self, model: Model, payer: str | None = None, use_lexicon: bool = True):
        self.model = model
        self.payer = payer
        self.use_lexicon = use_lexicon
        self.nlp = reading.pipeline()
        self.versions: dict[str, Any] = {
            "package": _package_version(),
            "model": model.version,
            "lexicon": lexicon.version(),
            "rules": registry.RULES_VERSION,
            "edits": edits.latest(),
        }

    def suggest(self, note: Note | Mapping[str, Any] | str) -> Result:
        """The result for one note: a record, a mapping with ``text``, or the plain text.

        Raises records.BadRecord where there is no text to read.
        """
        return next(self.pipe([note]))

    def pipe(self, notes: Iterable[Note | Mapping[str, Any] | str], batch_size: int = BATCH_SIZE) -> Iterator[Result]:
        """Results in the order of the notes; reads ``batch_size`` notes ahead, holds no more."""
        stream = iter(notes)
        while batch := [_as_note(note) for note in islice(stream, batch_size)]:
            yield from self._results(batch)

    def _results(self, notes: list[Note]) -> list[Result]:
        with self.nlp.memory_zone():
            docs = [self.nlp(note.text) for note in notes]
            read = charts(notes, docs, self.model, self.use_lexicon)
            return [self._result(chart) for chart in read]

    def _result(self, chart: Chart) -> Result:
        chart.note = with_header(chart.note)
        profile = profile_of(chart.note.payer or self.payer)
        chart.profile = profile.name
        chart.claim_lines = bill(chart, profile)
        unsupported = unsupported_modifiers(chart, profile)
        link(chart)
        found, silent = registry.findings(chart)
        doubts = review(chart)
        calibrate(chart.services, chart.claim_lines)
        billed = chart.note.billed
        if billed is None:
            billed = [Billed(charge.code, charge.units) for charge in charges(chart).values()] or None
        checked = claim_check(billed, chart.claim_lines, profile.bundled, unsupported) if billed is not None else []
        return Result(
            note=chart.note,
            services=chart.services,
            not_performed=chart.not_performed,
            claim_lines=chart.claim_lines,
            primary_code=primary_code(chart),
            timed_minutes_stated=chart.timed_minutes_stated,
            timed_minutes_itemised=chart.timed_minutes_itemised,
            total_treatment_minutes=chart.total_treatment_minutes,
            objective_findings=chart.all_stated("objective"),
            response=chart.all_stated("response"),
            functional_links=chart.all_stated("function"),
            findings=found,
            silent_findings=silent,
            claim_check=checked,
            review=doubts,
            sketch=sketch(chart.plain),
            measures=measures(chart),
            tells_progress=tells_progress(chart),
            versions={**self.versions, "profile": profile.name, "unit_rule": profile.unit_rule},
        )


def load(payer: str | None = None) -> Coder:
    """A coder with the trained model, checked and loaded. Raises coding.model.ModelError where that cannot be."""
    coder = Coder(load_model(), payer)
    # What is loaded stays: frozen, it is not walked through again at every garbage collection (a tenth of the time).
    gc.freeze()
    return coder


def _as_note(note: Note | Mapping[str, Any] | str) -> Note:
    if isinstance(note, Note):
        return note
    return Note.from_dict({"text": note} if isinstance(note, str) else note)


def _package_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("rehabcoder")
    except PackageNotFoundError:
        return "checkout"

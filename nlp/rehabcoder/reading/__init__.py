"""Reading: text -> Doc. Every component is a registered spaCy factory in a file of its own.

``pipeline()`` gives a plain spaCy ``Language``; what it read stands in ``doc.user_data`` under ``text``, ``plain``,
``tokens``, ``leaves``, ``mentions``, ``statements``, ``times`` and ``scopes``. The components work in any other spaCy
pipeline too, in the order of ``COMPONENTS`` and whatever its tokenizer.
"""

from __future__ import annotations

from typing import Any

from spacy.attrs import LOWER, NORM
from spacy.lang.en import English
from spacy.language import Language

from rehabcoder.reading import concepts, layout, minutes, statements, status, visits
from rehabcoder.reading.plain import NoteTokenizer

COMPONENTS = ("rehab_layout", "rehab_visits", "rehab_concepts", "rehab_statements", "rehab_minutes", "rehab_status")

__all__ = ["COMPONENTS", "NoteTokenizer", "concepts", "layout", "minutes", "pipeline", "statements", "status", "visits"]


def pipeline() -> Language:
    """A spaCy pipeline that reads therapy notes; no statistical model, nothing to download.

    Its tokens have text, ``lower_`` and ``norm_``; spaCy's other lexical attributes (``shape_``, ``is_alpha``, ...) are
    not worked out, since nothing here reads them and they cost more than the tokens themselves.
    """
    # A note is as long as it is: spaCy's limit is meant for parsers that need memory per token.
    nlp = English(max_length=100_000_000, create_tokenizer=lambda nlp: NoteTokenizer(nlp.vocab))
    vocab: Any = nlp.vocab  # its type stub leaves the getters out
    vocab.lex_attr_getters = {name: vocab.lex_attr_getters[name] for name in (LOWER, NORM)}
    for name in COMPONENTS:
        nlp.add_pipe(name)
    return nlp

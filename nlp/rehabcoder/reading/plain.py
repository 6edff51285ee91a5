"""Plain text and tokens: the note in a form that patterns can rely on, character for character as long as the note.

Offsets into the plain text are offsets into the note: mark-up is blanked and odd characters are replaced one by one,
nothing is removed or inserted.
"""

from __future__ import annotations

import re
from itertools import accumulate, compress
from typing import Any, NamedTuple

from spacy.tokens import Doc
from spacy.vocab import Vocab

_PLAIN_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02b9\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb\u02ba", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\u200b\u200c\u200d\u2060\ufeff\x00", " "),
        **dict.fromkeys("\u2022\u25aa\u25cf\u25e6\u2023\u25b8\u25ba\u2043\u00b7", "*"),
        **dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"),
        **dict.fromkeys("\u00d7\u2715\u2716\u2a2f", "x"),
        **dict.fromkeys("\u2502\u2503\u2551\u00a6\uff5c", "|"),
        **dict.fromkeys("\u2500\u2501\u2550", "-"),
        "\u2215": "/",
        "\uff1a": ":",
        **dict.fromkeys(map(chr, range(0xD800, 0xE000)), "\ufffd"),
    }
)
#: Half of a character outside the basic plane, as an export that cuts its fields leaves it; spaCy takes none.
_HALF = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r"</?(?:[a-z][a-z0-9]{0,14})(?:\s[^<>]{0,300})?/?>")
_BREAKING_TAG = re.compile(r"</?(?:br|p|li|ul|ol|div|tr|h[1-6]|table|section)\b")
_CELL_TAG = re.compile(r"</(?:td|th)\b")
_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|apos|rsquo|lsquo|ndash|mdash|bull|deg|#\d{1,6}|#x[0-9a-f]{1,5});")
_ENTITY_CHARACTER = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "rsquo": "'", "lsquo": "'"} | {
    "#39": "'",
    "ndash": "-",
    "mdash": "-",
    "bull": "*",
    "deg": "\u00b0",
}
_TOKEN = re.compile(r"[^\W\d_]+|\d+|\s+|[^\w\s]|_|\w")


#: Fills what was blanked: white space that is neither blank, tab nor line break.
FILL = "\x1f"
_SCANNED_CODE = re.compile(r"97(?<!\w97)[\dloi|]{3}(?!\w)")
_SCANNED_DIGITS = str.maketrans("loi|", "1011")


def plain_text(text: str) -> str:
    """The text in lower case with mark-up blanked and odd characters made plain; always of the same length.

    A tag that breaks a line becomes a line break, the end of a table cell a tab; the rest of a tag or entity is filled
    with a character that is white space but no blank, so that no gap in a table is seen there. In a procedure code the
    letters that a scanner takes for digits are put right.
    """
    out = text.translate(_PLAIN_CHARACTERS)
    lower = out.lower()
    if len(lower) != len(out):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in out)
    if "<" in lower:
        lower = _TAG.sub(_blank_tag, lower)
    if "&" in lower:
        lower = _ENTITY.sub(_blank_entity, lower)
    return _SCANNED_CODE.sub(lambda m: m[0].translate(_SCANNED_DIGITS), lower)


def _blank_tag(match: re.Match[str]) -> str:
    tag = match[0]
    first = "\n" if _BREAKING_TAG.match(tag) else "\t" if _CELL_TAG.match(tag) else " "
    return first + FILL * (len(tag) - 1)


def _blank_entity(match: re.Match[str]) -> str:
    entity = match[0]
    return _ENTITY_CHARACTER.get(entity[1:-1], " ") + FILL * (len(entity) - 1)


class Tokens(NamedTuple):
    """The words and signs of a note without white space: lower-case form, start and end of each."""

    words: list[str]
    starts: list[int]
    ends: list[int]


def tokenize(plain: str) -> Tokens:
    """Letters, numbers and single signs of a plain text; every character but white space is in one token."""
    pieces = _TOKEN.findall(plain)
    return _tokens(pieces, *_places(pieces))


def _places(pieces: list[str]) -> tuple[list[int], list[int]]:
    """Start and end of each of the pieces that a text falls into."""
    ends = list(accumulate(map(len, pieces)))
    return [0, *ends[:-1]] if ends else [], ends


def _tokens(pieces: list[str], starts: list[int], ends: list[int]) -> Tokens:
    kept = [not space for space in map(str.isspace, pieces)]
    return Tokens(list(compress(pieces, kept)), list(compress(starts, kept)), list(compress(ends, kept)))


class NoteTokenizer:
    """spaCy tokenizer of notes: the Doc's text is the note as given, its tokens are those of ``tokenize``.

    ``doc.user_data`` hands the note (``text``), its plain text (``plain``) and the tokens (``tokens``) to the
    components, so that no component reads attributes off spaCy tokens one by one. Only half a character (a lone
    surrogate) is another one in the Doc, U+FFFD.
    """

    def __init__(self, vocab: Vocab):
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        plain = plain_text(text)
        whole = text if text.isascii() else _HALF.sub("\ufffd", text)
        pieces = _TOKEN.findall(plain)
        starts, ends = _places(pieces)
        # A single blank behind a token belongs to that token, as spaCy has it; any other white space is a token.
        blanks = [piece == " " == text[start] and start > 0 for piece, start in zip(pieces, starts, strict=True)]
        words = [whole[a:b] for a, b, blank in zip(starts, ends, blanks, strict=True) if not blank]
        spaces = [behind for blank, behind in zip(blanks, (*blanks[1:], False)) if not blank]  # noqa: B905
        doc = Doc(self.vocab, words=words, spaces=spaces)
        doc.user_data.update(text=text, plain=plain, tokens=_tokens(pieces, starts, ends))
        return doc

    # The tokenizer has no state of its own; spaCy asks these of every tokenizer that is saved with a pipeline.
    def to_bytes(self, **kwargs: object) -> bytes:
        return b""

    def from_bytes(self, data: bytes, **kwargs: object) -> NoteTokenizer:
        return self

    def to_disk(self, path: object, **kwargs: object) -> None:
        return None

    def from_disk(self, path: object, **kwargs: object) -> NoteTokenizer:
        return self


def reading_of(doc: Doc) -> dict[Any, Any]:
    """What is read in a Doc so far, its ``user_data``: with text, plain text and tokens, whatever tokenizer made it."""
    data = doc.user_data
    if "plain" not in data:
        plain = plain_text(doc.text)
        data.update(text=doc.text, plain=plain, tokens=tokenize(plain))
    return data

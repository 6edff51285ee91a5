"""Which encoding a text export is in, told from its bytes alone."""

from __future__ import annotations

import codecs
import re
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TextIO

BLOCK = 1 << 20
#: Characters that no text encoding puts into text; compressed and binary data is a tenth of them.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: A byte that could not be decoded, as ``surrogateescape`` keeps it; also half a character written as a JSON escape.
UNDECODED = re.compile("[\ud800-\udfff]")


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are no text in any encoding that is read here."""
    if head.startswith(tuple(BOMS)) or _utf_16_without_mark(head):
        return False
    controls = len(head) - len(head.translate(None, CONTROLS))
    return controls > 0.05 * len(head)


def encoding_of(file: BinaryIO) -> str:
    """utf-8, utf-8-sig, utf-16 (also without a mark) or cp1252, whichever the whole file speaks for.

    A file with more good than bad UTF-8 sequences is UTF-8 with damaged rows, otherwise it is cp1252.
    """
    head = file.read(BLOCK)
    marked = (name for mark, name in BOMS.items() if head.startswith(mark))
    if told := next(marked, None) or _utf_16_without_mark(head):
        return told
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    block = head
    while block:
        if not (block.isascii() and not decoder.getstate()[0]):
            text = decoder.decode(block)
            damaged = len(UNDECODED.findall(text))
            bad += damaged
            good += len(text) - len(text.encode("ascii", "ignore")) - damaged
        block = file.read(BLOCK)
    bad += len(decoder.decode(b"", final=True))
    return "utf-8" if good >= bad else "cp1252"


def open_text(path: Path) -> TextIO:
    """The file as text, line ends as they stand; a byte outside the encoding is kept as a lone surrogate."""
    with path.open("rb") as file:
        encoding = encoding_of(file)
    return path.open(encoding=encoding, errors=_errors(encoding), newline="")


def decoded(content: bytes) -> str:
    """The bytes of a whole file as text, the same as ``open_text`` would read it."""
    encoding = encoding_of(BytesIO(content))
    return content.decode(encoding, _errors(encoding))


def _errors(encoding: str) -> str:
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def _utf_16_without_mark(head: bytes) -> str | None:
    """UTF-16 of mostly Latin letters has a NUL in every other byte."""
    half = len(head) // 2
    if half < 2:
        return None
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None

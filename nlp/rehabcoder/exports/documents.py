"""Single documents (txt, html, rtf, docx, pdf) as the text of one note.

Offsets of results refer to the text that is made here; ``source`` leads back to the document.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from rehabcoder.exports.encoding import decoded, is_binary


class BadDocument(ValueError):
    """A document without a text that can be read; ``code`` is one of ``problems.CODES``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def text_of(suffix: str, content: bytes) -> str:
    """The text of a document by its suffix (``.docx``). Raises BadDocument where it has none."""
    reader = READERS.get(suffix.lower())
    if reader is None:
        raise BadDocument("unknown-format", f"not a document that can be read ({', '.join(READERS)})")
    try:
        text = reader(content)
    except BadDocument:
        raise
    except Exception:  # each library raises its own errors, some of which quote the text
        raise BadDocument("unreadable-file", "the document is damaged, encrypted or cut short") from None
    if not text.strip():
        raise BadDocument("no-text", "the document holds no text")
    return text


def _plain(content: bytes) -> str:
    if is_binary(content[:65536]):
        raise BadDocument("unknown-format", "the content is no text")
    return decoded(content)


def _html(content: bytes) -> str:
    parser = _Html()
    parser.feed(_plain(content))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Html(HTMLParser):
    """The words of a page, a line a block; cells of a table row are kept apart by a bar."""

    _BLOCKS = frozenset(
        "p div br li tr h1 h2 h3 h4 h5 h6 table ul ol section article header footer hr pre dl dt dd".split()
    )
    _SILENT = frozenset(("script", "style", "head", "template", "noscript"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        if tag in self._BLOCKS and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def _rtf(content: bytes) -> str:
    from striprtf.striprtf import rtf_to_text

    if not content.lstrip().startswith(b"{\\rtf"):
        raise BadDocument("unknown-format", "the content is no RTF")
    return rtf_to_text(content.decode("cp1252", "replace"), errors="replace").strip()


def _docx(content: bytes) -> str:
    from docx import Document
    from docx.table import Table

    def lines() -> Iterator[str]:
        for block in Document(BytesIO(content)).iter_inner_content():
            if isinstance(block, Table):
                for row in block.rows:
                    yield " | ".join(cell.text.replace("\n", " ") for cell in row.cells)
            else:
                yield block.text

    return "\n".join(lines()).strip()


def _pdf(content: bytes) -> str:
    from pypdf import PdfReader

    # What the library warns of quotes pieces of the document; what matters of it is told as a BadDocument.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadDocument("unreadable-file", "the document is encrypted")
    pages = [page.extract_text() for page in reader.pages]
    if not any(page.strip() for page in pages):
        raise BadDocument("no-text-layer", "the pages are pictures without a text layer")
    return "\n\n".join(pages).strip()


READERS: dict[str, Callable[[bytes], str]] = {
    ".txt": _plain,
    ".html": _html,
    ".htm": _html,
    ".rtf": _rtf,
    ".docx": _docx,
    ".pdf": _pdf,
}

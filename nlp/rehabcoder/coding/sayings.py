"""Features of what a statement says besides its service: a measure held against another, a limited task.

Words alone do not show these: "38 -> 46" is a response and "38" is not, "stairs need the rail" is a limitation and
"stairs x 10" is an exercise.
"""

from __future__ import annotations

import re

from rehabcoder.records import Mention

_COMPARISON = re.compile(
    r"(?P<arrow>\d[^\n\d]{0,10}?[-=]?>\s?[-+]?\d|\d[^\n\d]{0,10}?\u2192\s?[-+]?\d)"
    r"|\b(?P<was>(?:was|were|from|vs?|pre|prev(?:ious(?:ly)?)?|eval|initial(?:ly)?|baseline|prior"
    r"|last (?:visit|week|wk|time)|first visit)\s?[:.]?\s?\(?[-+]?\d)"
    r"|(?P<bracket>\d\s?\(\s?(?:was\s)?[-+]?\d)"
    r"|(?P<to>\d\s?(?:deg(?:rees)?|\u00b0|cm|kg|lbs?|/10|%)?\s(?:to|now)\s[-+]?\d)"
)
_DIGIT = re.compile(r"\d")
_AFTER = re.compile(
    r"\b(?:after|afterwards?|post|at (?:the )?end|by (?:the )?end|end of|leaving|exit|following|out:|now|today)\b"
)


def saying_features(words: str, mentions: list[Mention]) -> tuple[list[str], list[str]]:
    """Names of what a statement says: those that its plain words show, and those that need the lexicon's mentions."""
    kinds = {m.kind for m in mentions}
    serves = "technique" in kinds or "family" in kinds
    shown: list[str] = []
    known: list[str] = []
    if "function" in kinds:
        details = {m.detail for m in mentions if m.kind == "function"}
        if "task" in details:
            known.append(f"task:{serves}")
            if len(details) > 1:
                known.append(f"task+:{serves}")
    if not _DIGIT.search(words):
        return shown, known
    measured = "objective" in kinds
    for kind in {m.lastgroup for m in _COMPARISON.finditer(words)}:
        shown += ["compares", f"compares:{kind}"]
        known += [f"compares|measured:{measured}", f"compares|serves:{serves}"]
    if _AFTER.search(words):
        shown.append("after")
        known += [f"after|measured:{measured}", f"after|serves:{serves}"]
    return shown, known

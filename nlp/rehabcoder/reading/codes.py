"""Written codes: the procedure codes that a note names, with the units written beside them."""

from __future__ import annotations

import re

from rehabcoder.reading.visits import EARLIER
from rehabcoder.records import Stated, Statement
from rehabcoder.vocabulary import CODES

WRITTEN_CODE = re.compile(r"(?<![\w.-])(97\d{3}|9894[0-3]|2056[01]|g0283)(?![\w]|\.\d)")
_UNITS_AFTER = re.compile(
    r"[^.;\n\d]{0,40}?(?:(?<![a-z])x\s?(?P<x>\d)(?!\d|\s?(?:min|'))|(?P<n>\d{1,2})\s?(?:units?\b|un?\b)|units?\s?[:=x]?\s?(?P<u>\d{1,2})\b)"
)


def written_codes(plain: str, statements: list[Statement], unit_cells: dict[int, int]) -> list[Stated]:
    """Every procedure code that stands in the text, in order.

    ``value`` is {"code", "units", "minutes", "charged"}: units None where none are written beside it (for a table row
    those of its units column, ``unit_cells``: statement -> units), charged where the statement or its section says
    that the code is billed.
    """
    out: list[Stated] = []
    matches = list(WRITTEN_CODE.finditer(plain))
    place = 0
    for k, m in enumerate(matches):
        code = m[1].upper()
        if code not in CODES:
            continue
        while place < len(statements) and statements[place].end <= m.start():
            place += 1
        inside = place < len(statements) and statements[place].start <= m.start()
        if inside and statements[place].section == EARLIER:
            continue
        stop = matches[k + 1].start() if k + 1 < len(matches) else len(plain)
        units = unit_cells.get(place) if inside else None
        if units is None:
            after = _UNITS_AFTER.match(plain, m.end(), min(stop, m.end() + 60))
            units = int(after[after.lastgroup or "x"]) if after else None
        charged = units is not None or (inside and statements[place].section == "billing")
        value = {"code": code, "units": units, "minutes": None, "charged": charged}
        out.append(Stated("written_code", m.start(), m.end(), value))
    return out

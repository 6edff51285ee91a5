"""Times: what a time expression of a note is."""

from __future__ import annotations

from typing import NamedTuple

from rehabcoder.records import Span

#: "min" and its kin, as typed and as a scanner reads it ("rnin", "mln").
UNIT = r"(?:(?:m|rn)[il1!|]n(?:ut[ea]s?|uets?|s)?\b\.?|mns?\b|rn\b|mintues?\b|minuts?\b)"


class Time(NamedTuple):
    """A time expression. ``minutes`` is its whole minutes.

    ``form``: ``minutes`` ("15 min", "15'", "1 hr"), ``clock`` ("2:05-2:20"), ``cell`` (a bare number in a table's
    minutes column), ``bare`` ("(15)", "massage 15"), ``times`` ("x 15": repetitions after an exercise, minutes after
    hands-on work, a modality, a code or a service's name). ``said`` is where the minutes stand if a correction
    elsewhere in the note says them.
    """

    start: int
    end: int
    minutes: int
    form: str
    said: Span | None = None

"""Times: which of a note's time expressions are times of service, which are stated totals, and whose they are.

A trained head says what each expression is (service, stated timed total, stated treatment total, neither); the
assignment then gives every time of service to at most one group of statements, by the place of both in the tree.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from spacy.tokens import Doc

from rehabcoder.coding.features import LEXICON, mention_family
from rehabcoder.reading.minutes import Time

_NEAR = 5


class ReadTime(NamedTuple):
    """A time with what it is: service, total_timed, total_treatment or no_service, and how sure.

    ``service`` is the probability that it is a time of service, whatever the kind.
    """

    time: Time
    kind: str
    probability: float
    service: float


def time_features(doc: Doc) -> list[list[str]]:
    """Names of what stands in and around every time expression of a note, for the time model."""
    data = doc.user_data
    tokens, statements, mentions = data["tokens"], data["statements"], data["mentions"]
    statement_starts = [s.start for s in statements]
    mention_starts = [m.start for m in mentions]
    leaf_times: dict[int, int] = {}
    places = []
    for time in data["times"]:
        i = max(0, bisect_left(statement_starts, time.start + 1) - 1)
        leaf = statements[i].leaf if statements else -1
        leaf_times[leaf] = leaf_times.get(leaf, 0) + 1
        places.append(i)
    out = []
    for time, i in zip(data["times"], places, strict=True):
        names = [f"form:{time.form}", f"size:{_size(time.minutes)}", f"form|size:{time.form}|{_size(time.minutes)}"]
        a, b = bisect_left(tokens.starts, time.start), bisect_left(tokens.starts, time.end)
        before, behind = tokens.words[max(0, a - _NEAR) : a], tokens.words[b : b + _NEAR]
        for distance, word in enumerate(reversed(before)):
            word = "0" if word.isdigit() else word
            names += [f"a{distance}:{word}", f"a:{word}"]
        for distance, word in enumerate(behind):
            word = "0" if word.isdigit() else word
            names += [f"b{distance}:{word}", f"b:{word}"]
        if before and behind:
            names.append(f"ab:{before[-1]}|{behind[0]}")
        if len(before) > 1:
            names.append(f"aa:{before[-2]}_{before[-1]}")
        if len(behind) > 1:
            names.append(f"bb:{behind[0]}_{behind[1]}")
        if statements:
            statement = statements[i]
            names += [f"sec:{statement.section}", f"kind:{statement.kind}", f"n:{min(3, leaf_times[statement.leaf])}"]
            for h in statement.headings[-1:]:
                at, to = bisect_left(tokens.starts, h.start), bisect_left(tokens.starts, h.end)
                names += [f"h:{w}" for w in tokens.words[at:to][:8]]
            at, to = bisect_left(tokens.starts, statement.start), bisect_left(tokens.starts, statement.end)
            names += [f"s:{w}" for w in tokens.words[at:to] if w.isalpha()]
            names.append(f"last:{statement.end - time.end < 4}")
            names.append(f"first:{time.start - statement.start < 3}")
            families = [f for m in statement.mentions if (f := mention_family(m))]
            names += [f"{LEXICON}c:{f}" for f in families] or [f"{LEXICON}c:-"]
            names.append(f"{LEXICON}v:{data['scopes'][i].verdict}")
        near = mentions[bisect_left(mention_starts, time.start - 60) : bisect_left(mention_starts, time.end + 25)]
        names += [f"{LEXICON}tot:{m.name}:{m.start < time.start}" for m in near if m.kind == "total"]
        out.append(list(dict.fromkeys(names)))
    return out


def _size(minutes: int) -> str:
    return (
        "<5"
        if minutes < 5
        else "5-7"
        if minutes < 8
        else "8-20"
        if minutes <= 20
        else "21-35"
        if minutes <= 35
        else ">35"
    )

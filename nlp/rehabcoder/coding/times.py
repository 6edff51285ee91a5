"""Times: which of a note's time expressions are times of service, which are stated totals, and whose they are.

A trained head says what each expression is (service, stated timed total, stated treatment total, neither), from its
own words and from what the statement model reads in the statement that holds it; the
assignment then gives every time of service to at most one group of statements, by the place of both in the tree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc

from rehabcoder.coding.families import OTHER
from rehabcoder.coding.features import LEXICON, mention_family
from rehabcoder.coding.model import Head
from rehabcoder.reading.layout import Leaf
from rehabcoder.reading.plain import Tokens
from rehabcoder.reading.times import Time
from rehabcoder.vocabulary import SAYINGS

_NEAR = 5
_LONGEST_SUM = 8
_SHORT_LEAF = 24
#: Where a statement is taken to say something, and the bands of its probability to document a service.
_SAYS = 0.5
_DONE = 0.5
_LEAD_IN = 3
_BANDS = (0.1, 0.3, 0.5, 0.7, 0.9)


class ReadTime(NamedTuple):
    """A time with what it is: service, total_timed, total_treatment or no_service, and how sure.

    ``service`` is the probability that it is a time of service, whatever the kind.
    """

    time: Time
    kind: str
    probability: float
    service: float


class Holder(NamedTuple):
    """The statement that a time stands in, and its neighbours in the note: numbers of statements, -1 for none.

    ``since`` is the first statement behind that of the time before it.
    """

    own: int
    before: int
    behind: int
    since: int

    def moved(self, by: int) -> Holder:
        """The same statements where those of the note are counted on from ``by``."""
        return Holder(*(k + by if k >= 0 else k for k in self))


def holders(doc: Doc) -> list[Holder]:
    """The holder of every time expression of a note."""
    starts = [s.start for s in doc.user_data["statements"]]
    out: list[Holder] = []
    for time in doc.user_data["times"]:
        i = bisect_left(starts, time.start + 1) - 1
        i = max(0, i) if starts else -1
        since = min(out[-1].own + 1, i) if out else min(0, i)
        out.append(Holder(i, i - 1, i + 1 if i + 1 < len(starts) else -1, since))
    return out


def time_features(doc: Doc) -> list[list[str]]:
    """Names of what stands in and around every time expression of a note, for the time model."""
    data = doc.user_data
    tokens, statements, mentions, leaves = data["tokens"], data["statements"], data["mentions"], data["leaves"]
    mention_starts = [m.start for m in mentions]
    leaf_times: dict[int, int] = {}
    places = [holder.own for holder in holders(doc)]
    for i in places:
        leaf = statements[i].leaf if statements else -1
        leaf_times[leaf] = leaf_times.get(leaf, 0) + 1
    minutes = Counter(t.minutes for t in data["times"])
    held_by = [leaves[statements[i].leaf] for i in places] if statements else []
    lead_ins = [_lead_in(tokens, leaf.start, t.start) for t, leaf in zip(data["times"], held_by, strict=False)]
    sites = [_site(t, leaf) for t, leaf in zip(data["times"], held_by, strict=False)]
    led, sited = Counter(lead_ins), Counter(sites)
    named = sum(t.form != "bare" and t.form != "times" for t in data["times"])
    out = []
    for k, (time, i) in enumerate(zip(data["times"], places, strict=True)):
        names = [f"form:{time.form}", f"size:{_size(time.minutes)}", f"form|size:{time.form}|{_size(time.minutes)}"]
        names.append(f"form|named:{time.form}|{min(2, named)}")
        names.append(f"sum:{time.form}:{_sums_up(data['times'], k)}")
        names.append(f"again:{minutes[time.minutes] > 1}")
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
            leaf = leaves[statement.leaf]
            if leaf.end - leaf.start <= _SHORT_LEAF:
                at, to = bisect_left(tokens.starts, leaf.start), bisect_left(tokens.starts, leaf.end)
                names.append("leaf:" + "_".join("0" if w.isdigit() else w for w in tokens.words[at:to]))
            names += [f"sec:{statement.section}", f"kind:{statement.kind}", f"n:{min(3, leaf_times[statement.leaf])}"]
            names += [f"site:{sites[k]}", f"sited:{sites[k]}:{min(4, sited[sites[k]])}"]
            if lead_ins[k]:
                names += [f"lead:{lead_ins[k]}", f"led:{min(3, led[lead_ins[k]])}"]
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


def _site(time: Time, leaf: Leaf) -> str:
    """A time's form, and whether it opens or closes its leaf: where a note puts one, it puts the others."""
    place = "opens" if time.start - leaf.start < 3 else "closes" if leaf.end - time.end < 4 else "inside"
    return f"{time.form}-{place}"


def _lead_in(tokens: Tokens, start: int, end: int) -> str:
    """The words between the beginning of a leaf and a time, where there are few; else nothing."""
    a, b = bisect_left(tokens.starts, start), bisect_left(tokens.starts, end)
    return "_".join("0" if w.isdigit() else w for w in tokens.words[a:b]) if 0 < b - a <= _LEAD_IN else ""


def _sums_up(times: Sequence[Time], k: int) -> bool:
    """Whether a time is the sum of two or more that stand right before it."""
    total = 0
    for n, time in enumerate(reversed(times[max(0, k - _LONGEST_SUM) : k]), 1):
        total += time.minutes
        if total >= times[k].minutes:
            return n > 1 and total == times[k].minutes
    return False


def reading_features(
    heads: Mapping[str, Head], read: Mapping[str, np.ndarray], of: Sequence[Holder]
) -> list[list[str]]:
    """Names of what the statement model reads in the statements that hold times and in their neighbours."""
    other = heads["code"].classes.index(OTHER)
    codes = [heads["code"].classes[j] for j in read["code"].argmax(axis=1)]
    done = (1 - read["code"][:, other]) * read["status"][:, heads["status"].classes.index("performed")]
    statuses = [heads["status"].classes[j] for j in read["status"].argmax(axis=1)]
    says = read["says"].tolist()
    bands = np.digitize(done, _BANDS).tolist()
    out = []
    for own, before, behind, since in of:
        if own < 0:
            out.append(["r:-"])
            continue
        open_ones = [codes[k] for k in range(since, own + 1) if done[k] > _DONE]
        names = [f"r:{codes[own]}", f"rp:{bands[own]}", f"rs:{statuses[own]}", f"rps:{bands[own]}|{statuses[own]}"]
        names += [f"r!:{x}" for x, p in zip(SAYINGS, says[own], strict=True) if p > _SAYS]
        names += [f"ro:{min(3, len(open_ones))}", f"rl:{open_ones[-1] if open_ones else '-'}"]
        for side, k in (("rb", before), ("ra", behind)):
            names += [f"{side}:{codes[k]}", f"{side}p:{bands[k]}"] if k >= 0 else [f"{side}:-"]
        out.append(names)
    return out


def with_readings(features: Sequence[list[str]], readings: Sequence[list[str]]) -> list[list[str]]:
    """The features of times with those of the statements that hold them, and both joined for the form of the time."""
    return [
        [*base, *read, *(f"{base[0]}|{x}" for x in read[:2])] for base, read in zip(features, readings, strict=True)
    ]


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

"""Figures against gold: equal to the shared scorer's, with intervals, calibration and every miss."""

import importlib.util
from pathlib import Path
from random import Random

import pytest

from rehabcoder.billing.units import cms
from rehabcoder.evaluation import MISS_KINDS, evaluate
from rehabcoder.vocabulary import NOTE_FINDINGS, TARGET_CODES

SCORER = Path(__file__).parents[2] / "shared/tools/score.py"
TEXT = "Kneading R UT 15 min for guarding. Rows 3x10, 12 min. No joint mobs today. J. Rivera, PT"
QUOTES = ["Kneading R UT 15 min", "Rows 3x10, 12 min", "No joint mobs today"]
ACCEPTED = {"97124": "97140", "97140": "97110", "97110": "97530", "97530": "97535", "97116": "97530"}
CODES = [*TARGET_CODES, "97116", "97035", "97010"]


def span_of(quote):
    start = TEXT.index(quote)
    return {"start": start, "end": start + len(quote)}


def service(code="97124", minutes=15, quote=QUOTES[0], **slots):
    return {"code": code, "minutes": minutes, "regions": [], "techniques": [], "intents": [], "accept": []} | (
        {"quote": quote, "evidence": [span_of(quote)], "confidence": 0.9} | slots
    )


def note(*services, id="n1", flags=(), **fields):
    return {"id": id, "text": TEXT, "services": list(services), "flags": list(flags), "not_performed": []} | (
        {"units": None} | fields
    )


def result(*services, id="n1", flags=(), units=None, primary=None):
    return {
        "note_id": id,
        "services": list(services),
        "findings": [{"rule": rule, "evidence": [], "message": "said"} for rule in flags],
        "claim_lines": [{"code": code, "units": count} for code, count in (units or {}).items()],
        "primary_code": primary,
    }


def random_services(random):
    return [
        service(
            code := random.choice(CODES),
            random.choice([None, 7, 8, 15, 20, 23]),
            random.choice(QUOTES),
            accept=random.choice([[], [ACCEPTED[code]]]) if code in ACCEPTED else [],
            regions=random.sample(["neck:right", "neck:left", "shoulder", "hip"], random.randint(0, 3)),
            techniques=random.sample(["petrissage", "effleurage", "iastm"], random.randint(0, 2)),
            intents=random.sample(["reduce_spasm", "reduce_pain"], random.randint(0, 2)),
            confidence=random.choice([0.05, 0.31, 0.55, 0.89, 0.9, 0.97, 1.0]),
        )
        for _ in range(random.randint(0, 4))
    ]


def random_units(random, services):
    minutes = {s["code"]: s["minutes"] or 10 for s in services}
    allocation = cms(minutes)
    return random.choice([None, allocation.units, *allocation.alternatives, {"97110": random.randint(0, 3)}])


def random_case(random, number):
    gold_services, got = random_services(random), random_services(random)
    if random.random() < 0.5:
        got = gold_services[: random.randint(0, 4)] + got[:1]
    gold = note(
        *gold_services,
        id=f"n{number}",
        flags=random.sample(NOTE_FINDINGS, 2),
        units=random_units(random, gold_services),
        not_performed=[
            {"code": random.choice(CODES), "status": "negated", "quote": random.choice(QUOTES)}
            for _ in range(random.randint(0, 2))
        ],
        voice=random.choice(["chiro", "ortho"]),
    )
    answer = result(
        *got,
        id=gold["id"],
        flags=random.sample([*NOTE_FINDINGS, "code-pair-edit"], 2),
        units=random_units(random, got),
        primary=random.choice([None, *CODES]),
    )
    return gold, answer


@pytest.mark.skipif(not SCORER.exists(), reason="the shared scorer is not here")
@pytest.mark.parametrize("seed", range(20))
def test_figures_equal_the_shared_scorer(seed):
    spec = importlib.util.spec_from_file_location("score", SCORER)
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    random = Random(seed)
    gold, results = zip(*(random_case(random, k) for k in range(random.randint(1, 40))), strict=True)
    results = results[: len(results) - seed % 2]  # on odd rounds the last note has no result
    theirs = scorer.score(gold, results)
    ours = evaluate(list(gold), results)
    assert ours.missing_results == theirs.pop("missing_results", 0)
    assert list(ours.scores) == list(theirs), "the same figures in the same order"
    for name, (value, n) in theirs.items():
        assert ours.scores[name].value == pytest.approx(value, abs=1e-12), name
        assert ours.scores[name].n == n, name


def test_a_perfect_result_has_no_miss():
    kneading = service(regions=["neck:right"], techniques=["petrissage"])
    figures = evaluate([note(kneading, units={"97124": 1})], [result(kneading, units={"97124": 1}, primary="97124")])
    assert figures.misses == []
    assert {name: f.value for name, f in figures.scores.items() if name.endswith("exact")} == {
        "code_set_exact": 1,
        "minutes_exact": 1,
        "units_exact": 1,
    }


def test_every_kind_of_miss_is_told_with_its_words():
    gold = note(
        service(regions=["neck:right"], techniques=["petrissage"], intents=["reduce_spasm"]),
        service("97110", 12, QUOTES[1]),
        flags=["no-response"],
        units={"97124": 1, "97110": 1},
        not_performed=[{"code": "97140", "status": "negated", "quote": QUOTES[2]}],
    )
    got = result(service(minutes=10, quote=QUOTES[1]), service("97140", 10, QUOTES[2]), flags=["missing-region"])
    misses = evaluate([gold], [got]).misses
    assert list(dict.fromkeys(miss.kind for miss in misses)) == list(MISS_KINDS), "grouped, in the order of the kinds"
    told = {(miss.kind, miss.about): miss for miss in misses}
    assert told["codes", "97110"].words == (QUOTES[1],)
    assert told["codes", "97140"][3:] == ("97110 97124", "97140", (QUOTES[2],))
    assert (told["minutes", "97124"].gold, told["minutes", "97124"].got) == ("15", "10")
    assert told["leaks", "97140"].words == (QUOTES[2],)
    assert told["flags", "no-response"].got == "not raised"


def test_any_allocation_that_a_tie_allows_is_right():
    tied = [service("97110", 20), service("97140", 20, QUOTES[1])]
    gold = note(*tied, units={"97110": 2, "97140": 1})
    for units in ({"97110": 2, "97140": 1}, {"97110": 1, "97140": 2}):
        assert evaluate([gold], [result(*tied, units=units)]).scores["units_exact"].value == 1
    assert evaluate([gold], [result(*tied, units={"97110": 2, "97140": 2})]).scores["units_exact"].value == 0


def test_a_share_of_few_cases_has_a_wide_interval():
    figures = evaluate([note(service())], [result(service())])
    share = figures.scores["code_set_exact"]
    assert share.value == 1
    assert share.low == pytest.approx(0.2065, abs=1e-3)


def test_voices_and_settings_have_figures_of_their_own():
    gold = [note(service(), id="a", voice="chiro"), note(service(), id="b", voice="ortho", setting="hospital")]
    figures = evaluate(gold, [result(service(), id="a")])
    assert {voice: scores["code_set_exact"].value for voice, scores in figures.by_voice.items()} == {
        "chiro": 1,
        "ortho": 0,
    }
    assert figures.by_setting.keys() == {"hospital"}
    assert figures.missing_results == 1


def test_calibration_of_services():
    gold = [note(service(), id="a"), note(service("97110"), id="b")]
    got = [result(service(confidence=0.8), id="a"), result(service(confidence=0.8), id="b")]
    figures = evaluate(gold, got)
    [tenth] = figures.reliability
    assert (tenth.low, tenth.n, tenth.confidence, tenth.right) == (0.8, 2, pytest.approx(0.8), 0.5)
    assert figures.log_loss == pytest.approx(0.9163, abs=1e-4)
    assert evaluate(gold, []).log_loss is None


def test_no_gold_is_an_error():
    with pytest.raises(ValueError, match="no gold notes"):
        evaluate([], [])

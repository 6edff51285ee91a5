"""The same visit written in four ways: a table, bullets, run-on text and capitals say the same services."""

from __future__ import annotations

from typing import NamedTuple

import pytest


class Done(NamedTuple):
    """What was done, where and for how long, and the code that it supports by the guide."""

    code: str
    what: str
    where: str
    minutes: int
    side: str | None = None


VISITS = {
    "massage alone": [Done("97124", "kneading and effleurage", "right upper trap", 15, "right")],
    "massage and exercise": [
        Done("97124", "petrissage", "left calf", 12, "left"),
        Done("97110", "heel raises 3x12", "left calf", 18, "left"),
    ],
    "joint and exercise": [
        Done("97140", "grade III PA glides", "lumbar spine", 10),
        Done("97110", "bridges 2x15", "both hips", 20, "both"),
    ],
    "massage and manual": [
        Done("97124", "effleurage", "right forearm", 8, "right"),
        Done("97140", "lateral glides", "left elbow", 9, "left"),
    ],
    "exercise and transfers": [
        Done("97110", "straight leg raises 3x10", "right hip", 16, "right"),
        Done("97530", "sit-to-stand transfers from a low chair", "right knee", 14, "right"),
    ],
    "fascia and ultrasound": [
        Done("97140", "myofascial release", "left plantar fascia", 15, "left"),
        Done("97035", "ultrasound 1 MHz", "left heel", 8, "left"),
    ],
    "balance and exercise": [
        Done("97112", "single leg stance on foam for balance", "left ankle", 13, "left"),
        Done("97110", "theraband eversion 3x10", "left ankle", 11, "left"),
    ],
    "three codes": [
        Done("97124", "tapotement", "upper back", 7),
        Done("97140", "thoracic PA mobilizations", "upper back", 9),
        Done("97110", "rows with the red band 3x12", "shoulders", 22),
    ],
    "scar": [
        Done("97140", "scar mobilization", "right knee", 10, "right"),
        Done("97110", "heel slides 3x10", "right knee", 15, "right"),
    ],
    "instrument": [
        Done("97140", "IASTM", "left Achilles", 6, "left"),
        Done("97110", "eccentric heel drops 3x15", "left Achilles", 24, "left"),
    ],
    "stretching and lifting": [
        Done("97110", "hamstring stretching 4 x 30 sec", "left thigh", 10, "left"),
        Done("97530", "lifting a 15 lb crate from floor to shelf", "low back", 20),
    ],
    "drainage": [
        Done("97140", "manual lymphatic drainage", "left upper arm", 25, "left"),
        Done("97110", "AROM of the shoulder 2x10", "left shoulder", 10, "left"),
    ],
    "muscle energy": [
        Done("97140", "muscle energy technique", "right SI joint", 12, "right"),
        Done("97110", "clamshells with band 3x10", "right hip", 13, "right"),
    ],
    "shoulder": [
        Done("97140", "inferior GH glides grade II", "right shoulder", 8, "right"),
        Done("97110", "pulleys and wall slides 3x10", "right shoulder", 12, "right"),
        Done("97530", "reaching to an overhead cupboard with 2 lb", "right shoulder", 10, "right"),
    ],
    "hand": [
        Done("97140", "scar mobilization", "left wrist", 9, "left"),
        Done("97110", "tendon glides 2x10", "left hand", 12, "left"),
        Done("97530", "opening jars and lifting a kettle", "left hand", 15, "left"),
    ],
    "gait": [
        Done("97116", "gait training with the cane", "right leg", 12),
        Done("97110", "mini squats 2x10", "right knee", 10, "right"),
    ],
    "bike and knee": [
        Done("97110", "recumbent bike", "both knees", 8, "both"),
        Done("97140", "patellar glides", "left knee", 7, "left"),
    ],
    "stairs": [
        Done("97530", "carrying laundry up the stairs", "right knee", 15, "right"),
        Done("97110", "leg press 3x10", "right knee", 10, "right"),
    ],
    "two of one code": [
        Done("97140", "suboccipital release", "neck", 6),
        Done("97140", "side glides grade II", "left neck", 7, "left"),
    ],
    "calf strokes and heel raises": [
        Done("97124", "deep stroking and wringing", "right calf", 11, "right"),
        Done("97110", "seated heel raises 3x15", "right calf", 9, "right"),
    ],
    "cupboards": [
        Done("97530", "putting plates into a high cupboard", "left shoulder", 17, "left"),
        Done("97140", "posterior GH glides", "left shoulder", 8, "left"),
    ],
    "bed and chair": [
        Done("97530", "bed mobility and bed to chair transfers", "left hip", 23, "left"),
        Done("97110", "ankle pumps and quad sets 2x10", "left thigh", 12, "left"),
    ],
    "neck and posture": [
        Done("97124", "kneading", "left upper trap", 10, "left"),
        Done("97110", "chin tucks 10 x 5 sec", "neck", 8),
        Done("97112", "postural re-education with the mirror", "upper back", 9),
    ],
    "hot pack first": [
        Done("97010", "moist heat", "low back", 10),
        Done("97124", "effleurage and petrissage", "low back", 20),
    ],
    "current and exercise": [
        Done("G0283", "interferential current", "low back", 15),
        Done("97110", "pelvic tilts 3x10", "low back", 14),
    ],
    "foot": [
        Done("97140", "talocrural AP mobilization grade III", "right ankle", 9, "right"),
        Done("97112", "single leg balance on the wobble board", "right ankle", 11, "right"),
    ],
    "elbow": [
        Done("97140", "cross-friction of the extensor tendon", "right elbow", 6, "right"),
        Done("97110", "wrist extension 2 lb 3x10", "right forearm", 10, "right"),
    ],
    "jaw": [
        Done("97140", "intraoral trigger point release", "left jaw", 12, "left"),
        Done("97110", "controlled opening 10 x 5 sec", "jaw", 8),
    ],
    "self-care": [
        Done("97535", "dressing training with the reacher", "right hip", 18, "right"),
        Done("97530", "toilet transfers with the grab bar", "right hip", 12, "right"),
    ],
    "hip": [
        Done("97140", "long-axis hip distraction", "left hip", 7, "left"),
        Done("97110", "side-lying abduction 3x12", "left hip", 13, "left"),
    ],
    "chest": [
        Done("97140", "myofascial release", "right pectorals", 13, "right"),
        Done("97110", "doorway stretch 3 x 30 sec", "right pectorals", 5, "right"),
    ],
    "traction alone": [Done("97140", "manual traction", "neck", 14)],
    "forearm massage": [Done("97124", "petrissage and tapotement", "right forearm", 13, "right")],
    "thigh": [
        Done("97124", "sports massage", "right hamstring", 18, "right"),
        Done("97110", "nordic curls 3x5", "right hamstring", 12, "right"),
    ],
    "car": [
        Done("97530", "getting in and out of the car mock-up", "left knee", 16, "left"),
        Done("97116", "gait training with the walker", "left leg", 10),
    ],
    "warehouse": [
        Done("97530", "lifting 30 lb boxes from floor to waist", "low back", 25),
        Done("97110", "treadmill walking for endurance", "both legs", 15),
    ],
    "thumb": [
        Done("97140", "CMC joint distraction grade II", "right thumb", 8, "right"),
        Done("97110", "putty pinch 3x10", "right thumb", 9, "right"),
    ],
    "swelling": [
        Done("97140", "manual lymph drainage", "right ankle", 20, "right"),
        Done("97110", "ankle alphabet 2x", "right ankle", 6, "right"),
    ],
    "abdomen": [
        Done("97140", "C-section scar mobilization", "abdomen", 10),
        Done("97110", "transverse abdominis activation 10 x 10 sec", "abdomen", 11),
    ],
    "shoulder blade": [
        Done("97140", "scapular mobilization", "left scapula", 9, "left"),
        Done("97110", "prone rows 3x10 with 3 lb", "left scapula", 11, "left"),
        Done("97530", "throwing a weighted ball at a target", "left shoulder", 10, "left"),
    ],
    "all four codes": [
        Done("97124", "petrissage", "right gluteals", 8, "right"),
        Done("97140", "lumbar rotation mobilization grade III", "lumbar spine", 8),
        Done("97110", "dead bugs 3x8", "low back", 8),
        Done("97530", "floor-to-stand practice", "both knees", 8, "both"),
    ],
    "passive range": [
        Done("97110", "PROM into flexion", "right shoulder", 9, "right"),
        Done("97110", "table slides 2x15", "right shoulder", 6, "right"),
    ],
    "knife and fork": [
        Done("97530", "cutting food with a rocker knife", "right hand", 15, "right"),
        Done("97110", "grip strengthening with the hand exerciser 3x10", "right hand", 10, "right"),
    ],
    "nerve": [
        Done("97140", "median nerve glides by the therapist", "right wrist", 7, "right"),
        Done("97110", "wrist curls 3x12", "right wrist", 9, "right"),
    ],
    "counterstrain": [
        Done("97140", "strain-counterstrain", "right psoas", 10, "right"),
        Done("97124", "stroking", "left calf", 9, "left"),
    ],
    "steps": [
        Done("97110", "step-ups 6 inch 3x10", "left knee", 12, "left"),
        Done("97112", "tandem stance eyes closed", "both ankles", 10, "both"),
    ],
    "water": [Done("97113", "aquatic exercise in chest-deep water", "both knees", 40, "both")],
    "long massage": [Done("97124", "therapeutic massage", "lower back", 45)],
    "ribs": [
        Done("97140", "rib mobilization", "left ribs", 11, "left"),
        Done("97110", "thoracic rotation stretches 10x", "upper back", 9),
    ],
    "crutches": [
        Done("97116", "crutch training on level ground", "left leg", 15),
        Done("97530", "sit-to-stand from the bed edge", "left knee", 10, "left"),
    ],
}


def visit(treatment: str, between: str = "\n") -> str:
    """A whole note around the treatment."""
    return between.join(
        ["S: Slept better, still stiff after gardening.", treatment, "Plan: add loaded work next visit."]
    )


def table(done: list[Done]) -> str:
    rows = [f"{d.what} | {d.where} | {d.minutes}" for d in done]
    return visit("\n".join(["", "Intervention | Area | Min", *rows, ""]))


def bullets(done: list[Done]) -> str:
    return visit("\n".join(["Treatment:", *(f"- {d.what}, {d.where}, {d.minutes} min" for d in done)]))


def run_on(done: list[Done]) -> str:
    clauses = [f"{d.what}, {d.where}, {d.minutes} min" for d in done]
    return visit(f"Treatment: {', then '.join(clauses)}.", " ")


def capitals(done: list[Done]) -> str:
    return visit("\n".join(["TREATMENT", *(f"{d.what} {d.where} {d.minutes} minutes" for d in done)])).upper()


CLAUSE_BEFORE = "behind a clause whose code is clear, a clause of weaker words takes that code, though a time closed it"
OTHER_REGION = "a service without a region of its own takes that of another service of its sentence"
EXERCISE_OF_THE_JAW = "exercise of the jaw, rare in the corpus, is read as manual work"
DEFECTS = {
    ("gait", run_on): OTHER_REGION,
    ("car", run_on): OTHER_REGION,
    ("drainage", capitals): "lines of about one length that end in a time are joined as if a fax had broken them",
    **dict.fromkeys([(name, run_on) for name in ("hip", "warehouse")], CLAUSE_BEFORE),
    **dict.fromkeys([(name, capitals) for name in ("self-care", "chest")], CLAUSE_BEFORE),
    **dict.fromkeys(
        [("crutches", way) for way in (table, run_on, capitals)], "crutch training, rare, is read as a task"
    ),
    **dict.fromkeys([("jaw", way) for way in (bullets, run_on, capitals)], EXERCISE_OF_THE_JAW),
    **dict.fromkeys([("shoulder blade", way) for way in (bullets, run_on)], "throwing is read as 97112"),
    **dict.fromkeys([("counterstrain", way) for way in (table, run_on, capitals)], "read as no service: a rare word"),
    **dict.fromkeys([("water", way) for way in (table, capitals)], "exercise speaks louder than aquatic"),
}


def renderings() -> list:
    return [
        pytest.param(
            done,
            way,
            id=f"{name}, {way.__name__}",
            marks=[pytest.mark.xfail(strict=True, reason=DEFECTS[name, way])] if (name, way) in DEFECTS else [],
        )
        for name, done in VISITS.items()
        for way in (table, bullets, run_on, capitals)
    ]


@pytest.mark.parametrize(("done", "way"), renderings())
def test_a_visit_is_read_alike_however_it_is_written(coder, done, way):
    found = [(s.code, s.minutes, sides(s.regions)) for s in coder.suggest(way(done)).services]
    assert sorted(found) == sorted((d.code, d.minutes, [d.side] if d.side else []) for d in done)


def sides(regions: list[str]) -> list[str]:
    """The sides that some regions carry, once each."""
    return sorted({side for _, _, side in (region.partition(":") for region in regions) if side})

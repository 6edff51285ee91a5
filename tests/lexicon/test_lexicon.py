"""The lexicon: terms as data, the words of the guide and no others, broken lines refused with file and line."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from rehabcoder import lexicon, vocabulary
from rehabcoder.reading.plain import tokenize


def meanings(text: str, kind: str) -> list[lexicon.Term]:
    return [term for term in lexicon.terms() if term.text == text and term.kind == kind]


def code_of(text: str) -> str:
    """The code that a technique's or family's term speaks for."""
    (term,) = meanings(text, "technique") + meanings(text, "family")
    return term.code or lexicon.techniques()[term.name].code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data files that a test may break."""
    for file in Path(str(files(lexicon.__name__))).glob("*.csv"):
        shutil.copy(file, tmp_path)
    return tmp_path


def append(file: Path, line: str) -> int:
    """Add a line to a data file; its line number."""
    with file.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
    return len(file.read_text(encoding="utf-8").splitlines())


# The vocabulary


def test_terms_name_only_concepts_of_the_vocabulary():
    known = {
        "technique": set(vocabulary.TECHNIQUES),
        "family": {"97140", "97110", "97530"},
        "region": set(vocabulary.REGIONS),
        "side": set(vocabulary.SIDES),
        "intent": set(vocabulary.INTENTS),
        "role": set(lexicon.ROLES),
        "cue": set(lexicon.CUES),
        "total": set(lexicon.TOTALS),
        "visit": set(lexicon.VISITS),
        **{says: {says} for says in lexicon.SAYS_KINDS},
        **{rule: set(lexicon.WORDING) for rule in vocabulary.NOTE_FINDINGS},
    }
    for term in lexicon.terms():
        assert term.name in known[term.kind], term
        assert term.region is None or term.region in vocabulary.REGIONS, term


def test_every_concept_has_terms():
    named = {(term.kind, term.name) for term in lexicon.terms()}
    for kind, names in (
        ("technique", vocabulary.TECHNIQUES),
        ("region", vocabulary.REGIONS),
        ("side", vocabulary.SIDES),
        ("intent", vocabulary.INTENTS),
        ("role", lexicon.ROLES),
        ("cue", lexicon.CUES),
        ("total", lexicon.TOTALS),
    ):
        assert {(kind, name) for name in names} <= named
    assert set(lexicon.SECTIONS) == set(lexicon.sections().values())


def test_codes_and_techniques_are_those_of_the_vocabulary():
    assert set(lexicon.techniques()) == set(vocabulary.TECHNIQUES)
    assert set(lexicon.codes()) >= set(vocabulary.CODES)
    for code in lexicon.codes().values():
        assert code.timed == (code.code in vocabulary.TIMED_CODES)
        assert 1 <= len(code.label.split()) <= 5
    for target in vocabulary.TARGET_CODES:
        code = lexicon.codes()[target]
        assert code.signs
        assert set(code.neighbours) >= set(vocabulary.TARGET_CODES) - {target}


def test_the_language_of_the_clinic_is_covered_broadly():
    counted = Counter(term.kind for term in lexicon.terms())
    exercises = [t for t in lexicon.terms() if t.kind == "technique" and t.name in vocabulary.EXERCISE_TECHNIQUES]
    assert counted["technique"] >= 900
    assert len(exercises) >= 250
    assert counted["region"] >= 300
    assert counted["intent"] >= 200
    assert sum(counted[says] for says in lexicon.SAYS_KINDS) >= 350
    assert counted["cue"] >= 250
    assert counted["total"] >= 60
    assert len(lexicon.sections()) >= 250


def test_a_term_is_lower_case_single_spaced_and_without_hyphens():
    for term in lexicon.terms():
        assert re.fullmatch(r"[^\sA-Z-]+( [^\sA-Z-]+)*", term.text), term


def test_a_text_has_one_meaning_of_a_kind():
    counted = Counter((term.kind, term.text) for term in lexicon.terms())
    assert max(counted.values()) == 1


# The guide's hard cases (section 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stm", "97140"),
        ("soft tissue mobilization", "97140"),
        ("soft tissue massage", "97124"),
        ("kneading", "97124"),
        ("effleurage", "97124"),
        ("gliding strokes", "97124"),
        ("deep friction massage", "97140"),
        ("cross friction massage", "97140"),
        ("trigger point massage", "97124"),
        ("trigger point release", "97140"),
        ("scar massage", "97140"),
        ("retrograde massage", "97124"),
        ("manual lymphatic drainage", "97140"),
        ("prom", "97110"),
        ("manual stretching", "97110"),
        ("contract relax stretching", "97110"),
        ("pnf patterns", "97112"),
        ("squats", "97110"),
        ("step ups", "97110"),
        ("squat to lift", "97530"),
        ("stair negotiation", "97530"),
        ("balance on foam", "97112"),
        ("foam roller", "97110"),
        ("massage chair", "none"),
        ("hydro massage bed", "none"),
        ("percussion gun", "none"),
        ("e stim", "G0283"),
        ("attended e stim", "97032"),
        ("fce", "97750"),
        ("diversified", "98940"),
        ("taping", "none"),
        ("manual therapy", "97140"),
        ("mt", "97140"),
        ("therapeutic activities", "97530"),
    ],
)
def test_hard_cases_of_the_guide(text: str, code: str):
    assert code_of(text) == code


def test_manual_therapy_names_a_code_and_no_technique():
    assert [t.name for t in meanings("manual therapy", "family")] == ["97140"]
    assert not meanings("manual therapy", "technique")


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("paraspinals", "lower_back"),
        ("cervical paraspinals", "neck"),
        ("thoracic paraspinals", "upper_back"),
        ("upper trapezius", "neck"),
        ("lower trapezius", "upper_back"),
        ("rotator cuff", "shoulder"),
        ("ql", "lower_back"),
        ("itb", "thigh"),
        ("achilles", "lower_leg"),
        ("sij", "pelvis"),
        ("c5", "neck"),
        ("t6", "upper_back"),
        ("l4 5", "lower_back"),
        ("l/s", "lower_back"),
        ("temporalis", "head"),
        ("occiput", "neck"),
        ("lats", "upper_back"),
        ("first rib", "chest"),
        ("post cuff", "shoulder"),
        ("rad head", "elbow"),
        ("palmar", "wrist_hand"),
        ("mf", "wrist_hand"),
        ("si", "pelvis"),
        ("distal femur", "knee"),
        ("tc jt", "ankle_foot"),
        ("gums", "jaw"),
    ],
)
def test_regions_of_the_guide(text: str, region: str):
    assert [term.name for term in meanings(text, "region")] == [region]


@pytest.mark.parametrize("text", ["ue", "le", "ble", "arm", "leg", "back", "extremity", "residual limb", "stump"])
def test_a_whole_limb_and_a_bare_back_are_no_region(text: str):
    assert not meanings(text, "region")


@pytest.mark.parametrize(("text", "region"), [("tke", "knee"), ("laq", "thigh"), ("chin tucks", "neck")])
def test_an_exercise_named_after_a_part_has_its_region(text: str, region: str):
    assert [term.region for term in meanings(text, "technique")] == [region]


@pytest.mark.parametrize(
    ("text", "technique"),
    [
        ("suboccipital release", "myofascial_release"),
        ("trigger point massage", "compression_massage"),
        ("retrograde massage", "effleurage"),
        ("patella glides", "joint_mobilization"),
        ("cross fibre kneading", "petrissage"),
    ],
)
def test_names_of_techniques(text: str, technique: str):
    assert [term.name for term in meanings(text, "technique")] == [technique]


def test_more_on_one_side_is_both():
    assert [term.name for term in meanings("r>l", "side")] == ["both"]


def test_words_of_the_hands_name_techniques_of_the_hands():
    tables = tomllib.loads((files(lexicon.__name__) / "hands_on.toml").read_text(encoding="utf-8"))
    assert set(tables) == {"97124", "97140"}
    for techniques in tables.values():
        words = [word for name in techniques for word in techniques[name]]
        assert max(Counter(words).values()) == 1
        assert all(lexicon.techniques()[name].hands_on for name in techniques)
        assert not [word for word in words if word != " ".join(word.lower().replace("-", " ").split())]


def test_abbreviations_that_are_words_count_only_in_capitals():
    for text, kind in (("us", "technique"), ("te", "family"), ("mt", "family"), ("ta", "family"), ("met", "technique")):
        assert all(term.exact for term in meanings(text, kind)) and meanings(text, kind), text


def test_tolerance_and_change_are_told_apart():
    assert [t.detail for t in meanings("tolerated well", "response")] == ["tolerance"]
    assert [t.detail for t in meanings("softened", "response")] == ["change"]
    assert [t.detail for t in meanings("no change", "response")] == ["none"]


def test_what_only_looks_like_a_negation_is_a_pseudo_cue():
    for text in ("no increase in pain", "not only", "not for relaxation", "no adverse response", "without difficulty"):
        assert [t.name for t in meanings(text, "cue")] == ["pseudo"], text


def test_a_credential_that_is_a_code_word_is_left_out():
    assert not meanings("cmt", "role")
    assert [t.name for t in meanings("lmt", "role")] == ["massage_therapist"]
    assert [t.name for t in meanings("pt asst.", "role")] == ["assistant"]


# Spelling


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("soft tissue mobilisation", "technique"),
        ("mobilised", "technique"),
        ("stabilisation exercise", "technique"),
        ("reduce oedema", "intent"),
        ("ischaemic compression", "technique"),
    ],
)
def test_british_spelling(text: str, kind: str):
    assert meanings(text, kind)


def test_plurals_of_techniques_and_regions_but_not_of_abbreviations():
    assert meanings("hamstrings", "region")
    assert meanings("goblet squats", "technique")
    assert meanings("hip thrusts", "technique")
    assert not meanings("scss", "technique")


# Broken data


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("techniques.csv", "magic hands,reiki,,,"),
        ("techniques.csv", "magic hands,massage,99999,,"),
        ("techniques.csv", "magic hands,massage,,aura,"),
        ("techniques.csv", "magic hands,,,,"),
        ("techniques.csv", "magic hands,massage"),
        ("techniques.csv", ",massage,,,"),
        ("techniques.csv", "Magic Hands,massage,,,"),
        ("techniques.csv", "magic-hands,massage,,,"),
        ("techniques.csv", "magic  hands,massage,,,"),
        ("techniques.csv", "magic hands,massage,,,sometimes"),
        ("techniques.csv", "effleurage,petrissage,,,"),
        ("techniques.csv", "manual therapy,massage,,,"),
        ("regions.csv", "aura,chakra,"),
        ("regions.csv", "hamstring,knee,"),
        ("sides.csv", "yonder,middle,"),
        ("intents.csv", "for luck,luck,"),
        ("says.csv", "softer aura,response,rom,"),
        ("says.csv", "softer aura,mood,change,"),
        ("roles.csv", "wizard,wizard,"),
        ("cues.csv", "perchance,maybe,forward,"),
        ("cues.csv", "perchance,hypothetical,sideways,"),
        ("totals.csv", "all in all,everything,"),
        ("sections.csv", "aura,chakra"),
        ("sections.csv", "plan,history"),
    ],
)
def test_a_broken_line_is_refused_with_file_and_line(data: Path, file: str, line: str):
    number = append(data / file, line)
    read = lexicon.read_sections if file == "sections.csv" else lexicon.read_terms
    with pytest.raises(lexicon.LexiconError, match=f"^{re.escape(file)} line {number}: "):
        read(data)


def test_other_columns_are_refused(data: Path):
    (data / "sides.csv").write_text("word,side\nright,right\n", encoding="utf-8")
    with pytest.raises(lexicon.LexiconError, match="^sides.csv line 1: "):
        lexicon.read_terms(data)


def test_a_new_term_is_a_new_line(data: Path):
    append(data / "techniques.csv", "# comments and empty lines are passed over\n\npolarised rolling,petrissage,,,")
    added = set(lexicon.read_terms(data)) - set(lexicon.terms())
    assert [(t.kind, t.text, t.name) for t in added] == [("technique", "polarised rolling", "petrissage")]


def test_the_version_names_the_data():
    assert re.fullmatch(r"[0-9a-f]{12}", lexicon.version())


def test_classes_of_words_are_single_words_in_small_letters():
    classes = lexicon.word_classes()
    assert len(classes) > 2500
    for word, of in classes.items():
        assert word == word.lower() and len(tokenize(word).words) == 1, word
        assert len(set(of)) == len(of)

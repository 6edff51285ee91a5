"""Services: regions, techniques, purposes, the code with its reason, and the words that show each of them."""

from __future__ import annotations

import pytest

from rehabcoder import lexicon
from rehabcoder.vocabulary import TARGET_CODES


@pytest.fixture
def service(chart):
    """The only service of a note."""

    def read(text: str, **fields: object):
        (found,) = chart(text, **fields).services
        return found

    return read


# Regions


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Kneading to R upper trap 10 min", ["neck:right"]),
        ("Kneading to R calf and L forearm 10 min", ["lower_leg:right", "forearm:left"]),
        ("Kneading to R and L calf 10 min", ["lower_leg:both"]),
        ("Kneading to R upper trap and neck 10 min", ["neck:right"]),
        ("GH glides grade III, L, 8 min", ["shoulder:left"]),
        pytest.param("Kneading to the low back with the elbow 10 min", ["lower_back"]),
        ("R shoulder:\n- STM 9 min", ["shoulder:right"]),
        ("Dx: R knee OA.\nKneading 10 min", []),
        ("Kneading 10 min", []),
    ],
    ids=["side", "several", "both", "once each", "a side alone", "the provider's own elbow", "from the heading"]
    + ["not from the diagnosis", "none stated"],
)
def test_regions_come_from_the_statement_or_its_heading(service, text, regions):
    assert service(text).regions == regions


def test_each_service_has_its_own_regions(chart):
    read = chart("Kneading to R forearm 8 min.\nSTM to L calf 9 min.")
    assert [s.regions for s in read.services] == [["forearm:right"], ["lower_leg:left"]]


def test_a_technique_does_not_take_the_side_of_the_sentence_before(chart):
    read = chart("Kneading to R calf. Rows 3x10, 9 min.")
    assert [s.regions for s in read.services] == [["lower_leg:right"], ["upper_back"]]


# Techniques and purposes


def test_techniques_are_those_of_the_services_code(service):
    assert service("STM to R calf with kneading x 10 min").techniques == ["petrissage"]
    assert service("Kneading and effleurage to R calf 10 min").techniques == ["petrissage", "effleurage"]


def test_an_unspecified_massage_is_named_where_nothing_else_is(service):
    assert service("Massage to R calf 10 min").techniques == ["massage"]
    assert service("Massage to R calf 10 min: kneading").techniques == ["petrissage"]


@pytest.mark.parametrize(
    ("text", "techniques"),
    [
        ("Massage with stripping and circling to R calf 10 min", "effleurage friction_massage"),
        ("Massage to R calf 10 min, deep pressing and percussion", "compression_massage tapotement"),
        ("Massage with long strokes to R calf 10 min", "effleurage"),
        ("Swedish massage to R calf 10 min, kneading", "massage petrissage"),
        ("STM to R calf with a roll stick 10 min", "soft_tissue_mobilization iastm"),
        ("Manual: scar lifted, talus glided, 10 min", "scar_mobilization joint_mobilization"),
    ],
)
def test_words_name_a_stroke_where_the_statement_is_massage_or_manual_therapy(service, text, techniques):
    assert service(text).techniques == techniques.split()


def test_a_word_in_a_purpose_names_no_stroke(service):
    assert service("Kneading to R calf 10 min so the tendon glides and the press is free").techniques == ["petrissage"]


def test_words_of_the_hands_name_nothing_elsewhere(service):
    assert "petrissage" not in service("Bridges and rows with a ball, rolling it out, 10 min").techniques


def test_stated_purposes_are_intents(service):
    assert service("Kneading to R calf for spasm 10 min").intents == ["reduce_spasm"]
    assert service("Kneading to R calf 10 min").intents == []


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("Kneading to R calf 10 min to reduce swelling", ["reduce_edema"]),
        ("STM to R calf 10 min to regain dorsiflexion", ["increase_rom"]),
        ("Glides of the talus 10 min because of the stiff mortise", ["joint_mobility"]),
        ("Kneading to R calf 10 min, not for relaxation", []),
        ("Kneading to R calf 10 min, swelling 1 cm", []),
    ],
    ids=["to", "a motion", "because", "denied", "a finding that the model takes for no purpose"],
)
def test_the_lexicons_words_in_a_purpose_clause_state_an_intent(service, text, intents):
    assert service(text).intents == intents


def test_a_named_task_implies_that_function_is_to_improve(service):
    assert service("Lifting a crate from the floor 10 min").intents == ["improve_function"]


# Code, candidates, reasons


def test_the_code_that_a_note_writes_is_evidence_and_not_the_answer(service):
    found = service("97140: kneading to R calf 15 min")
    assert (found.code, found.documented_code) == ("97124", "97140")


def test_a_written_code_of_the_family_is_kept(service):
    assert service("97163 evaluation 40 min").code == "97163"
    assert service("Evaluation 40 min", discipline="OT").code == "97166"


def test_a_close_neighbour_is_a_candidate(service):
    found = service("STM to R calf with kneading x 10 min")
    ((code, probability),) = found.candidates
    assert code == "97140" and 0 < probability < found.confidence < 1


def test_a_sure_service_has_no_candidates_and_asks_nothing(service):
    found = service("Kneading to R calf 10 min")
    assert (found.candidates, found.question) == ([], None)


@pytest.mark.parametrize(
    "text", ["Trigger point massage to R upper trap 10 min", "Cross friction massage to the R Achilles 8 min"]
)
def test_a_technique_that_could_be_either_comes_with_the_question_that_settles_it(coder, text):
    (found,) = coder.suggest(text).services
    assert {found.code, found.candidates[0][0]} == {"97124", "97140"}
    assert found.question.startswith("Was this massage strokes")


@pytest.mark.parametrize(
    "text",
    [
        "Kneading to R calf 10 min",
        "STM to R calf 10 min",
        "Rows 3x10, 10 min",
        "Lifting a crate from the floor 10 min",
    ],
)
def test_a_reason_names_the_code_its_neighbour_and_the_words(service, text):
    found = service(text)
    (reason,) = found.reasons
    assert reason.startswith(f"{found.code}, not ")
    neighbour = reason.split(", not ")[1][:5]
    assert neighbour in lexicon.codes()[found.code].neighbours
    assert lexicon.codes()[found.code].neighbours[neighbour] in reason
    (span,) = found.slots["techniques"]
    assert text[span.start : span.end].lower() in reason


def test_a_reason_names_the_closest_candidate(service):
    assert service("STM to R calf with kneading x 10 min").reasons[0].startswith("97124, not 97140: kneading")
    assert service("Lifting and drills with the band 10 min").reasons[0].startswith("97530, not 97110: lifting")


def test_only_target_codes_need_a_reason(service):
    assert service("Ultrasound to R calf 8 min").reasons == []
    assert "97035" not in TARGET_CODES


# Places in the note


def test_evidence_and_slots_stand_where_they_say(service):
    text = "🙂 Kneading and effleurage to R calf for spasm 10 min"
    found = service(text)
    words = {name: [text[a:b] for a, b in spans] for name, spans in found.slots.items()}
    assert words == {
        "minutes": ["10 min"],
        "regions": ["calf"],
        "techniques": ["Kneading", "effleurage"],
        "intents": ["spasm"],
    }
    assert [text[a:b] for a, b in found.evidence] == [text]


def test_the_surest_evidence_comes_first(service):
    text = "Today, 15 min:\n- drills with the band\n- rows 3x10"
    assert [text[a:b] for a, b in service(text).evidence] == ["rows 3x10", "drills with the band"]


def test_a_service_without_minutes_has_no_place_for_them(service):
    assert "minutes" not in service("Kneading to R calf").slots


def test_services_are_numbered_in_the_order_of_the_note(chart):
    read = chart("Kneading to R calf 8 min.\nSTM to L calf 9 min.\nRows 3x10, 9 min.")
    assert [s.id for s in read.services] == ["s1", "s2", "s3"]
    assert [s.evidence[0].start for s in read.services] == sorted(s.evidence[0].start for s in read.services)

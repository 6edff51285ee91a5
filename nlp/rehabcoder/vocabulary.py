"""The closed word lists of the annotation guide: codes, statuses, regions, techniques, intents, what a statement says.

Everything else in the package, the training data and the command line uses these names and no others.
A new name is added here first; the lexicon loader and the corpus check refuse a name that is not listed.
"""

from __future__ import annotations

#: The codes that the product suggests.
TARGET_CODES = ("97124", "97140", "97110", "97530")

#: Codes whose units come from minutes (CMS Pub. 100-04 ch. 5 s. 20.2). Everything else earns no timed unit.
TIMED_CODES = frozenset(
    TARGET_CODES
    + ("97112", "97113", "97116", "97535", "97537", "97542", "97750", "97755", "97760", "97761", "97763")
    + ("97032", "97033", "97034", "97035", "97036")
)

#: Codes recognised so that arithmetic, edits and "massage alone" are right. ``none`` is work without a code here
#: (massage chair, taping).
CONTEXT_CODES = (
    ("97112", "97116", "97535", "97113", "97150", "97035", "97032", "97033", "G0283", "97014", "97010", "97012")
    + ("97016", "97018", "97022", "97161", "97162", "97163", "97164", "97165", "97166", "97167", "97168", "97750")
    + ("97542", "97760", "97761", "97763", "20560", "20561", "98940", "98941", "98942", "98943", "none")
)

CODES = TARGET_CODES + CONTEXT_CODES

#: Codes of a chiropractic manipulation; the first three are spinal.
CMT_CODES = ("98940", "98941", "98942", "98943")

#: Statuses of a mention; only ``performed`` becomes a service.
STATUSES = ("performed", "negated", "planned", "historical", "home", "hypothetical")

REGIONS = ("head", "jaw", "neck", "shoulder", "upper_arm", "elbow", "forearm", "wrist_hand", "chest", "upper_back") + (
    "lower_back",
    "abdomen",
    "pelvis",
    "hip",
    "thigh",
    "knee",
    "lower_leg",
    "ankle_foot",
    "whole_body",
)

#: Regions that a spinal manipulation treats (NCCI Policy Manual ch. XI.S: no massage or manual therapy there).
SPINAL_REGIONS = frozenset(("neck", "upper_back", "lower_back", "pelvis"))

SIDES = ("left", "right", "both")

MASSAGE_TECHNIQUES = ("effleurage", "petrissage", "tapotement", "compression_massage", "friction_massage", "massage")
MANUAL_TECHNIQUES = (
    ("soft_tissue_mobilization", "myofascial_release", "trigger_point_release", "iastm", "joint_mobilization")
    + ("manipulation", "manual_traction", "muscle_energy", "strain_counterstrain", "lymphatic_drainage")
    + ("scar_mobilization", "nerve_mobilization")
)
EXERCISE_TECHNIQUES = ("passive_stretching", "prom", "strengthening", "stretching", "arom", "endurance")
ACTIVITY_TECHNIQUES = (
    "functional_training",
    "transfer_training",
    "lifting",
    "reaching",
    "stair_training",
    "work_simulation",
) + ("bed_mobility",)
CONTEXT_TECHNIQUES = (
    ("gait_training", "neuromuscular_reeducation", "balance_training", "vestibular_training", "self_care_training")
    + ("wheelchair_training", "aquatic_exercise", "group_therapy", "performance_test", "evaluation", "reevaluation")
    + ("ultrasound", "electrical_stimulation", "hot_pack", "cold_pack", "paraffin", "vasopneumatic")
    + ("mechanical_traction", "dry_needling", "taping", "chiropractic_manipulation", "mechanical_massage")
    + ("self_massage",)
)
TECHNIQUES = MASSAGE_TECHNIQUES + MANUAL_TECHNIQUES + EXERCISE_TECHNIQUES + ACTIVITY_TECHNIQUES + CONTEXT_TECHNIQUES

INTENTS = (
    ("reduce_pain", "reduce_spasm", "improve_circulation", "reduce_edema", "tissue_mobility", "joint_mobility")
    + ("increase_rom", "increase_strength", "endurance", "flexibility", "motor_control", "improve_function")
    + ("relaxation", "maintenance")
)

#: What a statement of a note can say besides which service it documents.
SAYINGS = ("objective", "response", "function", "rationale", "totals", "signature")

#: The findings of one note, in the order of the guide.
NOTE_FINDINGS = (
    ("comfort-language", "maintenance-language", "no-objective-findings", "no-functional-link", "no-response")
    + ("missing-minutes", "time-mismatch", "massage-standalone", "massage-manual-overlap", "cmt-same-region")
    + ("missing-region", "no-skilled-rationale", "no-exercise-detail", "ineligible-provider", "not-one-on-one")
    + ("no-signature", "code-mismatch", "units-unsupported")
)

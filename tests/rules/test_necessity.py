"""The chain of medical necessity: which words tell each link of a service, and what a finding says of the links."""

from __future__ import annotations

import time

import pytest

from rehabcoder.billing.furnished import furnish
from rehabcoder.coder import Coder
from rehabcoder.records import Chart, Note, Service, Statement
from rehabcoder.rules.necessity import link
from rehabcoder.vocabulary import TARGET_CODES

WHOLE = """\
S: Driving and checking the blind spot limited since the fall.
O: Right upper trapezius taut, guarding. Knee flexion 120.
Treatment:
Gliding strokes and kneading to right upper trapezius, 15 min, to reduce the guarding that limits rotation.
Bridges 3x10, 12 min.
Ultrasound to the right shoulder, 8 min.
P: goal: drive 30 min without pain.
Dana Orr, PT
"""


def words(coder: Coder, text: str, code: str) -> dict[str, list[str]]:
    [service] = [service for service in coder.suggest(text).services if service.code == code]
    return {link: [text[start:end] for start, end in spans] for link, spans in service.necessity.items()}


def test_every_link_of_a_massage_has_its_words(coder: Coder) -> None:
    chain = words(coder, WHOLE, "97124")
    assert list(chain) == ["impairment", "rationale", "function"]
    assert any("upper trapezius taut" in said for said in chain["impairment"])
    assert any("reduce the guarding" in said for said in chain["rationale"])
    assert any("blind spot" in said for said in chain["function"])


def test_a_finding_elsewhere_and_another_service_are_no_link(coder: Coder) -> None:
    assert not any("120" in said for said in words(coder, WHOLE, "97124")["impairment"])
    assert words(coder, WHOLE, "97110")["rationale"] == []


def test_only_the_codes_that_are_suggested_have_a_chain(coder: Coder) -> None:
    for service in coder.suggest(WHOLE).services:
        assert bool(service.necessity) == (service.code in TARGET_CODES)


def test_comfort_is_no_reason_and_a_technique_no_impairment(coder: Coder) -> None:
    assert words(coder, "Kneading to the neck 15 min for relaxation. D. Orr, PT", "97124")["rationale"] == []
    assert words(coder, "Trigger point release to R glutes 10 min. D. Orr, PT", "97140")["impairment"] == []


def test_many_services_of_one_note() -> None:
    """One line a service, a finding under each: ten thousand lines are looked at once and not once a service."""
    says = dict.fromkeys(("objective", "function", "rationale"), 0.0)
    statements = [
        Statement(2 * n, 2 * n + 1, "", leaf=n, code="other" if n % 2 else "97124", says=says | {"objective": n % 2})
        for n in range(10_000)
    ]
    services = [Service(f"s{n}", "97124", 1.0, evidence=[s.span]) for n, s in enumerate(statements) if n % 2 == 0]
    chart = Chart(Note("N1", "x" * 20_000), "x" * 20_000, statements, services=services)
    started = time.monotonic()
    assert len(furnish(chart)) == 0
    link(chart)
    assert services[0].necessity == {"impairment": [], "rationale": [], "function": []}
    assert time.monotonic() - started < 5  # a tenth of a second; each service by itself takes half a minute


def test_the_record_gives_the_links_with_offsets(coder: Coder) -> None:
    services = coder.suggest(WHOLE).to_dict()["services"]
    [massage] = [service for service in services if service["code"] == "97124"]
    assert all(span.keys() == {"start", "end"} for spans in massage["necessity"].values() for span in spans)


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        (
            "Massage back 30 min. Pt tolerated well. K. Ellis, LMT",
            "no-skilled-rationale",
            "Massage without an impairment, a clinical purpose or a functional gain",
        ),
        (
            "O: R upper trapezius in spasm, taut bands.\nMassage R upper trapezius 20 min for relaxation.\n"
            "Cannot drive to work. D. Orr, PT",
            "no-skilled-rationale",
            "Massage without a clinical purpose; the note tells an impairment and a functional gain",
        ),
        (
            "O: R upper trapezius in spasm, rotation 55 deg.\nKneading R upper trapezius 12 min to reduce spasm.\n"
            "Rotation 63 after. N. Crane, PT",
            "no-functional-link",
            "No functional limitation, goal or gain; the note tells an impairment and a clinical purpose",
        ),
        (
            "Client reports tight shoulders. M. Sears. Stretching 10 min.",
            "no-functional-link",
            "No functional limitation, goal or gain",
        ),
    ],
    ids=["nothing", "comfort beside a finding", "up to the function", "no chain at all"],
)
def test_the_finding_names_the_missing_link(coder: Coder, text: str, rule: str, message: str) -> None:
    [finding] = [finding for finding in coder.suggest(text).findings if finding.rule == rule]
    assert finding.message == message

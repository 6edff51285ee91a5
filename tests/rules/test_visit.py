"""What a visit consists of: services that are described, and those that are but a charge."""

from __future__ import annotations

from rehabcoder.records import Chart, Mention, Note, Service, Span, Stated, Statement
from rehabcoder.rules import visit

KNEADING = "kneading R neck 16 min"
CHARGE = "97140 (16 min)"


def chart(*services: Service) -> Chart:
    """Kneading, and the code that was charged for it below."""
    text = f"{KNEADING}\n{CHARGE}"
    stroke = Mention("technique", "petrissage", 0, 8)
    statements = [
        Statement(0, len(KNEADING), "treatment", code="97124", mentions=[stroke]),
        Statement(len(KNEADING) + 1, len(text), "treatment", code="97140"),
    ]
    written = Stated("written_code", len(KNEADING) + 1, len(KNEADING) + 6, {"code": "97140", "charged": True})
    return Chart(Note("a", text), text, statements, [written], list(services))


MASSAGE = Service("s1", "97124", 0.9, minutes=16, evidence=[Span(0, len(KNEADING))])
CHARGED = Service("s2", "97140", 0.6, minutes=16, evidence=[Span(len(KNEADING) + 1, len(KNEADING) + 1 + len(CHARGE))])


def test_charge_of_a_described_service_is_no_second_service() -> None:
    assert visit.described(chart(MASSAGE, CHARGED)) == [MASSAGE]


def test_charge_alone_is_all_that_is_known() -> None:
    assert visit.described(chart(CHARGED), "97140") == [CHARGED]


def test_highest_probability_counts_what_was_performed() -> None:
    planned = Statement(0, 4, "plan", codes={"97110": 0.9}, status="planned", status_probability=0.8)
    done = Statement(5, 9, "treatment", codes={"97110": 0.5}, status="performed", status_probability=0.9)
    assert round(visit.highest_probability([planned, done], "97110"), 2) == 0.45
    assert visit.highest_probability([], "97110") == 0.0

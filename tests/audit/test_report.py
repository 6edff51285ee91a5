"""The report: the evidence highlighted, the text escaped, one file that calls nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from rehabcoder.audit.highlight import KINDS, Mark, lines_round, pieces
from rehabcoder.audit.report import write_report
from rehabcoder.audit.summary import Tally, sentences
from rehabcoder.audit.survey import Survey
from rehabcoder.cli import main
from rehabcoder.records import ClaimLine, Finding, Note, Result, Service, Span

TEXT = "S: <script>alert('x')</script> feels tight.\nO: kneading to R UT for relaxation x 15 min.\nP: return Tuesday."


def span_of(quote: str) -> Span:
    return Span(TEXT.index(quote), TEXT.index(quote) + len(quote))


def result() -> dict[str, Any]:
    return Result(
        Note("A-1", TEXT, date_of_service="2024-03-05", provider="<b>Roe</b>", payer="medicare", source="x.csv row 2"),
        services=[
            Service("s1", "97124", 0.9, minutes=15, evidence=[span_of("kneading to R UT for relaxation x 15 min")])
        ],
        claim_lines=[ClaimLine("97124", 15, 1, 1, arithmetic="15 of 15 timed minutes: 1 unit")],
        primary_code="97124",
        findings=[
            Finding("comfort-language", "high", "Done for comfort", "State why", "test", [span_of("for relaxation")])
        ],
        claim_check=[{"code": "97124", "billed_units": 2, "supported_units": 1, "verdict": "over"}],
        review={"needed": True, "reasons": [{"id": "times-left-over", "text": "times left over"}]},
    ).to_dict()


def page(path: Path, texts: dict[str, str]) -> str:
    tally = Tally()
    tally.add(result())
    write_report(path, Survey(tally.summary(), [result()]), texts, {})
    return path.read_text(encoding="utf-8")


def test_the_words_of_a_finding_are_highlighted_in_their_line(tmp_path: Path) -> None:
    html = page(tmp_path / "r.html", {"x.csv row 2": TEXT})
    assert '<blockquote>O: kneading to R UT <mark class="high" title="comfort-language">for relaxation</mark>' in html
    assert '<mark class="service" title="97124">kneading to R UT </mark>' in html
    assert '<mark class="high" title="comfort-language, 97124">for relaxation</mark>' in html
    assert "Done for comfort" in html and "State why" in html


def test_a_silent_rule_is_counted_apart(tmp_path: Path) -> None:
    silent = {**result(), "silent_findings": [{"rule": "no-signature", "severity": "high"}]}
    tally = Tally()
    tally.add(silent)
    summary = tally.summary()
    assert "no-signature" not in summary["findings"]
    assert "Silent rules, measured and not shown: no-signature 1 notes" in list(sentences(summary))
    write_report(tmp_path / "r.html", Survey(summary, [silent]), {}, {})
    assert "<td>no-signature</td>" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_note_text_is_escaped_and_nothing_is_loaded(tmp_path: Path) -> None:
    html = page(tmp_path / "r.html", {"x.csv row 2": TEXT})
    assert "<script" not in html and "&lt;script&gt;alert" in html
    assert "<b>Roe" not in html
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", html)


def test_a_report_without_text_still_says_why(tmp_path: Path) -> None:
    html = page(tmp_path / "r.html", {})
    assert "Done for comfort" in html and "kneading" not in html


def test_the_figures(tmp_path: Path) -> None:
    tally = Tally()
    tally.add(result())
    tally.add(Result(Note("A-2", "rest day", payer="medicare")).to_dict())
    figures = tally.summary()
    assert figures["codes"]["97124"] == {"notes": 1, "services": 1, "minutes": 15, "units": 1, "lines_without_units": 0}
    assert figures["claim"]["over"] == 1 and figures["claim"]["billed"] == 2
    assert figures["findings"] == {"comfort-language": {"severity": "high", "notes": 1, "share": 0.5}}
    assert figures["review"] == {"needed": 1, "share": 0.5, "reasons": {"times-left-over": 1}}
    assert figures["payers"]["medicare"]["risk_per_note"] == 5.0
    assert figures["risk"] == {"0": 1, "1-4": 0, "5-9": 0, "10-19": 1, "20+": 0}
    assert next(sentences(figures)) == "2 notes, 1 with a therapy code; 1 need review"


def test_audit_needs_a_run(tmp_path: Path) -> None:
    answer = CliRunner().invoke(main, ["audit", str(tmp_path)])
    assert answer.exit_code == 2
    assert "holds no results.jsonl" in answer.output


def test_a_run_without_notes_has_a_report(tmp_path: Path) -> None:
    (tmp_path / "results.jsonl").write_text("")
    answer = CliRunner().invoke(main, ["audit", str(tmp_path)])
    assert answer.exit_code == 0
    assert (tmp_path / "worklist.csv").read_text().startswith("risk,note_id,")
    assert "Audit of 0 therapy notes" in (tmp_path / "report.html").read_text()


marks = st.builds(
    lambda start, length, kind, label: Mark(start, start + length, kind, label),
    *(st.integers(0, 60), st.integers(0, 30), st.sampled_from(KINDS), st.sampled_from(["a", "b"])),
)


@given(st.text(max_size=80), st.lists(marks, max_size=8))
def test_the_pieces_are_the_text_and_each_knows_its_marks(text: str, marked: list[Mark]) -> None:
    cut = pieces(text, marked)
    assert "".join(piece.text for piece in cut) == text
    place = 0
    for piece in cut:
        for offset in range(place, place + len(piece.text)):
            kinds = {mark.kind for mark in marked if mark.start <= offset < mark.end}
            assert piece.kind == min(kinds, key=KINDS.index, default="")
        place += len(piece.text)


@pytest.mark.parametrize("quote", ["feels tight", "for relaxation", "return Tuesday"])
def test_evidence_is_quoted_with_its_line(quote: str) -> None:
    [(start, end)] = lines_round(TEXT, [span_of(quote)])
    assert quote in TEXT[start:end] and TEXT[start:end] in TEXT.splitlines()


def test_a_long_line_is_cut_round_the_evidence() -> None:
    text = "x" * 5000 + "for relaxation" + "x" * 5000
    [(start, end)] = lines_round(text, [(5000, 5014)])
    assert end - start < 400 and "for relaxation" in text[start:end]

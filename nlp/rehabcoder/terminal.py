"""A result, and figures of an evaluation, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rehabcoder.audit.highlight import Mark, lines_round, pieces
from rehabcoder.records import ClaimLine, Finding, NotPerformed, Result, Service, Span

if TYPE_CHECKING:
    from rehabcoder.evaluation import Figure, Figures, Miss

CODE_STYLES = {
    "97124": "black on cyan",
    "97140": "black on magenta",
    "97110": "black on green",
    "97530": "black on yellow",
}
CONTEXT_STYLE = "black on white"
SEVERITY_STYLES = {"high": "bold red", "medium": "bold yellow", "low": "bold blue"}
_HEADLINES = ("code_set_exact", "code_micro_f1", "minutes_exact", "units_exact", "region_f1", "flags_micro_f1")

#: A note may hold control characters, which would steer the terminal: each is shown as the picture of itself, so that
#: offsets stay. Tabs and line feeds are kept.
_CONTROLS: dict[int, int] = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {13: 0x20, 127: 0x2421}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


def shown(text: str) -> str:
    """The text with control and direction characters made harmless, character for character."""
    return text.translate(_CONTROLS)


def console() -> Console:
    """Where results are written: standard output, taking every text literally."""
    return Console(highlight=False, markup=False, emoji=False)


def print_result(out: Console, result: Result) -> None:
    """The note with its evidence highlighted, then services, what was not performed, findings, claim and review."""
    text = shown(result.note.text)
    known = (result.note.date_of_service, result.note.discipline, result.versions.get("profile"))
    out.rule(shown(" · ".join([result.note.note_id, *(str(word) for word in known if word)])))
    out.print(_highlighted(text, result))
    out.print()
    out.print(_services(result))
    for mention in result.not_performed:
        out.print(_not_performed(text, mention))
    for finding in result.findings:
        _print_finding(out, text, finding)
    for row in result.claim_check:
        if row["verdict"] != "match":
            out.print(f"Claim: {row['code']} {row['verdict'] or 'cannot be judged'}: {_billed(row)}")
        for name, words in _MODIFIERS.items():
            if codes := row.get(name):
                out.print(f"Claim: {row['code']} {words}: {', '.join(codes)}")
    if result.review.get("needed"):
        reasons = "; ".join(reason["text"] for reason in result.review.get("reasons", []))
        out.print(
            f"Review: {reasons or 'a person should look'} (sure: {result.review['confidence']:.0%})", style="bold"
        )
    out.print()


def _style(code: str) -> str:
    return CODE_STYLES.get(code, CONTEXT_STYLE)


def _highlighted(text: str, result: Result) -> Text:
    note = Text(text)
    for service in result.services:
        for start, end in service.evidence:
            note.stylize(_style(service.code), start, end)
    for finding in result.findings:
        for start, end in finding.evidence:
            note.stylize("underline", start, end)
    return note


def _services(result: Result) -> Table | Text:
    if not result.services:
        return Text("No service was documented as performed.", style="bold")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("Code", "Units", "Minutes", "Regions", "Sure", "Why"):
        table.add_column(heading, overflow="fold", ratio=1 if heading == "Why" else None)
    lines = {line.code: line for line in result.claim_lines}
    for code in dict.fromkeys(service.code for service in result.services):
        of_code = [service for service in result.services if service.code == code]
        table.add_row(
            Text(f" {code} ", style=_style(code)) + Text(_modifiers(lines.get(code))),
            _units(lines.get(code)),
            _minutes(of_code),
            ", ".join(dict.fromkeys(region.replace(":", " ") for s in of_code for region in s.regions)) or "-",
            f"{min(service.confidence for service in of_code):.0%}",
            shown(_why(of_code, lines.get(code))),
        )
    return table


def _modifiers(line: ClaimLine | None) -> str:
    return "".join(f" {modifier['code']}" for modifier in line.modifiers) if line else ""


def _units(line: ClaimLine | None) -> str:
    if line is None:
        return "-"
    if line.units is None:
        return "?" if line.units_at_least is None else f"? ({line.units_at_least} or more)"
    return " or ".join(str(units) for units in (line.units, *line.alternatives))


def _minutes(services: list[Service]) -> str:
    return " + ".join("?" if service.minutes is None else str(service.minutes) for service in services)


def _why(services: list[Service], line: ClaimLine | None) -> str:
    reasons = [reason for service in services for reason in service.reasons]
    questions = [service.question for service in services if service.question]
    arithmetic = [line.arithmetic] if line and line.arithmetic else []
    return "\n".join(dict.fromkeys([*reasons, *arithmetic, *questions]))


def _not_performed(text: str, mention: NotPerformed) -> Text:
    words = " … ".join(" ".join(text[start:end].split()) for start, end in mention.evidence)
    return Text.assemble((f"Not performed: {mention.code} {mention.status}", "bold"), f": {words}" if words else "")


def _print_finding(out: Console, text: str, finding: Finding) -> None:
    style = SEVERITY_STYLES[finding.severity]
    out.print()
    out.print(Text.assemble((f"{finding.severity:<6} {finding.rule}", style), f"  {shown(finding.message)}"))
    for line in _lines_round(text, finding.evidence):
        out.print(Text("       ") + line)
    out.print(Text(f"       Fix: {shown(finding.fix)}"))


def _lines_round(text: str, spans: Iterable[Span]) -> list[Text]:
    marks = [Mark(start, end, "high", "") for start, end in spans]
    lines = dict.fromkeys(lines_round(text, [(start, end) for start, end in spans]))
    return [
        Text.assemble(*((p.text, "underline" if p.kind else "") for p in pieces(text, marks, *line))) for line in lines
    ]


#: How the claim's modifiers differ from the note's.
_MODIFIERS = {
    "modifiers_not_supported": "modifier that the note does not support",
    "modifiers_not_billed": "modifier that the note supports, not billed",
}


def _billed(row: Mapping[str, object]) -> str:
    instead = f", the note documents {row['documented_code']}" if row.get("documented_code") else ""
    billed, supported = ("?" if row[side] is None else row[side] for side in ("billed_units", "supported_units"))
    return f"{billed} billed, {supported} supported{instead}"


def print_figures(out: Console, figures: Figures) -> None:
    """Every figure with its interval, then findings a rule, voices, settings and calibration."""
    missing = f", {figures.missing_results} without a result" if figures.missing_results else ""
    out.print(f"{figures.notes} notes{missing}\n")
    for name, figure in figures.scores.items():
        out.print(f"{name:32s} {figure.value:.3f}  [{figure.low:.2f}, {figure.high:.2f}]  (n={figure.n})")
    if figures.log_loss is not None:
        out.print(f"{'confidence_log_loss':32s} {figures.log_loss:.3f}")
    if figures.per_rule:
        table = _plain_table("Finding", "Precision", "Recall", "F1", "n")
        for rule, of_rule in figures.per_rule.items():
            table.add_row(
                rule, *(f"{of_rule[name]:.2f}" for name in ("precision", "recall", "f1")), f"{of_rule['n']:g}"
            )
        out.print("", table)
    for title, groups in (("Voice", figures.by_voice), ("Setting", figures.by_setting)):
        if groups:
            out.print("", _groups(title, groups))
    if figures.reliability:
        table = _plain_table("Confidence", "Services", "Mean", "Right")
        for tenth in figures.reliability:
            band = f"{tenth.low:.1f}-{tenth.low + 0.1:.1f}"
            table.add_row(band, str(tenth.n), f"{tenth.confidence:.2f}", f"{tenth.right:.2f}")
        out.print("", table)


def _groups(title: str, groups: Mapping[str, Mapping[str, Figure]]) -> Table:
    table = _plain_table(title, "Notes", *_HEADLINES)
    for group, scores in groups.items():
        cells = (f"{scores[name].value:.2f}" if scores[name].n else "-" for name in _HEADLINES)
        table.add_row(shown(group), str(scores["code_set_exact"].n), *cells)
    return table


def _plain_table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def print_misses(out: Console, misses: Iterable[Miss]) -> None:
    """Misses in the order given, under a heading a kind."""
    kind = None
    for miss in misses:
        if miss.kind != kind:
            kind = miss.kind
            out.print()
            out.rule(kind, align="left")
        out.print(shown(f"{miss.note_id}  {miss.about}: gold {miss.gold}, got {miss.got}"), style="bold")
        for words in miss.words:
            out.print(shown(f"    {' '.join(words.split())}"))

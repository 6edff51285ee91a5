"""``rehabcoder batch``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rehabcoder.batch.payers import payer_option

#: Options of a run with parts, worklist and report, which a run on Spark has not.
_LOCAL_OPTIONS = ("workers", "claims", "on", "suppressions", "limit", "dry_run")


class Allowance(click.ParamType):
    """A number of records ("20") or a share of all of them ("1%"), as a function of how many there are."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = str(value).strip()
        try:
            number = float(text.removesuffix("%"))
        except ValueError:
            number = -1
        if not 0 <= number < inf:
            self.fail("write a count (20) or a percentage (1%)", param, ctx)
        return (lambda records: records * number / 100) if text.endswith("%") else (lambda records: number)


class Day(click.ParamType):
    """A day, as exports write one."""

    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from rehabcoder.billing.edits import day_of

        return day_of(str(value)) or self.fail("write it like 2024-08-01", param, ctx)


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", type=click.Path(file_okay=False), help="Where outputs go.")
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="Processes here, or a Spark: Parquet in and out.",
)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes.  [default: one a core]")
@click.option("--columns", default="", metavar="FIELD=COLUMN,...", help="Columns whose names are not the usual ones.")
@click.option(
    "--claims", metavar="FILE", type=click.Path(path_type=Path), help="Charge lines that stand beside the notes."
)
@click.option(
    "--on",
    default="visit_id",
    show_default=True,
    metavar="FIELD,...",
    help="What --claims and the notes have in common.",
)
@click.option(
    "--suppressions",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Findings to set aside, each with its reason (CSV or TOML).",
)
@payer_option
@click.option("--max-bad", type=Allowance(), default="100%", show_default=True, help="Records that may be set aside.")
@click.option("--limit", default=50, show_default=True, help="Notes that the report shows, the riskiest first.")
@click.option("--since", type=Day(), default=None, help="Only notes with a date of service on or after this day.")
@click.option("--dry-run", is_flag=True, help="Only say what would be read and what set aside.")
@click.option("--no-text", is_flag=True, help="Leave note text out of the outputs, but for the figures of measures.")
@click.pass_context
def batch(
    context: click.Context,
    inputs: tuple[str, ...],
    out: str,
    engine: str,
    workers: int | None,
    columns: str,
    claims: Path | None,
    on: str,
    suppressions: Path | None,
    payer: str | None,
    max_bad: Any,
    limit: int,
    since: date | None,
    dry_run: bool,
    no_text: bool,
) -> None:
    """Codes and checks every note of the INPUT exports into DIR.

    An export is a table (CSV, TSV, XLSX, JSONL, Parquet), or a folder or zip archive of documents (txt, html, rtf,
    docx, pdf) with an index.csv, if there is one. A table of charge lines, one a row, is joined with --claims.

    The same command goes on after it was stopped. Exit code 0: done; 1: done, but some records were set aside in
    quarantine.csv; 2: nothing could be read; 3: more were set aside than --max-bad allows.

    With --engine spark, INPUT and DIR are Parquet files, folders of them, or addresses of a store that Spark knows.
    """
    import rehabcoder
    from rehabcoder.exports import Columns

    if engine == "spark":
        from rehabcoder.batch.spark import run_on_spark

        _refuse(context, "--engine spark", _LOCAL_OPTIONS)
        facts = run_on_spark(inputs, out, Columns.parse(columns), payer, since)
        check_any_note(facts, f"{out}/quarantine.parquet")
        _say_what_spark_did(facts, out)
        context.exit(_exit_code(facts["counts"], max_bad))
    from rehabcoder.batch.run import Settings, rehearse, run

    paths, directory = [Path(name) for name in inputs], Path(out)
    fields = tuple(field.strip() for field in on.split(","))
    settings = Settings(
        Columns.parse(columns), workers or cores(), not no_text, limit, since, claims, fields, suppressions
    )
    if dry_run:
        facts = rehearse(paths, settings)
        _say_what_would_be_read(facts)
        context.exit(_exit_code(facts["counts"], max_bad))
    outcome = run(rehabcoder.load(payer), paths, directory, settings)
    check_any_note(outcome.facts, directory / "quarantine.csv")
    _say(outcome, directory)
    context.exit(_exit_code(outcome.facts["counts"], max_bad))


def _refuse(context: click.Context, engine: str, options: Iterable[str]) -> None:
    for name in options:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--{name.replace('_', '-')} does not go with {engine}")


def check_any_note(facts: Mapping[str, Any], quarantine: Path | str) -> None:
    """Raises ExportError where every record of a run was set aside."""
    from rehabcoder.exports import ExportError

    if not facts["counts"]["ok"] and not facts["counts"]["skipped"]:
        reasons = _reasons(facts)
        set_aside = f"; set aside: {reasons}, see {quarantine}" if reasons else ""
        raise ExportError("no-text", f"no note could be read{set_aside}")


def _exit_code(counts: Mapping[str, int], max_bad: Callable[[int], float]) -> int:
    if not counts["quarantined"]:
        return 0
    return 3 if counts["quarantined"] > max_bad(counts["in"]) else 1


def _say_what_would_be_read(facts: Mapping[str, Any]) -> None:
    counts = facts["counts"]
    click.echo(f"Would code {counts['ok']} notes and set {counts['quarantined']} records aside")
    for message in facts["first_set_aside"]:
        click.echo(f"  {message}")
    _say_claims_and_omissions(facts)


def _say_what_spark_did(facts: Mapping[str, Any], out: str) -> None:
    counts, across = facts["counts"], facts["across_visits"]
    click.echo(f"Coded {counts['ok']} notes: {out}/results.parquet")
    if across:
        click.echo(f"Across visits: {sum(across.values())} findings, see {out}/episodes.parquet")
    if counts["quarantined"]:
        click.echo(f"Set aside: {counts['quarantined']} records ({_reasons(facts)}), see {out}/quarantine.parquet")
    _say_skipped(counts)


def _say(outcome: Any, out: Path) -> None:
    """The run in words."""
    from rehabcoder.audit.summary import sentences
    from rehabcoder.audit.worklist import reason_and_fix, risk

    for sentence in sentences(outcome.survey.summary):
        click.echo(sentence)
    if outcome.survey.riskiest:
        click.echo("Riskiest notes:")
    for result in outcome.survey.riskiest[:5]:
        click.echo(f"  {risk(result):>3}  {result['note_id']}: {reason_and_fix(result)[0]}")
    across = outcome.facts["across_visits"]
    if told := sum(across["findings"].values()):
        click.echo(f"Across visits: {told} findings on {across['patients']} patients, see {out / 'episodes.csv'}")
    if quarantined := outcome.facts["counts"]["quarantined"]:
        click.echo(f"Set aside: {quarantined} records ({_reasons(outcome.facts)}), see {out / 'quarantine.csv'}")
    _say_claims_and_omissions(outcome.facts)
    click.echo(f"{outcome.facts['seconds']:.1f} s, {outcome.facts['notes_per_second']:.0f} notes a second")
    click.echo(f"Worklist: {out / 'worklist.csv'}")
    click.echo(f"Report:   {out / 'report.html'}")


def _say_claims_and_omissions(facts: Mapping[str, Any]) -> None:
    if claims := facts["claims"]:
        joined = "Claims: {lines} lines of {visits} visits, {visits_without_note} of them without a note here"
        click.echo(joined.format(**claims))
    _say_skipped(facts["counts"])
    if unknown := facts["unknown_payers"]:
        click.echo(f"Payer without a profile: {unknown} notes, read with the generic one")


def _say_skipped(counts: Mapping[str, int]) -> None:
    if counts["skipped"]:
        click.echo(f"Left out by --since: {counts['skipped']} notes")


def _reasons(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{code} {count}" for code, count in facts["quarantine"].items())


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""``rehabcoder quarantine``: what a batch run set aside."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import click

from rehabcoder.exports.problems import CODES


@click.group()
def quarantine() -> None:
    """Records that a batch run set aside. Mended in the export, they are coded when the same batch runs again."""


@quarantine.command(name="list")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--code", type=click.Choice(sorted(CODES)), default=None, help="Only records with this error code.")
def list_(directory: Path, code: str | None) -> None:
    """How many records of a run's DIRECTORY were set aside for which reason, and each with its place."""
    path = directory / "quarantine.csv"
    if not path.is_file():
        raise click.UsageError(f"{directory} holds no quarantine.csv; make it with: rehabcoder batch INPUT --out DIR")
    with path.open(encoding="utf-8", newline="") as file:
        records = [row for row in csv.DictReader(file) if code in (None, row["code"])]
    if not records:
        click.echo("Nothing was set aside.")
    for reason, count in Counter(row["code"] for row in records).most_common():
        click.echo(f"{count} {reason}: {CODES.get(reason, 'not a code of this release')}")
    for row in records:
        click.echo(f"  {row['message']}")

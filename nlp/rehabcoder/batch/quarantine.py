"""``rehabcoder quarantine``: what a batch run set aside, and what becomes of it when it is tried again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rehabcoder.exports.problems import CODES

if TYPE_CHECKING:
    from rehabcoder.batch.retry import Retried

_directory = click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def quarantine() -> None:
    """Records that a batch run set aside."""


@quarantine.command(name="list")
@_directory
@click.option("--code", type=click.Choice(sorted(CODES)), default=None, help="Only records with this error code.")
def list_(directory: Path, code: str | None) -> None:
    """How many records of a run's DIRECTORY were set aside for which reason, and each with its place."""
    from rehabcoder.batch.retry import set_aside

    records = [record for record in set_aside(directory) if code in (None, record.code)]
    if not records:
        click.echo(f"No record with this code: {code}" if code else "Nothing was set aside.")
    for reason, count in Counter(record.code for record in records).most_common():
        click.echo(f"{count} {reason}: {CODES.get(reason, 'not a code of this release')}")
    for record in records:
        click.echo(f"  {record.message}")


@quarantine.command()
@_directory
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes.  [default: one a core]")
@click.pass_context
def retry(context: click.Context, directory: Path, workers: int | None) -> None:
    """Tries the records that were set aside in a run's DIRECTORY again, for instance when the export was mended.

    The outputs are then those of a run in which the mended records had been good at once. Exit code 0: nothing is set
    aside any more; 1: something is; 2: nothing could be read.
    """
    import rehabcoder
    from rehabcoder.batch import retry as again
    from rehabcoder.batch.command import check_any_note, cores

    if not again.set_aside(directory):
        click.echo("Nothing was set aside.")
        return
    outcome, retried, new = again.retry(directory, rehabcoder.load, workers or cores())
    coded = sum(record.coded for record in retried)
    click.echo(f"Coded now: {coded} of {len(retried)} records that were set aside")
    for record in retried:
        click.echo(f"  {record.before.source}: {_fate(record)}")
    for rejected in new:
        click.echo(f"  newly set aside: {rejected.message}")
    check_any_note(outcome.facts, directory / "quarantine.csv")
    context.exit(1 if outcome.facts["counts"]["quarantined"] else 0)


def _fate(record: Retried) -> str:
    """What became of a record, in words."""
    if record.coded:
        return "coded"
    if record.now is None and record.of_charges:
        return "no longer set aside; a charge line, mended or taken out"
    if record.now is None:
        return "no longer set aside; not a note of its own, or not in the export any more"
    if record.now.code == record.before.code:
        return f"still set aside ({record.now.code})"
    return f"set aside as {record.now.code}, before as {record.before.code}"

"""``rehabcoder edits``: what CMS's code-pair edits say of two codes, and a newer quarter of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from rehabcoder.billing import edits as known
from rehabcoder.billing.published import import_file

_INDICATORS = {
    0: "never paid together; no modifier changes that",
    1: "paid together only with a modifier (59, XE, XP, XS, XU), where the note shows separate services",
}


@click.group()
def edits() -> None:
    """Code-pair edits and unit limits: show what applies, import a quarter."""


@edits.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--date", "day", default=None, help="Date of service; today where it is left out.")
@click.option("--setting", type=click.Choice(known.SETTINGS), default=known.SETTINGS[0], show_default=True)
def show(codes: tuple[str, ...], day: str | None, setting: str) -> None:
    """Says what holds for one code (its unit limit) or two (whether they are paid together)."""
    on = known.day_of(day) if day else date.today()
    if on is None:
        raise click.BadParameter("write it like 2024-08-01", param_hint="--date")
    if len(codes) > 2:
        raise click.BadParameter("one code or two", param_hint="CODES")
    if len(codes) == 2:
        click.echo(in_words(codes[0].upper(), codes[1].upper(), on, setting))
    for code in map(str.upper, codes):
        limit = known.unit_limit(code, on, setting)
        if limit is None:
            click.echo(f"{code}: no unit limit is known for {on}")
        else:
            by = "by policy" if limit[0].mai == 2 else "as usual; more needs its reason in the record"
            click.echo(f"{code}: at most {limit[0].units} a day, {by} (MUE, {limit[1]}, {setting})")


def in_words(one: str, other: str, on: date, setting: str) -> str:
    """The answer for two codes as a sentence, with the snapshot that decided."""
    found = known.pair_edit(one, other, on, setting)
    if found.answer == known.NO_DATA:
        return f"{one} with {other} on {on}: no data for this date (neither that an edit applies nor that none does)"
    by = f"NCCI {found.snapshot}, {setting}" + (", as last known: that quarter has ended" if found.stale else "")
    if found.edit is None or found.indicator is None:
        ended = f"; one ended on {found.edit.deleted}" if found.edit and found.edit.deleted else ""
        return f"{one} with {other} on {on}: no edit applies ({by}{ended})"
    pair = f"{found.edit.column2} is not paid beside {found.edit.column1}"
    return f"{one} with {other} on {on}: {pair}; {_INDICATORS[found.indicator]} ({by})"


@edits.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--quarter", required=True, help="The quarter that the file holds from, like 2026Q4.")
@click.option("--setting", type=click.Choice(known.SETTINGS), default=known.SETTINGS[0], show_default=True)
def import_(file: Path, quarter: str, setting: str) -> None:
    """Loads a quarterly file of code-pair edits or unit limits as CMS publishes it (xlsx or txt)."""
    path, count = import_file(file, quarter.upper(), setting)
    click.echo(f"{count:,} lines about codes known here, now in {path}")

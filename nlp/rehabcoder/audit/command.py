"""``rehabcoder audit``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--limit", default=50, show_default=True, help="Notes that the report shows, the riskiest first.")
def audit(directory: Path, limit: int) -> None:
    """Worklist, figures and report of a batch run's DIRECTORY, made again from its results."""
    from rehabcoder.audit.run_directory import audit_run
    from rehabcoder.audit.summary import sentences

    if not (directory / "results.jsonl").exists():
        raise click.UsageError(f"{directory} holds no results.jsonl; make it with: rehabcoder batch INPUT --out DIR")
    summary = audit_run(directory, limit)
    for sentence in sentences(summary):
        click.echo(sentence)
    click.echo(f"Report: {directory / 'report.html'}")
    click.echo(f"Worklist: {directory / 'worklist.csv'}")

"""The command line: ``rehabcoder suggest | batch | audit | evaluate | train | rules | edits | quarantine``.

Exit codes: 0 done; 1 done, but some records were set aside; 2 usage or unreadable input, one line on standard error;
3 more records set aside than allowed; 130 stopped by the user. Standard error never holds words of a note. Everything
heavy is imported by the command that needs it, so that help and ``rules`` answer at once.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rehabcoder.batch.payers import payer_option
from rehabcoder.evaluation import MISS_KINDS

if TYPE_CHECKING:
    from rehabcoder.exports import Rejected
    from rehabcoder.records import Note, Result

Command = TypeVar("Command", bound=Callable[..., Any])


class Unusable(click.ClickException):
    """Nothing could be done: one line on standard error, exit code 2."""

    exit_code = 2


class Stopped(click.ClickException):
    """The user stopped the command."""

    exit_code = 130


class Commands(click.Group):
    """The commands in order of use, some of them kept in the package that they belong to; no error is a traceback."""

    _in_order = ("suggest", "batch", "audit", "evaluate", "train", "rules", "edits", "quarantine")
    _elsewhere = {
        "batch": "rehabcoder.batch.command",
        "audit": "rehabcoder.audit.command",
        "edits": "rehabcoder.billing.command",
        "quarantine": "rehabcoder.batch.quarantine",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._in_order)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._elsewhere:
            return getattr(import_module(self._elsewhere[cmd_name]), cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            raise Stopped("stopped") from None
        except Exception as error:
            raise Unusable(_sentence(error)) from None


def _sentence(error: Exception) -> str:
    """What went wrong, without words of a note: the package's own errors say it, others only where they arose."""
    if type(error).__module__.startswith("rehabcoder."):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"internal error: {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rehabcoder")
def main() -> None:
    """Reads therapy notes: services, codes, minutes and units, and what would get the claim denied.

    It suggests; a person decides.
    """


def format_option(*formats: str) -> Callable[[Command], Command]:
    """``--format``, the first one being the default."""
    return click.option("--format", "form", type=click.Choice(formats), default=formats[0], show_default=True)


# -- suggest ----------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("file", default="-", type=click.Path(allow_dash=True, path_type=Path))
@format_option("text", "json", "jsonl")
@payer_option
@click.pass_context
def suggest(context: click.Context, file: Path, form: str, payer: str | None) -> None:
    """Codes one note, or every note of an export.

    FILE is a plain text with one note (- is standard input), or an export such as NOTES.jsonl; then one result is
    written a note, in the order of the export.
    """
    import rehabcoder

    rejected: list[Rejected] = []

    def set_aside(record: Rejected) -> None:
        rejected.append(record)
        click.echo(f"set aside: {record.message}", err=True)

    one_note = not _is_export(file)
    notes = iter([_note_of(file)]) if one_note else _started(_notes_in(file, set_aside))
    _write(rehabcoder.load(payer).pipe(notes), form, one_note)
    if rejected:
        context.exit(1)


def _is_export(file: Path) -> bool:
    """Whether the name says that the file holds many notes; a .txt may hold a table, but here it is one note."""
    from rehabcoder.exports.formats import formats

    return file.suffix.lower() in {suffix for each in formats() for suffix in each.suffixes} - {".txt"}


def _note_of(file: Path) -> Note:
    """The one note that a text file or standard input holds, characters as they stand there."""
    from rehabcoder.exports.encoding import UNDECODED, decoded, is_binary
    from rehabcoder.records import BadRecord, Note

    if str(file) == "-":
        if sys.stdin.isatty():
            raise click.UsageError("no note: name a FILE, or pipe a note in")
        content = sys.stdin.buffer.read()
    else:
        content = file.read_bytes()
    text = "\0" if is_binary(content) else UNDECODED.sub("\ufffd", decoded(content))
    if "\0" in text:
        raise Unusable(f"{file}: not a text")
    if not text.strip():
        raise Unusable(f"{file}: the note is empty")
    if _starts_with_record(text):
        raise Unusable(f"{file}: JSON records, not the text of one note; name a file that ends in .jsonl")
    try:
        return Note.from_dict({"note_id": file.stem if str(file) != "-" else "note-1", "text": text})
    except BadRecord as error:
        raise Unusable(f"{file}: {error}") from None


def _starts_with_record(text: str) -> bool:
    """Whether the first line, or the whole, is a JSON object: notes that are piped in with their fields."""
    if not text.lstrip().startswith("{"):
        return False
    for record in (text.strip().split("\n", 1)[0], text):
        try:
            return isinstance(json.loads(record), dict)
        except (ValueError, RecursionError):
            continue
    return False


def _notes_in(file: Path, set_aside: Callable[[Rejected], None]) -> Iterator[Note]:
    from rehabcoder.exports import read

    yield from read(file, quarantine=set_aside)


def _started(notes: Iterator[Note]) -> Iterator[Note]:
    """The notes, once the first one was read: what cannot be read is told before a model is loaded."""
    first = next(notes, None)
    if first is None:
        raise Unusable("no note could be read")

    def all_of_them() -> Iterator[Note]:
        yield first
        yield from notes

    return all_of_them()


def _write(results: Iterable[Result], form: str, one_note: bool) -> None:
    if form == "text":
        from rehabcoder import terminal

        out = terminal.console()
        for result in results:
            terminal.print_result(out, result)
    elif form == "jsonl":
        for result in results:
            click.echo(json.dumps(result.to_dict(), ensure_ascii=False))
    else:
        records = [result.to_dict() for result in results]
        click.echo(json.dumps(records[0] if one_note else records, ensure_ascii=False, indent=2))


# -- evaluate ---------------------------------------------------------------------------------------------------------

EVERY_KIND = "all"


@main.command()
@click.argument("gold", type=click.Path(path_type=Path))
@click.option("--results", metavar="FILE", type=click.Path(path_type=Path), help="Score these instead of a fresh run.")
@click.option(
    "--misses",
    is_flag=False,
    flag_value=EVERY_KIND,
    type=click.Choice([EVERY_KIND, *MISS_KINDS]),
    help="Also list the misses (of one kind), with the words of the note.",
)
@format_option("text", "json")
@payer_option
def evaluate(gold: Path, results: Path | None, misses: str | None, form: str, payer: str | None) -> None:
    """Figures against the notes of GOLD.jsonl, whose claims are given to the coder."""
    from rehabcoder import evaluation

    notes = _gold(gold)
    scored = _scored(results) if results else _results_of(notes, payer)
    figures = evaluation.evaluate(notes, scored)
    wanted = [miss for miss in figures.misses if misses in (EVERY_KIND, miss.kind)]
    if form == "json":
        listed = {"misses": [miss._asdict() for miss in wanted]} if misses else {}
        click.echo(json.dumps(figures.to_dict() | listed, ensure_ascii=False, indent=2))
        return
    from rehabcoder import terminal

    out = terminal.console()
    terminal.print_figures(out, figures)
    terminal.print_misses(out, wanted)


def _gold(file: Path) -> list[dict[str, Any]]:
    """The gold notes of a file; a line that lacks what is compared is told by its number."""
    notes = []
    for number, note in _json_lines(file):
        if missing := next(_missing_from_gold(note), None):
            raise Unusable(f"{file.name}, line {number}: the gold note has {missing}")
        notes.append(note)
    if not notes:
        raise Unusable(f"{file.name}: there is no gold note")
    return notes


def _missing_from_gold(note: dict[str, Any]) -> Iterator[str]:
    for name, kind in (("id", str), ("text", str), ("services", list), ("flags", list)):
        if not isinstance(note.get(name), kind):
            yield f"no {name}"
    for name, needed in (("services", ("code", "quote")), ("not_performed", ("code", "quote", "status"))):
        for record in note.get(name) or []:
            for part in needed:
                if not isinstance(record, dict) or not isinstance(record.get(part), str):
                    yield f"no {part} in an entry of {name}"


def _scored(file: Path) -> list[dict[str, Any]]:
    results = []
    for number, result in _json_lines(file):
        if "note_id" not in result:
            raise Unusable(f"{file.name}, line {number}: the result has no note_id")
        results.append(result)
    return results


def _json_lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with the numbers of their lines."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise Unusable(f"{file.name}, line {number}: not one JSON object")
            yield number, record


def _results_of(notes: list[dict[str, Any]], payer: str | None) -> list[dict[str, Any]]:
    import rehabcoder

    return [result.to_dict() for result in rehabcoder.load(payer).pipe(notes)]


# -- train, rules -----------------------------------------------------------------------------------------------------


@main.command()
@click.option("--data", default="training_data", show_default=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", default="models", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def train(data: Path, out: Path) -> None:
    """Trains the model anew from gold notes (DATA/notes/*.jsonl) and writes it to OUT."""
    from rehabcoder.coding.train import train as train_model

    click.echo(json.dumps(train_model(data, out), indent=2))


@main.command()
@click.argument("rule_id", required=False, metavar="[ID]")
def rules(rule_id: str | None) -> None:
    """Lists what is checked; with an ID, the whole rule: why, its source, and its cases."""
    from rehabcoder.rules import across, registry

    every = {rule.id: rule for rule in registry.rules()}
    of_episodes = {rule.id: rule for rule in across.rules()}
    if rule_id is None:
        width = max(map(len, {**every, **of_episodes}))
        for rule in every.values():
            click.echo(f"{rule.id:<{width}}  {rule.severity:<6}  {rule.message}")
        click.echo("\nAcross the visits of a patient (batch, episodes.csv):")
        for rule_across in of_episodes.values():
            click.echo(f"{rule_across.id:<{width}}  {rule_across.severity:<6}  {rule_across.message}")
        return
    if rule_id in of_episodes:
        rule_across = of_episodes[rule_id]
        click.echo(f"{rule_id} ({rule_across.severity})\n\n{rule_across.explanation}\n")
        click.echo(f"Fix:    {rule_across.fix}\nSource: {rule_across.source}")
        return
    if rule_id not in every:
        raise click.UsageError(f"there is no rule {rule_id}; `rehabcoder rules` lists them")
    rule = every[rule_id]
    click.echo(f"{rule.id} ({rule.severity})\n\n{rule.explanation}\n")
    click.echo(f"Says:   {rule.message}\nFix:    {rule.fix}\nSource: {rule.source}\n")
    for line in registry.measured(rule_id) or ["Not measured: the gold notes say nothing of it."]:
        click.echo(line)
    click.echo()
    click.echo(registry.case_file(rule_id).strip())

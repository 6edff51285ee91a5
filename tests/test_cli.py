"""The command line: what it prints, its exit codes, and that no error shows a traceback or words of a note."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import rehabcoder
from rehabcoder import terminal
from rehabcoder.cli import main
from rehabcoder.records import ClaimLine, Finding, Note, NotPerformed, Result, Service, Span

TEXT = "S: stiff neck.\r\nTx: kneading R UT 15 min, for relaxation.\r\nP: mobs next visit."
SECRET = "Zebulon"


class FakeCoder:
    """Reads kneading as fifteen minutes of massage; fails on a note about Zebulon."""

    def __init__(self, payer=None):
        self.payer = payer

    def pipe(self, notes):
        for note in notes:
            note = note if isinstance(note, Note) else Note.from_dict(note)
            if SECRET in note.text:
                raise RuntimeError(note.text)
            yield self.result(note)

    def result(self, note):
        if "kneading" not in note.text:
            return Result(note, versions={"profile": self.payer})
        start = note.text.index("kneading")
        mobs = note.text.find("mobs next visit")
        claim = {"code": "97140", "billed_units": 2, "supported_units": 0, "verdict": "wrong-code"}
        words = Span(start, start + len("kneading R UT 15 min"))
        fix = "Say which impairment the massage treats."
        return Result(
            note,
            services=[
                Service("s1", "97124", 0.97, minutes=15, regions=["neck:right"], evidence=[words], reasons=["kneading"])
            ],
            not_performed=[NotPerformed("97140", "planned", [Span(mobs, mobs + 15)])] if mobs > 0 else [],
            claim_lines=[ClaimLine("97124", 15, 1, 1, arithmetic="15 of 15 timed minutes: 1 unit", services=["s1"])],
            primary_code="97124",
            findings=[Finding("comfort-language", "high", "Comfort is the purpose.", fix, "guide", evidence=[words])],
            claim_check=[claim | {"documented_code": "97124"}] if note.billed else [],
            review={"needed": True, "confidence": 0.5, "reasons": [{"id": "x", "text": "times left over"}]},
            versions={"profile": self.payer},
        )


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(rehabcoder, "load", FakeCoder)
    monkeypatch.chdir(tmp_path)

    def invoke(*args, input=None):
        result = CliRunner().invoke(main, args, input=input)
        assert "Traceback" not in result.output
        assert SECRET not in result.stderr
        return result

    return invoke


def lines(*records):
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


class TestSuggest:
    def test_text_tells_code_units_minutes_why_finding_and_fix(self, run):
        out = run("suggest", "-", input=TEXT).stdout
        for told in ("97124", "neck right", "15 of 15 timed minutes: 1 unit", "97140 planned: mobs next visit"):
            assert told in out
        for told in ("comfort-language", "Comfort is the purpose.", "Fix: Say which impairment", "times left over"):
            assert told in out

    def test_json_is_the_result_record_of_the_text_as_it_stands(self, run):
        Path("n.txt").write_bytes(TEXT.encode())
        record = json.loads(run("suggest", "n.txt", "--format", "json").stdout)
        assert (record["schema_version"], record["note_id"]) == (1, "n")
        [span] = record["services"][0]["evidence"]
        assert TEXT[span["start"] : span["end"]] == "kneading R UT 15 min", "line ends are as in the file"

    def test_an_export_gives_one_result_a_line_in_its_order(self, run):
        Path("n.jsonl").write_text(lines(*({"id": name, "text": TEXT} for name in "cab")))
        out = run("suggest", "n.jsonl", "--format", "jsonl", "--payer", "medicare").stdout
        records = [json.loads(line) for line in out.splitlines()]
        assert [record["note_id"] for record in records] == ["c", "a", "b"]
        assert records[0]["versions"]["profile"] == "medicare"

    def test_bad_lines_are_set_aside_and_the_good_ones_done(self, run):
        Path("n.jsonl").write_text(lines({"id": "a", "text": TEXT}, f"{{broken {SECRET}", {"id": "b", "text": TEXT}))
        result = run("suggest", "n.jsonl", "--format", "jsonl")
        assert result.exit_code == 1
        assert len(result.stdout.splitlines()) == 2
        assert "line 2" in result.stderr

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("gone.txt", None, "No such file"),
            ("gone.jsonl", None, "no such file"),
            ("empty.txt", b"", "the note is empty"),
            ("blank.txt", b" \n ", "the note is empty"),
            ("empty.jsonl", b"", "the file is empty"),
            ("nul.txt", b"massage\0", "not a text"),
            ("photo.txt", bytes(range(256)) * 20, "not a text"),
            ("bad.jsonl", b"{\n{\n", "no note could be read"),
            ("secret.txt", SECRET.encode(), "internal error: RuntimeError in test_cli.py"),
        ],
    )
    def test_what_cannot_be_read_is_one_clear_sentence(self, run, name, content, said):
        if content is not None:
            Path(name).write_bytes(content)
        result = run("suggest", name)
        assert result.exit_code == 2
        assert said in result.stderr.splitlines()[-1]
        assert result.stdout == ""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_a_note_in_any_usual_encoding(self, run, encoding):
        Path("n.txt").write_bytes("kneading à côté".encode(encoding))
        assert "à côté" in run("suggest", "n.txt").stdout

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_standard_input_is_read_as_a_file_is(self, run, encoding):
        assert "à côté" in run("suggest", input="kneading à côté".encode(encoding)).stdout

    def test_records_that_are_piped_in_are_no_note(self, run):
        for content in (lines({"text": TEXT}, {"text": TEXT}), json.dumps({"text": TEXT}, indent=1)):
            result = run("suggest", input=content)
            assert (result.exit_code, result.stdout) == (2, "")
            assert "JSON records, not the text of one note" in result.stderr
        assert run("suggest", input="{kneading}").exit_code == 0

    def test_one_note_is_held_to_the_length_of_a_note(self, run):
        for arguments in (["n.txt"], []):
            Path("n.txt").write_text("kneading " * 30_000)
            result = run("suggest", *arguments, input="kneading " * 30_000)
            assert result.exit_code == 2
            assert "270,000 characters" in result.stderr and len(result.stderr.splitlines()) == 1

    def test_a_payer_without_a_profile(self, run):
        result = run("suggest", "--payer", "medicrae", input=TEXT)
        assert result.exit_code == 2
        assert "no profile for medicrae; known are " in result.stderr and "medicare" in result.stderr

    def test_stopping_is_no_traceback(self, run, monkeypatch):
        def interrupted(payer):
            raise KeyboardInterrupt

        monkeypatch.setattr(rehabcoder, "load", interrupted)
        result = run("suggest", "-", input=TEXT)
        assert (result.exit_code, result.stderr) == (130, "Error: stopped\n")


class TestTerminal:
    def printed(self, text, **options):
        out = io.StringIO()
        terminal.print_result(Console(file=out, width=100, **options), FakeCoder().result(Note("n1", text)))
        return out.getvalue()

    def test_evidence_is_highlighted_in_the_colour_of_its_code(self):
        assert "\x1b[4;30;46mkneading R UT 15 min\x1b[0m" in self.printed(
            TEXT, force_terminal=True, color_system="standard"
        )

    def test_a_note_cannot_steer_the_terminal(self):
        out = self.printed("kneading R UT 15 min \x1b]0;owned\x07 \u202egassam [red]x[/red] :skull:")
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
        assert "[red]x[/red] :skull:" in out

    def test_a_claim_that_differs_is_told(self):
        note = Note.from_dict({"text": TEXT, "billed": "97140x2"})
        out = io.StringIO()
        terminal.print_result(Console(file=out, width=100), FakeCoder().result(note))
        assert "97140 wrong-code: 2 billed, 0 supported, the note documents 97124" in out.getvalue()


class TestEvaluate:
    GOLD = {
        "id": "g1",
        "text": TEXT,
        "voice": "clinic",
        "services": [
            {"code": "97124", "minutes": 20, "regions": ["neck:right"], "techniques": [], "intents": [], "quote": "UT"}
        ],
        "not_performed": [],
        "units": {"97124": 1},
        "flags": ["comfort-language", "no-response"],
        "billed": [{"code": "97140", "units": 2}],
    }

    def test_figures_and_misses_with_words(self, run):
        Path("gold.jsonl").write_text(lines(self.GOLD))
        out = run("evaluate", "gold.jsonl", "--misses").stdout
        assert "code_set_exact                   1.000" in out
        assert "g1  97124: gold 20, got 15" in out
        assert "no-response: gold raised, got not raised" in out
        assert "clinic" in out

    def test_one_kind_of_miss_as_json(self, run):
        Path("gold.jsonl").write_text(lines(self.GOLD))
        told = json.loads(run("evaluate", "gold.jsonl", "--misses", "minutes", "--format", "json").stdout)
        assert told["scores"]["minutes_exact"] == {
            "value": 0,
            "n": 1,
            "low": 0,
            "high": pytest.approx(0.793, abs=0.001),
        }
        assert [(miss["kind"], miss["gold"], miss["got"]) for miss in told["misses"]] == [("minutes", "20", "15")]

    def test_results_of_an_earlier_run_are_scored_without_a_coder(self, run, monkeypatch):
        Path("gold.jsonl").write_text(lines(self.GOLD))
        Path("results.jsonl").write_text(lines(FakeCoder().result(Note("g1", TEXT)).to_dict()))
        monkeypatch.delattr(rehabcoder, "load")
        assert run("evaluate", "gold.jsonl", "--results", "results.jsonl").exit_code == 0

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "no gold note"),
            ("[1]\n", "line 1: not one JSON object"),
            ('{"id": "a", "text": "b"}\n', "line 1: the gold note has no services"),
            (
                '\n{"id": "a", "text": "b", "services": null, "flags": []}\n',
                "gold.jsonl, line 2: the gold note has no serv",
            ),
            (
                '{"id": "a", "text": "b", "services": [{"quote": "b"}], "flags": []}\n',
                "gold.jsonl, line 1: the gold note has no code in an entry of services",
            ),
        ],
    )
    def test_gold_that_is_none(self, run, content, said):
        Path("gold.jsonl").write_text(content)
        result = run("evaluate", "gold.jsonl")
        assert result.exit_code == 2
        assert said in result.stderr


class TestRules:
    @pytest.fixture(autouse=True)
    def registry(self, monkeypatch):
        from rehabcoder.rules import registry

        rule = registry.Rule(
            "no-response", "low", "No response is told.", "Say what changed.", "guide", list, "Why so."
        )
        monkeypatch.setattr(registry, "rules", lambda: (rule,))
        monkeypatch.setattr(registry, "case_file", lambda rule_id: f"# cases of {rule_id}")

    def test_list_has_a_line_a_rule(self, run):
        out = run("rules").stdout.splitlines()
        assert [line.split() for line in out[:2]] == [["no-response", "low", "No", "response", "is", "told."], []]
        assert out[2].startswith("Across the visits of a patient")
        assert "cloned-note" in out[3]

    def test_a_rule_across_visits_is_a_page_too(self, run):
        assert "Why: identical daily notes" in run("rules", "cloned-note").stdout

    def test_one_rule_in_full(self, run):
        out = run("rules", "no-response").stdout
        assert all(told in out for told in ("Why so.", "Say what changed.", "guide", "# cases of no-response"))

    def test_an_unknown_rule(self, run):
        result = run("rules", "no-respnse")
        assert result.exit_code == 2
        assert "there is no rule no-respnse" in result.stderr


def test_every_command_has_help_in_order_of_use(run):
    out = run("--help").stdout
    commands = [line.split()[0] for line in out.partition("Commands:")[2].splitlines() if line.strip()]
    assert commands == ["suggest", "batch", "audit", "evaluate", "train", "rules", "edits", "quarantine"]
    for command in commands:
        assert run(command, "--help").exit_code == 0


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from rehabcoder.cli import main;"
        "CliRunner().invoke(main, ['--help']); print(*sys.modules)"
    )
    environment = {"PYTHONPATH": str(Path(rehabcoder.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    loaded = set(done.stdout.split())
    assert "rehabcoder.batch.command" in loaded
    assert not loaded & {"spacy", "sklearn", "pandas", "numpy", "scipy", "pyarrow", "matplotlib", "rich"}

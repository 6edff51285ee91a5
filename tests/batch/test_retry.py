"""``rehabcoder quarantine retry``: what becomes of records that were set aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import rehabcoder
from rehabcoder.batch import run as batch_run
from rehabcoder.cli import main

#: The files that a run leaves, but for those that tell of the run itself.
OF_THE_RUN = {"run.json", "log.jsonl", "log.salt"}
NOTES = [f'{{"id": "N{n}", "patient_id": "P{n % 3}", "visit_id": "V{n}", "text": "massage {n}"}}\n' for n in range(40)]
EMPTY = NOTES[20].replace("massage 20", "")
BREAKING = NOTES[30].replace("massage 30", "massage 30, break the coder")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stand_in: Any) -> None:
    monkeypatch.setattr(batch_run, "CHUNK", 7)
    monkeypatch.setattr(rehabcoder, "load", stand_in)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def mended_coder(stand_in: Any) -> type:
    """A coder that does not fail on the note it failed on, without saying that it is another one."""

    class Mended(stand_in):  # type: ignore[misc]
        def pipe(self, notes: Any) -> Any:
            for note in notes:
                if "break the coder" in note.text:
                    yield from super().pipe([type(note)(note.note_id, "massage", source=note.source)])
                else:
                    yield from super().pipe([note])

    return Mended


def export(*changes: tuple[int, str]) -> None:
    lines = list(NOTES)
    for place, line in changes:
        lines[place] = line
    Path("export.jsonl").write_text("".join(lines))


def batch(out: str, *options: str) -> int:
    return CliRunner().invoke(main, ["batch", "export.jsonl", "--out", out, "--workers", "1", *options]).exit_code


def retry(out: str = "out") -> tuple[int, list[str]]:
    result = CliRunner().invoke(main, ["quarantine", "retry", out, "--workers", "1"])
    return result.exit_code, result.output.splitlines()


def files(out: str) -> dict[str, bytes]:
    paths = [path for path in Path(out).rglob("*") if path.is_file() and path.name not in OF_THE_RUN]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def test_a_mended_record_is_coded_as_if_it_had_been_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export((20, EMPTY), (25, "{\n"))
    assert batch("out") == 1
    export()
    monkeypatch.chdir("/")
    said = retry(str(tmp_path / "out"))
    assert said == (
        0,
        [
            "Coded now: 2 of 2 records that were set aside",
            "  export.jsonl line 21: coded",
            "  export.jsonl line 26: coded",
        ],
    )
    monkeypatch.chdir(tmp_path)
    batch("fresh")
    assert files("out") == files("fresh")


def test_what_is_not_mended_stays_and_other_faults_are_told() -> None:
    export((20, EMPTY), (25, "{\n"), (31, EMPTY))
    batch("out")
    export((20, EMPTY), (25, EMPTY), (31, "\n"), (35, "{\n"))
    code, said = retry()
    assert code == 1
    assert said == [
        "Coded now: 0 of 3 records that were set aside",
        "  export.jsonl line 21: still set aside (no-text)",
        "  export.jsonl line 26: set aside as no-text, before as bad-json",
        "  export.jsonl line 32: no longer set aside; not a note of its own, or not in the export any more",
        "  newly set aside: export.jsonl line 36: not JSON from column 1 on",
    ]


def test_a_note_that_moved_into_the_place_of_another_is_not_that_one() -> None:
    export((20, EMPTY), (31, EMPTY), (32, NOTES[32].replace("massage 32", "")))
    batch("out")
    export((20, ""), (31, ""), (32, NOTES[32].replace("massage 32", "")))
    gone = "no longer set aside; not a note of its own, or not in the export any more"
    assert retry()[1] == [
        "Coded now: 0 of 3 records that were set aside",
        f"  export.jsonl line 21: {gone}",
        f"  export.jsonl line 32: {gone}",
        f"  export.jsonl line 33: {gone}",
        "  newly set aside: export.jsonl line 31, field text: missing or empty",
    ]


def test_a_note_that_the_coder_failed_on_is_given_to_it_again(
    monkeypatch: pytest.MonkeyPatch, mended_coder: Any, stand_in: Any
) -> None:
    export((30, BREAKING))
    batch("out")
    assert retry() == (
        1,
        [
            "Coded now: 0 of 1 records that were set aside",
            "  export.jsonl line 31: still set aside (coder-error)",
        ],
    )
    monkeypatch.setattr(rehabcoder, "load", mended_coder)
    assert batch("out") == 1  # the same run does no work again
    assert retry()[1][1] == "  export.jsonl line 31: coded"
    batch("fresh")
    assert files("out") == files("fresh")


def test_the_command_of_the_run_is_kept() -> None:
    Path("charges.csv").write_text("visit,cpt,units\nV1,97124,3\nV2,97124,two\n")
    lines = [(n, NOTES[n].replace('"text"', f'"dos": "2024-03-{n + 1:02}", "text"')) for n in range(10)]
    export(*lines, (20, EMPTY))
    options = ["--claims", "charges.csv", "--since", "2024-03-05", "--no-text", "--limit", "3", "--payer", "medicare"]
    assert batch("out", *options) == 1
    Path("charges.csv").write_text("visit,cpt,units\nV1,97124,3\nV2,97124,2\n")
    export(*lines)
    assert retry()[1] == [
        "Coded now: 1 of 2 records that were set aside",
        "  charges.csv row 3: no longer set aside; a charge line, mended or taken out",
        "  export.jsonl line 21: coded",
    ]
    batch("fresh", *options)
    assert files("out") == files("fresh")


def test_where_there_is_nothing_to_try() -> None:
    export()
    batch("out")
    assert retry() == (0, ["Nothing was set aside."])
    Path("empty").mkdir()
    assert retry("empty")[0] == 2


def test_a_run_that_cannot_be_done_again_is_left_as_it_was() -> None:
    export((20, EMPTY))
    batch("out")
    before = files("out")
    Path("export.jsonl").unlink()
    assert retry() == (2, ["Error: export.jsonl: there is no such file"])
    assert files("out") == before
    Path("out/run.json").write_text("{}")
    code, [said] = retry()
    assert code == 2 and said.endswith("run.json does not say what was run; run the same batch again")


@pytest.mark.parametrize("part", ["folder", "inputs", "since", "on"])
def test_a_command_that_is_not_whole(part: str) -> None:
    export((20, EMPTY))
    batch("out")
    facts = json.loads(Path("out/run.json").read_text())
    for wrong in ({}, {part: 5}):
        command = {name: value for name, value in facts["command"].items() if name != part}
        Path("out/run.json").write_text(json.dumps(facts | {"command": command | wrong}))
        code, [said] = retry()
        assert code == 2 and said.endswith("run.json does not say what was run; run the same batch again")


@pytest.mark.parametrize("content", ["", "source,note_id\na,b\n", "source,note_id,stage,code,message\na,b\n"])
def test_a_quarantine_that_is_not_whole(content: str) -> None:
    export((20, EMPTY))
    batch("out")
    Path("out/quarantine.csv").write_text(content)
    assert retry() == (
        2,
        ["Error: quarantine.csv: not the whole table of what was set aside; run the batch again"],
    )


def test_nothing_can_be_read_any_more() -> None:
    export((20, EMPTY))
    batch("out")
    Path("export.jsonl").write_text(EMPTY * 2)
    code, said = retry()
    assert code == 2
    assert said[-1] == "Error: no note could be read; set aside: no-text 2, see out/quarantine.csv"


def test_suppressions_of_the_run_go_on_holding() -> None:
    Path("set-aside.csv").write_text("note_id,rule,reason,who,date\nN1,no-response,seen on paper,A. Ito,2026-11-27\n")
    export((20, EMPTY))
    batch("out", "--suppressions", "set-aside.csv")
    export()
    retry()
    batch("fresh", "--suppressions", "set-aside.csv")
    assert files("out")["suppressions.csv"] == Path("set-aside.csv").read_bytes()
    assert files("out") == files("fresh")

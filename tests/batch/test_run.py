"""A batch run: what it leaves behind, whatever the number of workers and however it was interrupted."""

from __future__ import annotations

import csv
import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from rehabcoder.batch import run as batch_run
from rehabcoder.batch.run import Settings, run
from rehabcoder.exports import ExportError

OUTPUTS = ("results.jsonl", "results.parquet", "claim_lines.csv", "claim_check.csv", "findings.csv", "worklist.csv") + (
    "quarantine.csv",
    "notes.jsonl",
)
BROKEN = "break the coder"
SECRET = "Canary Wharfinger"
#: Parts that the export below comes to.
PARTS = 24


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_run, "CHUNK", 7)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """100 visits: every third with massage billed double, one that the coder fails on, one without text."""
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["note_id", "patient_id", "date_of_service", "provider", "payer", "billed", "text"])
        for n in range(100):
            text = f"Visit {n}: massage to R UT x 15 min" if n % 3 == 0 else f"Visit {n}: bridges 3x10"
            text = {50: f"{BROKEN} {SECRET}", 60: ""}.get(n, text)
            day = f"2024-03-{1 + n % 28:02}"
            table.writerow([f"N{n}", f"=P{n % 9}", day, f"PT-{n % 4}", "medicare", "97124x2-GP", text])
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (*OUTPUTS, "report.html")}


def written(folder: Path) -> list[str]:
    """What every file of a run directory says, the dataset as its rows."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    datasets = [path for path in files if path.suffix == ".parquet"]
    return [str(parquet.read_table(path).to_pylist()) for path in datasets] + [
        path.read_text() for path in files if path not in datasets
    ]


def test_results_are_in_the_order_of_the_export(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert [result["note_id"] for result in results] == [f"N{n}" for n in range(100) if n not in (50, 60)]
    assert results[0]["source"] == "export.csv row 2"


def test_a_note_that_the_coder_fails_on_is_set_aside_alone(stand_in: Any, export: Path, tmp_path: Path) -> None:
    facts = run(stand_in(), [export], tmp_path / "out").facts
    assert facts["counts"] == {"in": 100, "ok": 98, "quarantined": 2, "skipped": 0}
    assert facts["quarantine"] == {"coder-error": 1, "no-text": 1}
    failed, empty = rows(tmp_path / "out" / "quarantine.csv")
    assert (failed["note_id"], failed["stage"], failed["code"]) == ("N50", "coding", "coder-error")
    assert failed["message"] == "export.csv row 52: RuntimeError while coding"
    assert (empty["note_id"], empty["stage"], empty["code"]) == ("N60", "reading", "no-text")


@pytest.mark.parametrize("workers", [2, 3])
def test_outputs_do_not_depend_on_the_number_of_workers(
    stand_in: Any, export: Path, tmp_path: Path, workers: int
) -> None:
    run(stand_in(), [export], tmp_path / "one")
    run(stand_in(), [export], tmp_path / "many", Settings(workers=workers))
    assert outputs(tmp_path / "one") == outputs(tmp_path / "many")


def test_an_unchanged_export_does_no_work_again(stand_in: Any, export: Path, tmp_path: Path) -> None:
    first = run(stand_in(), [export], tmp_path / "out").facts["parts"]
    before = outputs(tmp_path / "out")
    again = run(stand_in(), [export], tmp_path / "out").facts["parts"]
    assert (first["coded"], first["reused"]) == (again["reused"], again["coded"]) == (PARTS, 0)
    assert outputs(tmp_path / "out") == before


def test_a_changed_export_does_only_what_changed(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    mended = export.read_text().replace(",97124x2-GP,\n", ",97124x2-GP,massage x 15 min\n")
    export.write_text(mended)  # a note more, in the middle
    facts = run(stand_in(), [export], tmp_path / "out").facts
    assert facts["counts"]["ok"] == 99
    assert facts["parts"]["coded"] <= 3
    run(stand_in(), [export], tmp_path / "fresh")
    assert outputs(tmp_path / "out") == outputs(tmp_path / "fresh")


def test_a_full_disk_costs_nothing_but_time(
    stand_in: Any, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(stand_in(), [export], tmp_path / "undisturbed")
    written = []

    def until_full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 7:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as full, pytest.raises(OSError, match="No space left"):
        full.setattr("os.fsync", until_full)
        run(stand_in(), [export], tmp_path / "out")
    assert run(stand_in(), [export], tmp_path / "out").facts["parts"] == {"coded": PARTS - 7, "reused": 7}
    assert outputs(tmp_path / "out") == outputs(tmp_path / "undisturbed")


def test_a_run_that_was_killed_goes_on_where_it_stood(
    stand_in: Any, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(stand_in(), [export], tmp_path / "undisturbed")

    class Killed(stand_in):
        seen = 0

        def pipe(self, notes: Any) -> Any:
            self.seen += 1
            if self.seen > 5:
                raise KeyboardInterrupt
            return super().pipe(notes)

    with pytest.raises(KeyboardInterrupt):
        run(Killed(), [export], tmp_path / "out")
    assert not (tmp_path / "out" / "results.jsonl").exists()
    resumed = run(stand_in(), [export], tmp_path / "out").facts["parts"]
    assert resumed == {"coded": PARTS - 5, "reused": 5}
    assert outputs(tmp_path / "out") == outputs(tmp_path / "undisturbed")


def test_a_run_killed_outright_goes_on_too(stand_in: Any, export: Path, tmp_path: Path) -> None:
    class Slow(stand_in):  # type: ignore[misc]
        def pipe(self, notes: Any) -> Any:
            time.sleep(0.05)
            return super().pipe(notes)

    run(stand_in(), [export], tmp_path / "undisturbed")
    fork = multiprocessing.get_context("fork")
    for moment in (0.05, 0.2):
        process = fork.Process(target=run, args=(Slow(), [export], tmp_path / "out", Settings(workers=2)))
        process.start()
        process.join(moment)
        process.kill()
        process.join()
    run(stand_in(), [export], tmp_path / "out")
    assert outputs(tmp_path / "out") == outputs(tmp_path / "undisturbed")
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_parts_of_another_version_or_payer_are_not_used(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    newer = stand_in()
    newer.versions = {**stand_in.versions, "model": "newer"}
    assert run(newer, [export], tmp_path / "out").facts["parts"]["reused"] == 0
    assert run(stand_in("medicare"), [export], tmp_path / "out").facts["parts"]["reused"] == 0
    assert len(list((tmp_path / "out" / "parts").iterdir())) == PARTS


def test_parts_made_by_other_files_are_not_used(
    stand_in: Any, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, model = tmp_path / "package", tmp_path / "models"
    for path in (package / "billing" / "units.py", package / "__pycache__" / "units.pyc", model / "rehabcoder.joblib"):
        path.parent.mkdir(parents=True)
        path.write_text("before")
    monkeypatch.setattr(batch_run.rehabcoder, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(batch_run, "model_folder", lambda: model)

    def reused() -> int:
        return run(stand_in(), [export], tmp_path / "out").facts["parts"]["reused"]

    assert (reused(), reused()) == (0, PARTS)
    (package / "__pycache__" / "units.pyc").write_text("after")
    assert reused() == PARTS
    (package / "billing" / "units.py").write_text("after")
    assert (reused(), reused()) == (0, PARTS)
    (model / "rehabcoder.joblib").write_text("after")
    assert (reused(), reused()) == (0, PARTS)
    monkeypatch.setenv("REHABCODER_DATA", str(tmp_path / "own"))
    (tmp_path / "own" / "profiles").mkdir(parents=True)
    (tmp_path / "own" / "profiles" / "lakeside.toml").write_text("before")
    assert reused() == 0


def test_notes_of_payers_without_a_profile_are_counted(stand_in: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text,payer\nmassage,Medicare Part B\nmassage,medicrae\nmassage,\nmassage,generic\nmassage,Acme\n")
    assert run(stand_in(), [path], tmp_path / "out").facts["unknown_payers"] == 2
    assert "medicrae" not in (tmp_path / "out" / "run.json").read_text()


def test_text_can_be_left_out(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    assert "massage to R UT" in (tmp_path / "out" / "notes.jsonl").read_text()
    run(stand_in(), [export], tmp_path / "out", Settings(keep_text=False))
    assert not any("to R UT" in text for text in written(tmp_path / "out"))


def test_findings_quote_the_words(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    finding = rows(tmp_path / "out" / "findings.csv")[0]
    assert (finding["words"], finding["start"], finding["end"]) == ("massage", "9", "16")
    run(stand_in(), [export], tmp_path / "out", Settings(keep_text=False))
    finding = rows(tmp_path / "out" / "findings.csv")[0]
    assert (finding["words"], finding["start"], finding["end"]) == ("", "9", "16")


def test_the_claim_check_is_a_table(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    checked = rows(tmp_path / "out" / "claim_check.csv")
    assert len(checked) == 33
    wanted = {"note_id": "N0", "code": "97124", "billed_units": "2", "supported_units": "1", "verdict": "over"}
    assert wanted.items() <= checked[0].items()
    assert checked[0]["documented_code"] == ""


def test_text_of_a_note_that_failed_is_written_nowhere(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out", Settings(workers=2))
    assert not any(SECRET in text for text in written(tmp_path / "out"))


def test_cells_are_no_formulas(stand_in: Any, export: Path, tmp_path: Path) -> None:
    run(stand_in(), [export], tmp_path / "out")
    assert {row["patient_id"] for row in rows(tmp_path / "out" / "findings.csv")} == {"'=P0", "'=P3", "'=P6"}


def test_one_unreadable_input_does_not_stop_the_others(stand_in: Any, export: Path, tmp_path: Path) -> None:
    facts = run(stand_in(), [tmp_path / "missing.csv", export], tmp_path / "out").facts
    assert facts["quarantine"]["missing-file"] == 1
    assert facts["counts"]["ok"] == 98
    assert facts["inputs"][0] == {"name": "missing.csv", "bytes": None, "sha256": None}


def test_nothing_can_be_read(stand_in: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no such file"):
        run(stand_in(), [tmp_path / "missing.csv"], tmp_path / "out")
    assert not (tmp_path / "out" / "results.jsonl").exists()


@pytest.mark.parametrize("names", [("may/export.csv", "june/export.csv"), ("export.csv", "export.tsv")])
def test_inputs_of_one_name_are_told_apart(stand_in: Any, tmp_path: Path, names: tuple[str, str]) -> None:
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("text\nmassage\n")
    run(stand_in(), paths, tmp_path / "out")
    results = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert len({result["source"] for result in results}) == 2
    assert len({result["note_id"] for result in results}) == 2

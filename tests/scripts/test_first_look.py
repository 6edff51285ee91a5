"""First looks: once a set, and only what is committed."""

import subprocess

import pytest

import first_look


@pytest.fixture
def checkout(tmp_path):
    """A repository with one committed set."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / first_look.SETS).mkdir(parents=True)
    (tmp_path / first_look.SETS / "fresh.jsonl").write_text("{}\n", encoding="utf-8")
    commit(tmp_path)
    return tmp_path


def git(root, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *arguments], cwd=root, check=True)


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "a state")


def test_a_committed_set_in_a_clean_tree_may_be_scored(checkout):
    assert first_look.refusal(checkout, "fresh") is None


def test_no_set_is_scored_twice(checkout):
    first_look.append(checkout / first_look.RECORD, {"set": "fresh"})
    assert first_look.refusal(checkout, "fresh") == "it was scored before"


def test_the_record_of_another_set_is_no_change_that_counts(checkout):
    first_look.append(checkout / first_look.RECORD, {"set": "earlier"})
    assert first_look.refusal(checkout, "fresh") is None


@pytest.mark.parametrize("staged", [False, True])
def test_a_set_that_is_not_committed_is_refused(checkout, staged):
    (checkout / first_look.SETS / "new.jsonl").write_text("{}\n", encoding="utf-8")
    if staged:
        git(checkout, "add", "--all")
    assert "committed" in first_look.refusal(checkout, "new")


@pytest.mark.parametrize("changed", ["training_data/first_look/fresh.jsonl", "code.py"])
def test_a_changed_tree_is_refused(checkout, changed):
    (checkout / changed).write_text("changed\n", encoding="utf-8")
    assert first_look.refusal(checkout, "fresh") == "the tree has changes that are not committed"


def test_rows_are_added_and_a_new_figure_gets_a_column(tmp_path):
    record = tmp_path / "first_look.csv"
    first_look.append(record, {"set": "a", "notes": "40"})
    first_look.append(record, {"set": "b", "notes": "41", "new_figure": "0.5"})
    assert first_look.rows(record) == [
        {"set": "a", "notes": "40", "new_figure": ""},
        {"set": "b", "notes": "41", "new_figure": "0.5"},
    ]

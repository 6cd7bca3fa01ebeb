from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.client.journal import Journal, journalled
from contract_tests.errors import UsageError


def test_what_is_created_is_on_disk_at_once_and_owned_until_it_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.jsonl"
    journal = Journal(path)
    journal.created("a")
    journal.created("b")
    journal.deleted("a")

    assert list(journalled(path)) == ["b"]
    assert (journal.owns("a"), journal.owns("b")) == (False, True)
    assert journal.leftovers() == ("b",)
    journal.close()
    assert path.exists()


def test_the_file_goes_when_nothing_is_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.jsonl")
    journal.created("a")
    journal.deleted("a")
    journal.close()

    assert not journal.path.exists()


def test_a_delete_of_what_was_never_created_is_not_noted(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.jsonl")
    journal.deleted("stranger")

    assert journal.path.read_text(encoding="utf-8") == ""
    journal.close()


def test_a_journal_that_is_reopened_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = Journal(tmp_path / "run.jsonl")
    first.created("a")
    first.created("b")
    first.close()

    second = Journal.reopened(first.path)
    second.deleted("a")
    second.close()

    assert list(journalled(first.path)) == ["b"]


def test_a_line_torn_by_a_power_cut_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"event": "created", "id": "a"}\n{"event": "crea', encoding="utf-8")

    assert list(journalled(path)) == ["a"]


@pytest.mark.parametrize(
    "text", ["no JSON\n", "[]\n", '{"event": "eaten", "id": "a"}\n', '{"event": "created", "id": 1}\n']
)
def test_a_file_that_is_no_journal_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match="line 1 is no entry of a journal"):
        list(journalled(path))


def test_a_journal_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(journalled(tmp_path / "none.jsonl"))


def test_a_journal_that_cannot_be_written_says_which_option_names_another_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="--journal-dir"):
        Journal(tmp_path / "file" / "journal.jsonl")


@pytest.mark.parametrize("line", ["[" * 100_000, '{"event": "created", "id": ' + "9" * 5000 + "}"])
def test_a_line_out_of_bounds_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(UsageError, match="line 1 is no entry of a journal"):
        list(journalled(path))

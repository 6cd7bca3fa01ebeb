from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from contract_tests.agenda import agenda_of, require_agenda
from contract_tests.casefile import given_files, keep, require_keepable
from contract_tests.errors import UsageError
from contract_tests.options import read_options

CASE: dict[str, Any] = {
    "rule": "BUD-05",
    "description": "a limit below zero is refused",
    "operation": "createModelConfig",
    "body": {"model_name": "@run-1", "budgets": [{"max_limit": -1.5, "reset_duration": "1d"}]},
    "expect": "refused",
}


def written(path: Path, *cases: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump({"description": "own", "cases": list(cases)}), encoding="utf-8")
    return path


def test_cases_are_added_to_a_file_each_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kept.yaml"
    options = read_options({"keep_cases": str(path)})
    other = {**CASE, "rule": "BUD-06"}

    told = keep([CASE, CASE], options)
    keep([other, CASE], options)

    assert told == (f"1 new cases kept in {path}; send them again with --cases {path}",)
    assert given_files(read_options({"cases": (str(path),)}))[path]["cases"] == [CASE, other]


def test_without_a_file_of_its_own_a_run_keeps_them_beside_its_journal(tmp_path: Path) -> None:
    (told,) = keep([CASE], read_options({"journal_dir": str(tmp_path)}))

    (path,) = tmp_path.glob("contract-tests-cases-*.yaml")
    assert str(path) in told


def test_nothing_found_is_nothing_kept(tmp_path: Path) -> None:
    assert keep([], read_options({"keep_cases": str(tmp_path / "kept.yaml")})) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_yaml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    assert keep([{**CASE, "body": {"model_name": "\ud83d"}}], read_options({"journal_dir": str(tmp_path)})) == ()


def test_a_disk_that_takes_nothing_is_said_and_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    (told,) = keep([CASE], read_options({"keep_cases": str(tmp_path / "file" / "kept.yaml")}))

    assert "1 cases could not be kept" in told
    assert "--keep-cases" in told


def test_the_files_of_a_folder_are_probes_of_the_gate(tmp_path: Path) -> None:
    path = written(tmp_path / "own.yaml", CASE)

    agenda = agenda_of(read_options({"cases": (str(tmp_path),), "layers": "cases", "rules": "BUD-05"}))

    assert f"cases of {path}" in [probe.id for probe in agenda]


BAD: dict[str, Any] = {
    "there is no file": (None, r"there is no file \*\.yaml"),
    "no cases": ("description: x\n", '"cases" is a required property'),
    "an unknown rule": (yaml.safe_dump({"description": "x", "cases": [{**CASE, "rule": "NO-01"}]}), "there is no rule"),
    "no YAML": ("{", "is not YAML"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_file_of_cases_is_refused_before_anything_is_sent(name: str, tmp_path: Path) -> None:
    text, told = BAD[name]
    if text is not None:
        (tmp_path / "own.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=told):
        require_agenda(read_options({"cases": (str(tmp_path),)}))


def test_a_file_of_something_else_is_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("a: b\n", encoding="utf-8")

    with pytest.raises(UsageError, match="expected a file of cases"):
        require_keepable(read_options({"keep_cases": str(tmp_path / "own.yaml")}))


def test_smoke_sends_no_cases(tmp_path: Path) -> None:
    path = written(tmp_path / "own.yaml", CASE)

    with pytest.raises(UsageError, match="profile gate or thorough"):
        require_agenda(read_options({"cases": (str(path),), "profile": "smoke"}))

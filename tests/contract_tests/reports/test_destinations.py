from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract_tests.errors import UsageError
from contract_tests.options import REPORTS, read_options
from contract_tests.reports.destinations import destinations, require_writable, write
from contract_tests.reports.formats import FORMATS
from contract_tests.reports.run import Run


def test_a_folder_gets_every_report_under_its_own_name(all_sorts: Run, tmp_path: Path) -> None:
    options = read_options({"report": str(tmp_path / "made" / "reports")})

    require_writable(options)
    assert list((tmp_path / "made" / "reports").iterdir()) == []
    assert write(all_sorts, options) == ()

    written = {path.name for path in (tmp_path / "made" / "reports").iterdir()}
    assert written == {each.file_name for each in FORMATS}


def test_each_report_has_an_option_of_its_own(red: Run, tmp_path: Path) -> None:
    path = tmp_path / "my.json"

    assert write(red, read_options({"json": str(path)})) == ()
    assert json.loads(path.read_text(encoding="utf-8"))["verdict"]["exit_code"] == 1
    assert {each.option for each in FORMATS} == {*REPORTS} - {"report"}


def test_trying_whether_a_file_can_be_written_leaves_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text("old", encoding="utf-8")

    require_writable(read_options({"json": str(path)}))

    assert path.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("path", [".", "file/report.json"])
def test_a_file_that_cannot_be_written_is_wrong_usage_before_the_run(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="the JSON report cannot be written to"):
        require_writable(read_options({"json": str(tmp_path / path)}))


def test_two_reports_in_one_file_are_wrong_usage(tmp_path: Path) -> None:
    path = str(tmp_path / "same")

    with pytest.raises(UsageError, match="another report goes to this file"):
        require_writable(read_options({"json": path, "junit": path}))


def test_a_report_that_cannot_be_written_in_the_end_is_told_and_the_others_are_written(
    red: Run, tmp_path: Path
) -> None:
    options = read_options({"json": str(tmp_path), "junit": str(tmp_path / "junit.xml")})

    (told,) = write(red, options)

    assert "the JSON report could not be written to" in told
    assert (tmp_path / "junit.xml").is_file()


def test_no_option_writes_nothing() -> None:
    assert destinations(read_options({})) == []


@pytest.mark.parametrize(("name", "begins"), [("b.svg", "<svg"), ("b.json", "{"), ("b", "<svg")])
def test_the_end_of_a_file_name_says_which_badge_it_is(name: str, begins: str, red: Run, tmp_path: Path) -> None:
    write(red, read_options({"badge": str(tmp_path / name)}))

    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)

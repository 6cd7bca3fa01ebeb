from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.reports import machine
from contract_tests.reports.events import as_lines
from contract_tests.reports.run import Run
from tests.contract_tests.conftest import Done


@pytest.fixture
def log(red: Run, tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text(as_lines(red.events), encoding="utf-8")
    return path


def test_reports_are_made_of_a_log_and_the_exit_code_is_that_of_the_run(
    log: Path, red: Run, tmp_path: Path, call_main: Callable[..., Done]
) -> None:
    done = call_main("report", str(log), "--json", "report.json", "--badge", "badge.json")

    assert done.code == 1, done.text
    assert done.text == "findings: http://127.0.0.1:4010, 2026-09-21T14:13:20Z\n"
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == machine.as_json(red)
    assert (tmp_path / "badge.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no report was asked for"),
        (("--json", "/dev/null/x"), "cannot be written"),
    ],
)
def test_wrong_usage_exits_with_3(
    arguments: tuple[str, ...], told: str, log: Path, call_main: Callable[..., Done]
) -> None:
    done = call_main("report", str(log), *arguments)

    assert done.code == 3, done.text
    assert told in done.text


@pytest.mark.parametrize("lines", [slice(0, 0), slice(0, 2), slice(1, None)])
def test_half_a_log_is_refused(lines: slice, log: Path, call_main: Callable[..., Done]) -> None:
    log.write_text("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[lines]), encoding="utf-8")

    done = call_main("report", str(log), "--json", "report.json")

    assert done.code == 3, done.text
    assert "is no log of a whole run" in done.text

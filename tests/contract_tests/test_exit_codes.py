"""What a pipeline goes by: the exit code of the whole command, where reports or the selection decide it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract_tests.conftest import KEY, Done, Served
from tests.contract_tests.test_broken_servers import Ask, Response, list_counts_one_more, middleware
from tests.contract_tests.test_cli import PYTEST

NOWHERE = "/dev/null/report"


@pytest.mark.parametrize("option", ["--report", "--html", "--junit", "--sarif", "--badge"])
def test_a_report_that_cannot_be_written_is_wrong_usage_before_anything_is_sent(
    option: str, call_main: Callable[..., Done]
) -> None:
    done = call_main("http://127.0.0.1:9", option, NOWHERE)

    assert done.code == 3, done.text
    assert f"cannot be written to {NOWHERE}" in done.text


def test_pytest_refuses_it_too(run_command: Callable[..., Done]) -> None:
    done = run_command(*PYTEST, "--base-url", "http://127.0.0.1:9", "--ct-json", NOWHERE, module="pytest")

    assert done.code == 4, done.text
    assert "cannot be written" in done.text


def test_a_report_that_cannot_be_written_in_the_end_is_no_judgement_and_the_verdict_is_told(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    def block(environ: dict[str, Any], ask: Ask) -> Response:
        (tmp_path / "report.json").mkdir(exist_ok=True)
        return ask(environ)

    served = serve(middleware(block), scenario="empty")

    done = run_command(served.url, "--rules", "LIST-01", "--json", "report.json", "--junit", "junit.xml")

    assert done.code == 2, done.text
    assert "LIST-01  MUST   pass" in done.text
    assert "the JSON report could not be written to report.json" in done.text
    assert (tmp_path / "junit.xml").is_file()


def test_a_run_with_findings_writes_every_report_without_the_key(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    def let_all_in(environ: dict[str, Any], ask: Ask) -> Response:
        return ask({**environ, "HTTP_AUTHORIZATION": f"Bearer {KEY}"})

    served = serve(middleware(let_all_in), scenario="empty")

    done = run_command(served.url, "--rules", "AUTH-*", "--report", "reports")

    assert done.code == 1, done.text
    reports = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "reports").iterdir()}
    assert {"report.html", "report.json", "junit.xml", "report.sarif", "summary.md", "badge.svg"} <= set(reports)
    forms = (KEY[:-1], KEY[1:], KEY.swapcase(), *(b64encode(text.encode()).decode() for text in (KEY, f"admin:{KEY}")))
    assert [name for name, text in reports.items() if any(form in text for form in forms)] == []
    assert {each["rule"] for each in json.loads(reports["report.json"])["findings"]} >= {
        "AUTH-01",
        "AUTH-02",
        "AUTH-03",
    }
    assert json.loads(reports["report.json"])["run"]["target"] == served.url


def test_what_changed_is_told_from_one_run_to_the_next(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    broken, mended = serve(middleware(list_counts_one_more), scenario="empty"), serve(scenario="empty")
    run_command(broken.url, "--rules", "LIST-01", "--json", "before.json")

    done = run_command(mended.url, "--rules", "LIST-01", "--json", "after.json", "--compare", "before.json")

    assert done.code == 0, done.text
    assert json.loads((tmp_path / "after.json").read_text(encoding="utf-8"))["comparison"]["fixed"]


@pytest.mark.parametrize("selection", [("-k", "nothing_is_called_this"), ("--deselect", ".")])
def test_a_run_of_pytest_in_which_nothing_ran_is_not_green(
    selection: tuple[str, ...], run_command: Callable[..., Done]
) -> None:
    done = run_command(*PYTEST, "--base-url", "http://127.0.0.1:9", *selection, module="pytest")

    assert done.code != 0, done.text


def test_an_earlier_report_that_is_none_is_wrong_usage(call_main: Callable[..., Done]) -> None:
    done = call_main("http://127.0.0.1:9", "--compare", "none.json")

    assert done.code == 3, done.text
    assert "none.json is no report of this suite" in done.text


def test_a_run_that_only_reads_and_could_judge_nothing_is_not_green(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    done = run_command(serve(scenario="empty").url, "--read-only", "--rules", "BUD-01")

    assert done.code == 2, done.text
    assert "nothing that ran exercised a rule" in done.text


def test_a_rule_that_was_seen_broken_once_is_not_green(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    let_in = iter([True])

    def careless_once(environ: dict[str, Any], ask: Ask) -> Response:
        if "HTTP_AUTHORIZATION" not in environ and next(let_in, False):
            return ask({**environ, "HTTP_AUTHORIZATION": f"Bearer {KEY}"})
        return ask(environ)

    done = run_command(serve(middleware(careless_once), scenario="empty").url, "--layers", "authentication")

    assert done.code == 2, done.text
    assert "AUTH-01  MUST   flaky" in done.text
    assert "the suite could not judge: AUTH-01 MUST (" in done.text
    assert "was seen broken in one try and in no other" in done.text

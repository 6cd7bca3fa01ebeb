"""The command and pytest, as processes of their own: exit codes and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from contract_tests.options import OPTIONS
from tests.contract_tests.conftest import KEY, Done, Served
from tests.contract_tests.test_broken_servers import Ask, Response, list_counts_one_more, middleware

HAS_WORKERS = find_spec("xdist") is not None
QUICK = ("--rules", "BUD-07,LIST-01")
PYTEST = ("--pyargs", "contract_tests", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:schemathesis")


def test_without_a_url_the_mock_is_judged_and_the_output_is_plain_and_short(run_command: Callable[..., Done]) -> None:
    done = run_command("--profile", "smoke", key="")

    assert done.code == 0, done.text
    assert "\x1b" not in done.text
    assert max(map(len, done.text.splitlines())) <= 120
    assert "rules of the contract" in done.text


def test_findings_exit_with_1_and_stand_in_the_report(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    served = serve(middleware(list_counts_one_more), scenario="empty")

    done = run_command(served.url, "--rules", "LIST-01", "--json", "report.json")

    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert done.code == 1, done.text
    assert report["findings"][0]["rule"] == "LIST-01"
    assert "LIST-01 MUST" in done.text
    assert KEY not in done.text + json.dumps(report)
    assert served.ask().json()["model_configs"] == []


def test_a_wrong_key_exits_with_2_and_is_not_shown(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    done = run_command(serve().url, *QUICK, key="wrong-key")

    assert done.code == 2, done.text
    assert "the key is not accepted" in done.text
    assert "wrong-key" not in done.text


def test_the_settings_of_the_project_around_it_are_for_others(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    settings = '[tool.pytest.ini_options]\naddopts = "--no-such-option"\nfilterwarnings = ["error"]\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")

    done = run_command(serve().url, *QUICK)

    assert done.code == 0, done.text


def test_a_refused_connection_exits_with_2(run_command: Callable[..., Done]) -> None:
    done = run_command("http://127.0.0.1:9", *QUICK)

    assert done.code == 2
    assert done.text.count("is the server running?") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--bogus",), "No such option"),
        (("--rules", "NOPE-*"), "selects no rule"),
        (("not-a-url",), "is no base URL"),
        (("--timeout", "never"), "--timeout 'never'"),
        (("http://127.0.0.1:9", "--header", "s3cret"), "--header (its text is a secret"),
    ],
)
def test_wrong_usage_exits_with_3(arguments: tuple[str, ...], told: str, call_main: Callable[..., Done]) -> None:
    done = call_main(*arguments)

    assert done.code == 3, done.text
    assert told in done.text
    assert "s3cret" not in done.text


def test_a_run_in_which_nothing_can_run_is_not_green(call_main: Callable[..., Done]) -> None:
    done = call_main("--rules", "TIME-01")

    assert done.code == 2, done.text
    assert "exercises TIME-01" in done.text


def test_a_missing_scope_target_is_not_green_and_says_what_to_pass(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    def without_keys(environ: dict[str, Any], ask: Ask) -> Response:
        if environ["PATH_INFO"].endswith(("/virtual-keys", "/users")):
            return "404 Not Found", [("Content-Type", "application/json")], b"{}"
        return ask(environ)

    served = serve(middleware(without_keys), scenario="empty")

    done = run_command(served.url, "--rules", "AUTH-05")

    assert done.code == 2, done.text
    assert "not exercised: AUTH-05" in done.text
    assert "--virtual-key-id" in done.text


def test_a_run_that_only_reads_says_so_and_sends_no_write(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    methods = []

    def record(environ: dict[str, Any], ask: Ask) -> Response:
        methods.append(environ["REQUEST_METHOD"])
        return ask(environ)

    done = run_command(serve(middleware(record)).url, "--read-only", "--rules", "LIST-*")

    assert done.code == 0, done.text
    assert "read-only: nothing was written" in done.text
    assert set(methods) == {"GET"}


def test_a_thorough_run_ends_in_grace_at_its_deadline(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    done = run_command(served.url, "--profile", "thorough", "--rules", "BUD-*", "--deadline", "2", "--max-rps", "80")

    assert done.code == 0, done.text
    assert "not tried: deadline" in done.text
    assert served.names() == []


def test_the_limit_of_requests_is_no_verdict_and_what_was_created_is_deleted(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    done = run_command(served.url, "--max-requests", "25")

    assert done.code == 2
    assert "limited to 25 requests (--max-requests)" in done.text
    assert served.names() == []


@pytest.mark.skipif(not HAS_WORKERS, reason="pytest-xdist is not installed")
def test_workers_give_one_verdict(serve: Callable[..., Served], run_command: Callable[..., Done]) -> None:
    runs = set()

    def record(environ: dict[str, Any], ask: Ask) -> Response:
        runs.add(environ["HTTP_X_CONFORMANCE_RUN"])
        return list_counts_one_more(environ, ask)

    served = serve(middleware(record), scenario="empty")

    done = run_command(served.url, "--rules", "LIST-*", "-n", "2")

    assert done.code == 1, done.text
    assert "LIST-01  MUST   fail" in done.text
    assert len(runs) == 2


def test_pytest_judges_from_any_folder(serve: Callable[..., Served], run_command: Callable[..., Done]) -> None:
    served = serve(scenario="empty")

    done = run_command(*PYTEST, "--base-url", served.url, "--ct-rules", "BUD-0[12]", module="pytest")

    assert done.code == 0, done.text
    assert "BUD-01   MUST   pass" in done.text


def test_pytest_without_a_url_starts_the_mock(run_command: Callable[..., Done]) -> None:
    done = run_command(*PYTEST, "--ct-rules", "BUD-07", module="pytest", key="")

    assert done.code == 0, done.text
    assert "BUD-07   MUST   pass" in done.text


def test_a_failure_of_a_test_that_is_not_of_the_suite_keeps_the_run_red(
    run_command: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert False\n", encoding="utf-8")

    done = run_command("test_own.py", *PYTEST, "--ct-rules", "BUD-07", module="pytest", key="")

    assert done.code == 1, done.text


def test_the_help_names_every_option(call_main: Callable[..., Done]) -> None:
    text = call_main("run", "--help").text

    assert [option.name for option in OPTIONS if f"--{option.name}" not in text] == []


def test_the_catalogue_lists_every_rule(call_main: Callable[..., Done]) -> None:
    done = call_main("rules")

    assert done.code == 0
    assert len(done.text.splitlines()) > 60
    assert done.text.startswith("id ")


def test_the_list_has_the_probes_of_a_rule(call_main: Callable[..., Done]) -> None:
    done = call_main("--list", "--rules", "BUD-07")

    assert done.code == 0
    assert done.text
    assert all("BUD-07" in line for line in done.text.splitlines())

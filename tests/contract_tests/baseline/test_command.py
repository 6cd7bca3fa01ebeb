"""The baseline as its users meet it: written by the command, and judged by in a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract_tests.reports import machine
from governance_contract import Contract
from tests.contract_tests.conftest import Done, Served
from tests.contract_tests.runs import FINDING, found, probe, run_of
from tests.contract_tests.test_broken_servers import list_counts_one_more, middleware

TODAY = datetime.now(UTC).date()
ACCEPTANCE = ("--reason", "ticket 12", "--owner", "team-a", "--expires", (TODAY + timedelta(days=9)).isoformat())
UPDATE = ("baseline", "update", "known.yaml", "--from", "report.json")


@pytest.fixture
def report(tmp_path: Path, contract: Contract) -> None:
    """Lay the report of a run with a finding where the command is called."""
    text = machine.render(run_of(contract, *found(FINDING), probe()))
    (tmp_path / "report.json").write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("report")
def test_the_command_says_what_became_of_the_entries(call_main: Callable[..., Done]) -> None:
    first = call_main(*UPDATE, *ACCEPTANCE)
    second = call_main(*UPDATE)

    assert (first.code, first.text) == (0, "added: BUD-01 on createModelConfig\nknown.yaml: 1 entries\n")
    assert (second.code, second.text) == (0, "known.yaml: 1 entries\n")


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "pass --reason, --owner and --expires"),
        (("--reason", "x"), "--owner, --expires missing"),
        ((*ACCEPTANCE[:-1], "soon"), "expected a date such as"),
        ((*ACCEPTANCE[:-1], (TODAY - timedelta(days=1)).isoformat()), "this day is over"),
        (("--from", "none.json"), "is no report of this suite"),
    ],
)
def test_wrong_usage_exits_with_3_and_writes_nothing(
    arguments: tuple[str, ...], told: str, call_main: Callable[..., Done], tmp_path: Path
) -> None:
    done = call_main(*UPDATE, *arguments)

    assert done.code == 3, done.text
    assert told in done.text
    assert not (tmp_path / "known.yaml").exists()


def test_a_malformed_baseline_exits_with_3_before_the_run(call_main: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text("accepted:\n  - rule: BUD-01\n", encoding="utf-8")

    done = call_main("http://127.0.0.1:9", "--baseline", "known.yaml")

    assert done.code == 3, done.text
    assert "known.yaml:2: " in done.text


def test_a_run_with_a_baseline_is_green_until_what_it_accepts_is_mended(
    serve: Callable[..., Served], run_command: Callable[..., Done], tmp_path: Path
) -> None:
    broken, mended = serve(middleware(list_counts_one_more), scenario="empty"), serve(scenario="empty")
    arguments = ("--rules", "LIST-01", "--json", "report.json")
    assert run_command(broken.url, *arguments).code == 1
    assert run_command(*UPDATE, *ACCEPTANCE).code == 0

    accepted = run_command(broken.url, *arguments, "--baseline", "known.yaml")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    stale = run_command(mended.url, *arguments, "--baseline", "known.yaml")

    assert accepted.code == 0, accepted.text
    assert "LIST-01  MUST   accepted" in accepted.text
    assert {each["accepted"]["owner"] for each in report["findings"] if each["rule"] == "LIST-01"} == {"team-a"}
    assert stale.code == 1, stale.text
    assert "known.yaml:5: LIST-01 listModelConfigs: what it accepts is no longer found" in stale.text

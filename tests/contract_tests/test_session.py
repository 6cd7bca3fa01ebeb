from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.bench import Report
from contract_tests.client.target import DeadlineReached
from contract_tests.errors import SuiteError
from contract_tests.exam import CREATE, Exam
from contract_tests.finding import Finding
from contract_tests.options import read_options
from contract_tests.outcomes import Ledger
from contract_tests.probe import Probe
from contract_tests.reports.gathering import events_of
from contract_tests.session import Judging, as_data, from_data
from governance_contract import Contract
from tests.contract_tests.conftest import KEY

Maker = Callable[..., Any]


def _probe(run: Callable[[Exam], None]) -> Probe:
    return Probe("p", ("BUD-01",), "probes", "gate", run)


def _raising(error: Exception) -> Probe:
    def run(_: Exam) -> None:
        raise error

    return _probe(run)


@pytest.fixture
def judging(serve: Maker, target_of: Maker, bench_of: Maker, contract: Contract) -> Callable[..., Judging]:
    def make(**options: Any) -> Judging:
        return Judging(contract, read_options(options), bench_of(target_of(serve().url)))

    return make


def test_a_report_travels_as_plain_data() -> None:
    finding = Finding("BUD-01", CREATE, "MUST", "accepted-unique_by", "400", "200")
    report = Report("p", ("BUD-01",), (finding,), (), frozenset({"BUD-01"}), "why", 3)

    assert from_data(as_data(report, "gone")) == (report, "gone")


def test_after_a_suite_error_nothing_more_is_tried(judging: Callable[..., Judging]) -> None:
    judge = judging()
    calls: list[Exam] = []

    first = judge.judge(_raising(SuiteError("gone")))
    second = judge.judge(_probe(calls.append))

    assert (first["error"], first["untried"]) == ("gone", False)
    assert (second["error"], second["untried"]) == ("", True)
    assert calls == []


def test_a_deadline_ends_a_thorough_run_in_grace_and_any_other_as_an_error(judging: Callable[..., Judging]) -> None:
    late = DeadlineReached("late")

    assert judging(profile="thorough").judge(_raising(late))["reason"] == "not tried: deadline"
    assert judging(profile="gate").judge(_raising(late))["error"] == "late"


def test_a_probe_that_breaks_down_is_an_error_of_the_suite_without_the_key(judging: Callable[..., Judging]) -> None:
    data = judging().judge(_raising(KeyError(KEY)))

    assert "p broke down at test_session.py:" in data["error"]
    assert "KeyError" in data["error"]
    assert KEY not in data["error"]


@pytest.mark.parametrize(
    ("level", "gate", "expected"),
    [("MUST", "must", "Failed"), ("SHOULD", "should", "Failed"), ("SHOULD", "must", "XFailed")],
)
def test_a_finding_fails_the_test_or_warns_by_its_level(
    level: str, gate: str, expected: str, judging: Callable[..., Judging]
) -> None:
    finding = Finding("BUD-01", CREATE, level, "accepted-unique_by", "400", "200")

    with pytest.raises(BaseException, match="BUD-01") as caught:
        judging(level=gate).conclude(as_data(Report("p", ("BUD-01",), (finding,))))

    assert caught.typename == expected


def test_a_report_without_findings_passes(judging: Callable[..., Judging]) -> None:
    judging().conclude(as_data(Report("p", ("BUD-01",))))


def test_a_layer_alone_is_not_missed_what_it_did_not_exercise(judging: Callable[..., Judging]) -> None:
    idle = _probe(lambda _: None)

    assert judging(layers="probes").judge(idle)["rules"] == []
    assert judging().judge(idle)["rules"] == ["BUD-01"]


def test_the_verdict_misses_a_rule_of_a_blocked_probe_and_not_of_one_left_out(contract: Contract) -> None:
    report = Report("p", ("BUD-01",), reason="no config")
    blocked = Ledger.of(events_of(as_data(report), contract, "probes", 0.0))
    left_out = Ledger.of(events_of(as_data(report, untried=True), contract, "probes", 0.0))

    assert [rule.id for rule in blocked.unexercised(contract.rules)] == ["BUD-01"]
    assert left_out.unexercised(contract.rules) == []
    assert left_out.untried == {"p": "no config"}

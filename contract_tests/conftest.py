"""How the suite presents itself in pytest: one test per probe, the summary by rule, the exit code."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract_tests.layers import PROBES
from contract_tests.outcomes import Ledger
from contract_tests.probe import Probe
from contract_tests.session import from_data, options_of
from contract_tests.summary import as_json, write_summary
from governance_contract import load_contract

_LEDGER = pytest.StashKey[Ledger]()
_REPORT = pytest.StashKey[dict[str, Any]]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the ledger of the run."""
    config.stash[_LEDGER] = Ledger()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each probe of the layer that a test module names."""
    if "probe" in metafunc.fixturenames:
        options = options_of(metafunc.config)
        layer = metafunc.module.LAYER
        chosen = [
            p for p in PROBES if p.layer == layer and p.in_profile(options.profile) and p.matches(options.patterns)
        ]
        metafunc.parametrize("probe", chosen, ids=[probe.id for probe in chosen])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Put the tests of the suite into the order in which the probes are registered, after all other plugins."""
    yield
    order = {probe.id: index for index, probe in enumerate(PROBES)}
    items.sort(key=lambda item: order.get(_probe_id(item), -1))


@pytest.fixture
def judge(judging: Any, request: pytest.FixtureRequest) -> Any:
    """Return the function that carries a probe out and keeps its report."""

    def judge_probe(probe: Any) -> None:
        data = judging.judge(probe)
        request.node.stash[_REPORT] = data
        judging.conclude(data)

    return judge_probe


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Hand the report of a probe to whoever gathers the reports, in this process or another."""
    report = yield
    if report.when == "call" and _REPORT in item.stash:
        report.judged = item.stash[_REPORT]
    return report


@pytest.hookimpl
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take in the report of a probe."""
    data = getattr(report, "judged", None)
    if data is not None:
        _gathered.append(data)


_gathered: list[dict[str, Any]] = []


def pytest_sessionstart() -> None:
    """Forget the reports of an earlier run in this process."""
    _gathered.clear()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Set the exit code: 0 green, 1 findings, 2 no judgement possible."""
    if hasattr(session.config, "workerinput"):
        return
    ledger = session.config.stash[_LEDGER]
    for data in _gathered:
        _take_in(ledger, data)
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and _gathered:
        contract = load_contract()
        options = options_of(session.config)
        session.exitstatus = ledger.exit_code(contract.rules, options.level)
        if options.json:
            Path(options.json).write_text(json.dumps(as_json(ledger, contract.rules, options.level), indent=2) + "\n")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write the outcome of every rule."""
    if _gathered:
        write_summary(terminalreporter, config.stash[_LEDGER], load_contract().rules, options_of(config).level)


def _take_in(ledger: Ledger, data: dict[str, Any]) -> None:
    report, error = from_data(data)
    ledger.add_findings(report.confirmed, report.flaky)
    ledger.exercised |= report.exercised
    ledger.requests[report.probe] = report.requests
    ledger.selected |= set(report.rules)
    if error:
        ledger.errors.append(error)
    if report.reason:
        for rule in report.rules:
            ledger.reasons.setdefault(rule, report.reason)


def _probe_id(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    probe = callspec.params.get("probe") if callspec else None
    return probe.id if isinstance(probe, Probe) else ""

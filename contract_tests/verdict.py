"""Gathers what the probes reported, from this process or from workers, and makes summary and exit code of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract_tests.outcomes import Ledger
from contract_tests.session import from_data, options_of
from contract_tests.summary import as_json, write_summary
from governance_contract import load_contract


class Verdict:
    """A pytest plugin of the process that decides: with workers it runs in none of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ledger = Ledger()
        self._untried: dict[str, str] = {}
        self._has_foreign_failure = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the report of a probe; a failure of a test that is none of the suite keeps the run red."""
        data = getattr(report, "judged", None)
        if data is not None:
            take_in(self._ledger, self._untried, data)
        elif report.failed:
            self._has_foreign_failure = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Set the exit code: 0 green, 1 findings, 2 no judgement possible."""
        if not self._is_judging or session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        contract = load_contract()
        options = options_of(self._config)
        code = self._ledger.exit_code(contract.rules, options.level)
        session.exitstatus = max(code, 1) if self._has_foreign_failure else code
        if options.json:
            content = json.dumps(as_json(self._ledger, contract.rules, options.level), indent=2) + "\n"
            Path(options.json).write_text(content, encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the outcome of every rule."""
        if self._is_judging:
            options = options_of(self._config)
            write_summary(terminalreporter, self._ledger, load_contract().rules, options, self._untried)

    @property
    def _is_judging(self) -> bool:
        return bool(self._ledger.requests)


def take_in(ledger: Ledger, untried: dict[str, str], data: dict[str, Any]) -> None:
    """Add the report of a probe to a ledger; a probe that was not tried demands nothing of its rules."""
    report, error = from_data(data)
    ledger.add_findings(report.confirmed, report.flaky)
    ledger.exercised |= report.exercised
    ledger.requests[report.probe] = ledger.requests.get(report.probe, 0) + report.requests
    if error:
        ledger.errors.append(error)
    if data["untried"]:
        untried[report.probe] = report.reason
        return
    ledger.selected |= set(report.rules)
    if report.reason:
        for rule in report.rules:
            ledger.reasons.setdefault(rule, report.reason)

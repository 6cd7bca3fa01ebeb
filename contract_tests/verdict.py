"""Gathers what the probes reported, from this process or from workers, and makes reports and exit code of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from contract_tests.agenda import agenda_of
from contract_tests.baseline.entries import read_baseline
from contract_tests.baseline.judgement import judged
from contract_tests.casefile import keep
from contract_tests.options import RunOptions
from contract_tests.outcomes import Ledger
from contract_tests.reports import destinations
from contract_tests.reports.comparison import compared
from contract_tests.reports.events import Event, Failed, RunEnded
from contract_tests.reports.gathering import events_of, run_started, since_of
from contract_tests.reports.machine import read_report
from contract_tests.reports.run import Run
from contract_tests.session import left_by_workers, options_of
from contract_tests.summary import write_summary
from governance_contract import load_contract

_JUDGED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


_DIED = "???"
"""What pytest-xdist says in the place of a phase where a worker died in the middle of a test."""


class Verdict:
    """A pytest plugin of the process that decides: with workers it runs in none of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._begun = time.time()
        self._reports: list[dict[str, Any]] = []
        self._has_foreign_failure = False
        self._run_uid = ""
        self._has_lost_worker = False
        self._run: Run | None = None
        self._unwritten: tuple[str, ...] = ()
        self._kept: tuple[str, ...] = ()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the report of a probe; a failure of a test that is none of the suite keeps the run red."""
        data = getattr(report, "judged", None)
        if node := getattr(report, "node", None):
            self._run_uid = node.workerinput["testrunuid"]
        if data is not None:
            self._reports.append(data)
        elif report.when == _DIED:
            self._has_lost_worker = True
        elif report.failed:
            self._has_foreign_failure = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports and set the exit code: 0 green, 1 findings, 2 no judgement possible."""
        if not self._reports or session.exitstatus not in (*_JUDGED, pytest.ExitCode.INTERRUPTED):
            return
        self._run = Run(tuple(self._log(is_whole=session.exitstatus in _JUDGED)))
        self._unwritten = destinations.write(self._run, self._options)
        self._kept = keep((case for data in self._reports for case in data.get("kept", ())), self._options)
        if session.exitstatus in _JUDGED:
            code = 2 if self._unwritten else self._run.exit_code
            session.exitstatus = max(code, 1) if self._has_foreign_failure else code

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the outcome of every rule."""
        if self._run:
            write_summary(terminalreporter, self._run)
        for line in (*self._kept, *self._unwritten):
            terminalreporter.write_line(line)

    def _told_of_journals(self, target: str) -> str:
        left = left_by_workers(self._run_uid, self._options)
        prefixes = [f"{self._options.prefix}-{path.stem.rpartition('-')[2]}" for path in left]
        commands = [f"contract-tests reap {target} --prefix {each} --older-than 0s" for each in prefixes]
        return f"; delete what it left: {'; '.join(commands)}" if commands else "; it left nothing behind"

    @cached_property
    def _options(self) -> RunOptions:
        return options_of(self._config)

    def _log(self, *, is_whole: bool) -> Iterator[Event]:
        """Yield the events of the run, probe by probe in the order of the registry, whichever worker had it."""
        contract = load_contract()
        layers = {probe.id: probe.layer for probe in agenda_of(self._options)}
        places = {probe_id: place for place, probe_id in enumerate(layers)}
        reports = sorted(self._reports, key=lambda data: places.get(data["probe"], -1))
        since = since_of(reports, self._begun)
        target = next((data["target"] for data in reports if "target" in data), "")
        events: list[Event] = [run_started(contract, self._options, target, since)]
        for data in reports:
            events += events_of(data, contract, layers.get(data["probe"], ""), since)
        if self._has_lost_worker:
            told = "a process of the run died, and what it was to judge was not judged"
            events.append(Failed("", told + self._told_of_journals(target)))
        if not is_whole:
            events.append(Failed("", "the run was interrupted; what was still to come was not judged"))
        if self._options.baseline:
            baseline = read_baseline(Path(self._options.baseline), contract)
            events += judged(baseline, Ledger.of(events), self._options, datetime.now(UTC).date())
        if self._options.compare:
            events.append(compared(read_report(Path(self._options.compare))))
        ledger = Ledger.of(events)
        yield from events
        yield RunEnded(ledger.exit_code(contract.rules, self._options.level), round(time.time() - since, 4))

"""One run of the suite: the target, the bench, and the mock that is started where no URL is given."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from contract_tests.bench import Bench, Report, find_scopes, require_judgeable
from contract_tests.errors import SuiteError, UsageError
from contract_tests.exam import Exam, Plan, Shared
from contract_tests.finding import Finding, as_text, by_rule
from contract_tests.journal import Journal
from contract_tests.options import OPTIONS, RunOptions, read_options
from contract_tests.outcomes import is_fatal
from contract_tests.probe import Probe
from contract_tests.target import Target
from governance_contract import Contract, load_contract

_MOCK_START = 30.0
"""Seconds that the mock may take to start."""


class Judging:
    """What the tests of the suite share: they hand it a probe and it raises what pytest should show."""

    def __init__(self, contract: Contract, options: RunOptions, bench: Bench) -> None:
        self.contract = contract
        self.options = options
        self.bench = bench
        self.error = ""

    def judge(self, probe: Probe) -> dict[str, Any]:
        """Carry `probe` out and return its report as plain data; after a suite error nothing is sent any more."""
        if self.error:
            return as_data(Report(probe.id, probe.rules, reason="not tried after the error"), self.error)
        try:
            return as_data(self.bench.run(probe))
        except SuiteError as error:
            self.error = str(error)
            return as_data(Report(probe.id, probe.rules), self.error)

    def conclude(self, data: dict[str, Any]) -> None:
        """Raise what the report means to pytest: failure, expected failure for a warning, or skip."""
        report, error = from_data(data)
        if error:
            pytest.fail(f"the suite could not judge: {error}", pytrace=False)
        texts = [as_text(found, self.contract.rules[rule]) for rule, found in by_rule(report.confirmed).items()]
        if any(is_fatal(finding.level, self.options.level) for finding in report.confirmed):
            pytest.fail("\n\n".join(texts), pytrace=False)
        if texts:
            pytest.xfail("\n\n".join(texts))
        if report.reason:
            pytest.skip(report.reason)


def as_data(report: Report, error: str = "") -> dict[str, Any]:
    """Return a report as JSON values, so that it can travel between processes."""
    return {**asdict(report), "exercised": sorted(report.exercised), "error": error}


def from_data(data: dict[str, Any]) -> tuple[Report, str]:
    """Return the report and the suite error, empty for none, that `as_data` made `data` of."""
    findings = {name: tuple(Finding(**each) for each in data[name]) for name in ("confirmed", "flaky")}
    report = Report(
        data["probe"],
        tuple(data["rules"]),
        **findings,
        exercised=frozenset(data["exercised"]),
        reason=data["reason"],
        requests=data["requests"],
    )
    return report, data["error"]


def options_of(config: pytest.Config) -> RunOptions:
    """Return the options that pytest was given.

    Raises:
        UsageError: one of them cannot be used.
    """
    return read_options({option.attribute: config.getoption(f"ct_{option.attribute}") for option in OPTIONS})


@contextmanager
def judging_of(config: pytest.Config) -> Iterator[Judging]:
    """Yield the session for a pytest run, and delete at its end everything that was created."""
    try:
        options = options_of(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    base_url = config.getoption("base_url", None) or None
    with _target_url(base_url, options) as url, _bench(url, options, own_mock=base_url is None) as (contract, bench):
        judging = Judging(contract, options, bench)
        try:
            require_judgeable(contract, bench.target)
        except SuiteError as error:
            judging.error = str(error)
        yield judging


@contextmanager
def _bench(url: str, options: RunOptions, *, own_mock: bool) -> Iterator[tuple[Contract, Bench]]:
    contract = load_contract()
    run_id = secrets.token_hex(4)
    directory = Path(options.journal_dir or tempfile.gettempdir())
    journal = Journal(directory / f"contract-tests-{run_id}.jsonl")
    target = Target(url, options.key_for(own_mock=own_mock), journal, run_id, options.limits)
    plan = Plan(options.profile, options.seed, options.prefix, options.allow_wildcard)

    def make_exam(shared: Shared) -> Exam:
        return Exam(contract, target, scopes(), plan, shared)

    found: list[Any] = []

    def scopes() -> Any:
        if not found:
            given = {"virtual_key": options.virtual_key_id, "user": options.user_id}
            found.append(find_scopes(contract, target, given))
        return found[0]

    bench = Bench(contract, target, make_exam)
    try:
        yield contract, bench
    finally:
        _clean_up(bench)


def _clean_up(bench: Bench) -> None:
    journal = bench.target.journal
    try:
        left = bench.clean_up()
    except SuiteError as error:
        left = journal.leftovers()
        sys.stderr.write(f"\nclean-up stopped: {error}\n")
    finally:
        journal.close()
    if left:
        sys.stderr.write(f"\n{len(left)} configs could not be deleted: {', '.join(left)}; noted in {journal.path}\n")


@contextmanager
def _target_url(base_url: str | None, options: RunOptions) -> Iterator[str]:
    """Yield the URL to judge: the one given, or that of a mock started as a process of its own."""
    if base_url is not None:
        yield base_url
        return
    command = [sys.executable, "-m", "mockserver", "--port", "0", "--api-key", options.key_for(own_mock=True)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    watchdog = threading.Timer(_MOCK_START, process.kill)
    watchdog.start()
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "http" not in line:
            raise SuiteError(f"the mock did not start; run `python -m mockserver` to see why (it said {line!r})")
        watchdog.cancel()
        yield line.rsplit(" ", 1)[-1].strip()
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate()

"""One run of the suite: the target, the bench, and the mock that is started where no URL is given."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from contract_tests.baseline.entries import Baseline, read_baseline
from contract_tests.bench import Bench, Report, find_scopes, require_judgeable
from contract_tests.client.journal import Journal
from contract_tests.client.target import DeadlineReached, Target
from contract_tests.errors import SuiteError, UsageError
from contract_tests.exam import LIST, Exam
from contract_tests.exchange import Call
from contract_tests.finding import Finding, as_text, by_rule
from contract_tests.interruption import ended_by_terminate
from contract_tests.options import OPTIONS, RunOptions, read_options, require_url
from contract_tests.outcomes import is_fatal
from contract_tests.plain import as_plain, read_plain
from contract_tests.plan import Plan, Shared
from contract_tests.probe import Probe
from contract_tests.recording import Recorder
from contract_tests.witness import watch
from governance_contract import Contract, load_contract

_MOCK_START = 30.0
"""Seconds that the mock may take to start."""

_SHOWN = 5
"""How many ids of configs that are left are named; the journal has all of them."""


class Judging:
    """What the tests of the suite share: they hand it a probe and it raises what pytest should show."""

    def __init__(self, contract: Contract, options: RunOptions, bench: Bench) -> None:
        self.contract = contract
        self.options = options
        self.bench = bench
        self.baseline = read_baseline(Path(options.baseline), contract) if options.baseline else Baseline()
        self.error = ""
        self.ended = ""
        self._is_told = False

    def judge(self, probe: Probe) -> dict[str, Any]:
        """Carry `probe` out and return its report as plain data; after a suite error nothing is sent any more.

        A layer alone answers for what it exercised, and not for what the others would.
        """
        self.bench.target.take_sent()
        since, begun = time.time(), time.perf_counter()
        data = self._judge(probe)
        timing = {"since": since, "seconds": time.perf_counter() - begun}
        sent = [as_plain(each) for each in self.bench.target.take_sent()]
        return {**data, **timing, "target": self.bench.target.base_url, "sent": sent}

    def _judge(self, probe: Probe) -> dict[str, Any]:
        if self.error and not self._is_told:
            return self._give_up(probe, self.error)
        if self.error or self.ended:
            return as_data(_untried(probe, self.ended or "the suite could not go on"), untried=True)
        try:
            report = self.bench.run(probe)
        except SuiteError as error:
            return self._stop(probe, error)
        except Exception as error:  # noqa: BLE001 - a probe that breaks down is a defect of the suite, never a verdict
            return failed_data(probe, self.bench.target.secrets.hidden(_breakdown(probe, error)))
        if self.bench.has_target_ended:
            self.ended = "the target ended"
        if self.options.layer_names and not report.reason:
            report = replace(report, rules=tuple(rule for rule in report.rules if rule in report.exercised))
        return as_data(report, untried=bool(report.reason) and self.bench.target.is_read_only)

    def _stop(self, probe: Probe, error: SuiteError) -> dict[str, Any]:
        if not isinstance(error, DeadlineReached) or self.options.profile != "thorough":
            return self._give_up(probe, str(error))
        self.ended = "deadline"
        return as_data(_untried(probe, self.ended), untried=True)

    def _give_up(self, probe: Probe, error: str) -> dict[str, Any]:
        self.error = self.bench.target.secrets.hidden(error)
        self._is_told = True
        return failed_data(probe, self.error)

    def accepts(self, finding: Finding) -> bool:
        """Return whether the baseline accepts a finding today."""
        return self.baseline.entry_for(finding.key, datetime.now(UTC).date()) is not None

    def conclude(self, data: dict[str, Any]) -> None:
        """Raise what the report means to pytest: failure, expected failure for a warning, or skip."""
        report, error = from_data(data)
        if error:
            pytest.fail(f"the suite could not judge: {error}", pytrace=False)
        texts = [as_text(found, self.contract.rules[rule]) for rule, found in by_rule(report.confirmed).items()]
        unaccepted = [finding for finding in report.confirmed if not self.accepts(finding)]
        if any(is_fatal(finding.level, self.options.level) for finding in unaccepted):
            pytest.fail("\n\n".join(texts), pytrace=False)
        if texts:
            pytest.xfail("\n\n".join(texts))
        if report.reason:
            pytest.skip(report.reason)


def _untried(probe: Probe, why: str) -> Report:
    return Report(probe.id, probe.rules, reason=f"not tried: {why}")


def _breakdown(probe: Probe, error: Exception) -> str:
    """Return what is needed to mend a probe that broke down."""
    *_, last = traceback.extract_tb(error.__traceback__)
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"{probe.id} broke down at {place}: {type(error).__name__}: {error}; this is a defect of the suite, report it"
    )


def failed_data(probe: Probe, error: str) -> dict[str, Any]:
    """Return the report of a probe that ended in a suite error, which says nothing of any rule."""
    return as_data(Report(probe.id, ()), error)


def as_data(report: Report, error: str = "", *, untried: bool = False) -> dict[str, Any]:
    """Return a report as JSON values, so that it can travel between processes.

    `untried` says that the probe was left out on purpose, so that its rules are not missed.
    """
    return {**as_plain(report), "error": error, "untried": untried}


def from_data(data: dict[str, Any]) -> tuple[Report, str]:
    """Return the report and the suite error, empty for none, that `as_data` made `data` of."""
    members = {name: item for name, item in data.items() if name in Report.__dataclass_fields__}
    return read_plain(Report, members), data["error"]


def options_of(config: pytest.Config) -> RunOptions:
    """Return the options that pytest was given.

    Raises:
        UsageError: one of them cannot be used.
    """
    return read_options({option.attribute: config.getoption(f"ct_{option.attribute}") for option in OPTIONS})


@contextmanager
def judging_of(config: pytest.Config) -> Iterator[Judging]:
    """Yield the session for a pytest run, and delete at its end everything that was created."""
    base_url = config.getoption("base_url", None) or None
    try:
        options = options_of(config)
        options.key_for(own_mock=base_url is None)
        if base_url is not None:
            require_url(base_url)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    share = getattr(config, "workerinput", {}).get("workercount", 1)
    with (
        ended_by_terminate(),
        _target_url(base_url, options) as url,
        _bench(url, options, _run_id(config), share, _speaker(config), own_mock=base_url is None) as (contract, bench),
    ):
        judging = Judging(contract, options, bench)
        try:
            require_judgeable(contract, bench.target)
        except SuiteError as error:
            judging.error = str(error)
        yield judging


def _speaker(config: pytest.Config) -> Callable[[str], None]:
    """Return what writes to stderr past pytest, which keeps the output of a teardown to itself."""
    capture = config.pluginmanager.getplugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            sys.stderr.write(f"\n{text}\n")

    return say


@contextmanager
def _bench(
    url: str, options: RunOptions, run_id: str, share: int, say: Callable[[str], None], *, own_mock: bool
) -> Iterator[tuple[Contract, Bench]]:
    contract = load_contract()
    journal = Journal(_journal_folder(options) / f"contract-tests-{run_id}.jsonl")
    limits = replace(options.limits, share=share)
    target = Target(url, options.key_for(own_mock=own_mock), journal, run_id, limits)
    plan = Plan(options.profile, options.seed, options.prefix, options.allow_wildcard, is_shared=share > 1)

    witness = watch(contract, target, options.prefix)
    if options.record:
        target.observer = Recorder(Path(options.record), target.secrets, witness, say)

    def make_exam(shared: Shared) -> Exam:
        return Exam(contract, target, witness, scopes(), plan, shared)

    found: list[Any] = []

    def scopes() -> Any:
        if not found:
            given = {"virtual_key": options.virtual_key_id, "user": options.user_id}
            found.append(find_scopes(contract, target, given, with_users=options.profile != "smoke"))
        return found[0]

    bench = Bench(contract, target, make_exam, options.patterns, keeps=options.keeps_cases)
    try:
        yield contract, bench
    finally:
        _clean_up(bench, f"{options.prefix}-{run_id}-", options.restart_wait, say)


def _run_id(config: pytest.Config) -> str:
    """Return eight hexadecimal digits; those of the workers of one run begin alike and end with their numbers."""
    worker = getattr(config, "workerinput", None)
    if worker is None:
        return secrets.token_hex(4)
    return f"{_stem(worker['testrunuid'])}{int(worker['workerid'].removeprefix('gw')):02x}"


def _stem(run_uid: str) -> str:
    return sha256(run_uid.encode()).hexdigest()[:6]


def left_by_workers(run_uid: str, options: RunOptions) -> list[Path]:
    """Return the journals that workers of a run left behind: they could not delete all they had created, or died."""
    return sorted(_journal_folder(options).glob(f"contract-tests-{_stem(run_uid)}??.jsonl"))


def _journal_folder(options: RunOptions) -> Path:
    try:
        return Path(options.journal_dir or tempfile.gettempdir())
    except OSError as error:
        raise SuiteError(
            "no directory for temporary files can be written to, and the journal of what is created needs "
            "one; name a folder with --journal-dir"
        ) from error


def _clean_up(bench: Bench, names: str, restart_wait: float, say: Callable[[str], None]) -> None:
    """Delete what the run created and say what is left; a second Ctrl-C ends this too, and the journal stays."""
    journal = bench.target.journal
    if bench.has_target_ended and bench.target.has_written:
        say(f"the target ended; waiting up to {restart_wait:g} s (--restart-wait) to delete what was created")
        page = Call("GET", bench.contract.operations[LIST].path, {"limit": "1"})
        bench.target.wait_for_restart(page, restart_wait)
    try:
        bench.finish(names)
    except SuiteError as error:
        say(
            f"clean-up stopped: {bench.target.secrets.hidden(str(error))}\n"
            f"what may be left is named {names}...; try later: "
            f"contract-tests reap {bench.target.base_url} --prefix {names.rstrip('-')} --older-than 0s"
        )
    finally:
        left = journal.leftovers()
        bench.target.close()
        if left:
            listed = ", ".join(left[:_SHOWN]) + (", ..." if len(left) > _SHOWN else "")
            url = bench.target.base_url
            say(
                f"{len(left)} configs could not be deleted: {listed}\n"
                f"try later: contract-tests reap {url} --journal {journal.path}"
            )


@contextmanager
def _target_url(base_url: str | None, options: RunOptions) -> Iterator[str]:
    """Yield the URL to judge: the one given, or that of a mock started as a process of its own."""
    if base_url is not None:
        yield base_url
        return
    command = [sys.executable, "-m", "mockserver", "--port", "0"]
    environ = {**os.environ, "MOCKSERVER_API_KEY": options.key_for(own_mock=True)}  # where no process list shows it
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ)  # noqa: S603 - our own command
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

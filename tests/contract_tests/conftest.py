"""Servers to judge, right and wrong ones, and a judge in this process."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from contract_tests.bench import Bench, find_scopes
from contract_tests.cli import main
from contract_tests.client.journal import Journal
from contract_tests.client.target import Limits, Target
from contract_tests.exam import Exam
from contract_tests.layers import PROBES
from contract_tests.outcomes import Ledger
from contract_tests.plan import Plan, Shared
from contract_tests.reports.gathering import events_of
from contract_tests.session import as_data
from contract_tests.witness import watch
from governance_contract import Contract, load_contract
from mockserver import app as application
from mockserver.app import create_app
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

KEY = "management-key-of-the-tests"
ROOT = str(Path(__file__).parents[2])
PATH = "/api/governance/model-configs"
Middleware = Callable[["WSGIApplication"], "WSGIApplication"]


@dataclass
class Served:
    """A mock that is served, perhaps behind something that spoils it."""

    url: str

    def ask(self, method: str = "GET", path: str = "", **options: Any) -> requests.Response:
        """Return the answer to a request for the collection, or for `path` below it."""
        headers = {"Authorization": f"Bearer {KEY}", **options.pop("headers", {})}
        return requests.request(method, self.url + PATH + path, headers=headers, timeout=10, **options)

    def names(self) -> list[str]:
        """Return the names of all configs on the server."""
        return [config["model_name"] for config in self.ask().json()["model_configs"] or ()]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the variables of whoever runs the tests away from what is tested."""
    for name in ("GOVERNANCE_API_KEY", "REQUESTS_CA_BUNDLE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Served]]:
    """Return what serves a mock, behind a middleware, by settings; all are stopped at the end."""

    def loaded(path: Path | None) -> Contract:
        return contract if path is None else load_contract(path)

    monkeypatch.setattr(application, "load_contract", loaded)
    with ExitStack() as stack:

        def start(middleware: Middleware | None = None, **settings: Any) -> Served:
            app = create_app(Settings(**{"api_key": KEY, "seed": 1, **settings}))
            served = middleware(app.wsgi_app) if middleware else app.wsgi_app
            return Served(stack.enter_context(BackgroundServer(served)).url)

        yield start


@dataclass
class Judged:
    """What the judge said of a server."""

    ledger: Ledger = field(default_factory=Ledger)

    @property
    def red(self) -> list[str]:
        """The MUST and SHOULD rules that were found broken, in the order in which that was found."""
        return list(dict.fromkeys(each.rule for each in self.ledger.findings.values()))

    def script(self, rule: str) -> str:
        """Return the shortest script that shows how `rule` is broken."""
        return min((each.script for each in self.ledger.findings.values() if each.rule == rule), key=len)


@pytest.fixture
def target_of(tmp_path: Path) -> Iterator[Callable[..., Target]]:
    """Return the maker of a target for a URL, with a journal of its own."""
    numbers = itertools.count(1)
    made = []

    def make(url: str, run_id: str = "0f0f0f0f", key: str = KEY, **limits: Any) -> Target:
        journal = Journal(tmp_path / f"{next(numbers)}.jsonl")
        made.append(Target(url, key, journal, run_id, Limits(**{"retries": 0, **limits})))
        return made[-1]

    yield make
    for target in made:
        target.close()


@pytest.fixture
def bench_of(contract: Contract) -> Callable[..., Bench]:
    """Return the maker of a bench for a target."""

    def make(target: Target, plan: Plan | None = None) -> Bench:
        witness = watch(contract, target, (plan or Plan()).prefix)
        scopes = find_scopes(contract, target, {})

        def make_exam(shared: Shared) -> Exam:
            return Exam(contract, target, witness, scopes, plan or Plan(), shared)

        return Bench(contract, target, make_exam)

    return make


@pytest.fixture
def judge_in_process(target_of: Callable[..., Target], bench_of: Callable[..., Bench]) -> Callable[..., Judged]:
    """Return the judge: it carries out the probes of a profile for some rules and cleans up."""

    def judge(
        url: str,
        *patterns: str,
        plan: Plan | None = None,
        without: tuple[str, ...] = (),
        run_id: str = "0f0f0f0f",
        headers: Mapping[str, str] | None = None,
    ) -> Judged:
        plan = plan or Plan()
        target = target_of(url, run_id, headers=headers or {})
        bench = bench_of(target, plan)
        judged = Judged()
        for probe in PROBES:
            if probe.in_profile(plan.profile) and probe.matches(patterns) and probe.layer not in without:
                for event in events_of(as_data(bench.run(probe)), bench.contract, probe.layer, 0.0):
                    judged.ledger.take_in(event)
        assert bench.finish(f"{plan.prefix}-{target.run_id}-") == ()
        return judged

    return judge


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed on both streams."""

    code: int
    text: str


@pytest.fixture
def run_command(tmp_path: Path) -> Callable[..., Done]:
    """Return what runs `contract-tests` in a folder without a checkout, with the key of the tests."""

    def run(*arguments: str, key: str = KEY, module: str = "contract_tests", **environ: str) -> Done:
        hidden = {"PYTHONPATH": ROOT, "GOVERNANCE_API_KEY": key, "NO_PROXY": "*", **environ}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env={**kept, **hidden}, capture_output=True, text=True, timeout=60, check=False
        )
        return Done(done.returncode, done.stdout + done.stderr)

    return run


@pytest.fixture
def call_main(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return what calls the command in this process, for what ends before a run or needs none."""

    def call(*arguments: str) -> Done:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GOVERNANCE_API_KEY", KEY)
        monkeypatch.setattr(sys, "argv", ["contract-tests", *arguments])
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code
        else:
            code = 0
        output = capsys.readouterr()
        return Done(int(code or 0), output.out + output.err)

    return call

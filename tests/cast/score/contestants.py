"""Who looks at the cast: this suite, plain Schemathesis, and Schemathesis whose valid requests are repaired."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests

from contract_tests.layers import PROBES
from contract_tests.options import DEVELOPMENT_KEY
from governance_contract.locations import data_path
from tests.cast.member import Member
from tests.cast.run import judge
from tests.cast.score.hook import KEY_VARIABLE
from tests.cast.score.sighting import Sighting

Contestant = Callable[[Member, int], Sighting]
"""Looks at a server, with a seed."""

SUITE, PLAIN, REPAIRED = "contract-tests", "Schemathesis", "Schemathesis + hook"

PATIENCE = 150.0
"""Seconds after which a run of Schemathesis is ended; what it found by then counts."""

_HOOK = "tests.cast.score.hook"
_ROOT = Path(__file__).parents[3]
_LAYERS = {probe.id: probe.layer for probe in PROBES}
_CONFIG = """\
[phases.fuzzing.error-feedback]
enabled = false

[checks.negative_data_rejection]
expected-statuses = ["400", "404", "409"]

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "409"]
"""
"""The settings in which Schemathesis finds most here: strict statuses, and no learning from the target."""


def suite(profile: str) -> Contestant:
    """Return this suite in one of its profiles."""

    def look(member: Member, seed: int) -> Sighting:
        verdict = judge(member, profile, seed)
        label = verdict.broken[0][1] if verdict.broken else ""
        probe = label.partition(": ")[0]
        return Sighting(
            member.id,
            SUITE,
            verdict.rules,
            label,
            _LAYERS.get(probe, ""),
            verdict.first_requests,
            verdict.first_seconds,
            verdict.requests,
            verdict.seconds,
            verdict.error,
        )

    return look


def schemathesis(name: str, *, repaired: bool) -> Contestant:
    """Return Schemathesis by its own command, on the operations that the suite judges."""

    def look(member: Member, seed: int) -> Sighting:
        with member.serve(member.make()) as url, tempfile.TemporaryDirectory() as folder:
            error = _run(Path(folder), url + member.path, seed, repaired=repaired)
            reports = sorted(Path(folder, "report").glob("*.ndjson"))
            events = list(_events(reports[0])) if reports else []
        return _sighting(Sighting(member.id, name, error="" if events else error or "no report"), events)

    return look


CONTESTANTS: Mapping[str, Contestant] = {
    SUITE: suite("gate"),
    PLAIN: schemathesis(PLAIN, repaired=False),
    REPAIRED: schemathesis(REPAIRED, repaired=True),
}
"""All contestants by name."""


def _run(folder: Path, url: str, seed: int, *, repaired: bool) -> str:
    """Run Schemathesis and return what went wrong, nothing where it came to its end."""
    config = folder / "schemathesis.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(config),
        "run",
        str(data_path("openapi", "governance.yaml")),
        *("--url", url),
        *("--header", f"Authorization: Bearer {DEVELOPMENT_KEY}"),
        *("--include-path-regex", "model-configs"),
        *("--seed", str(seed)),
        "--continue-on-failure",
        *("--request-timeout", "5"),
        *("--generation-database", "none"),
        *("--report", "ndjson"),
        *("--report-dir", str(folder / "report")),
        "--no-color",
    ]
    hook = {"SCHEMATHESIS_HOOKS": _HOOK, KEY_VARIABLE: _known_key(url)} if repaired else {}
    environ = {**os.environ, "PYTHONPATH": str(_ROOT), **hook}
    try:
        subprocess.run(command, cwd=folder, env=environ, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return f"ended after {PATIENCE:g} s"
    return ""


def _known_key(url: str) -> str:
    """Return a virtual key that exists on the server, nothing where its look-up does not say."""
    headers = {"Authorization": f"Bearer {DEVELOPMENT_KEY}"}
    try:
        answer = requests.get(f"{url}/api/governance/virtual-keys", headers=headers, timeout=5)
        return str(answer.json()["virtual_keys"][0]["id"])
    except (requests.RequestException, ValueError, LookupError, TypeError):
        return ""


def _events(report: Path) -> Iterator[tuple[str, Any]]:
    """Yield kind and content of each event; the last line may be half written where the run was ended."""
    for line in report.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield from json.loads(line).items()
        except ValueError:
            return


def _sighting(blank: Sighting, events: list[tuple[str, Any]]) -> Sighting:
    started = next((event["timestamp"] for kind, event in events if kind == "EngineStarted"), 0.0)
    alarms: dict[str, tuple[str, str, int, float]] = {}
    sent, ended = 0, started
    for kind, event in events:
        ended = max(ended, event.get("timestamp") or 0.0)
        if kind == "ScenarioFinished":
            recorder = event["recorder"]
            sent += len(recorder.get("interactions", ()))
            for failure in _failures(recorder):
                alarm = f"{failure['operation']} {failure['code']}"
                alarms.setdefault(alarm, (failure["title"], event["phase"], sent, event["timestamp"] - started))
    first = next(iter(alarms.values()), ("", "", 0, 0.0))
    return Sighting(blank.member, blank.contestant, tuple(alarms), *first, sent, ended - started, blank.error)


def _failures(recorder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for checks in recorder.get("checks", {}).values():
        for check in checks:
            if check["status"] == "failure":
                yield check["failure_info"]["failure"]

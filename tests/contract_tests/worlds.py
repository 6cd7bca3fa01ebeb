"""The suite against the mock in every scenario, and in 20 sessions at once, as a user runs it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contract_tests.probe import PROFILES
from governance_contract.fixtures import fixture_names
from mockserver import MockServer

SESSIONS = 20
PATIENCE = 60
"""Seconds to wait for an answer while as many others are asked for."""


def judged(mock: MockServer, profile: str, session: str | None = None) -> tuple[int, str]:
    """Return how `contract-tests` ended, and the last line that it printed."""
    command = [sys.executable, "-m", "contract_tests", mock.url, "--profile", profile, "--timeout", str(PATIENCE)]
    command += ["--header", f"X-Mock-Session: {session}"] if session else []
    environ = {**os.environ, "GOVERNANCE_API_KEY": mock.api_key, "PYTHONPATH": str(Path(__file__).parents[2])}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip().rpartition("\n")[2]


def main() -> int:
    """Say how every run ended; return 1 where one was not green."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="gate", choices=PROFILES)
    profile = parser.parse_args().profile
    codes = []
    for scenario in fixture_names("scenarios"):
        with MockServer(scenario=scenario) as mock:
            codes.append(_told(scenario, *judged(mock, profile)))
    with MockServer() as mock, ThreadPoolExecutor(SESSIONS) as pool:
        names = [f"world-{number}" for number in range(1, SESSIONS + 1)]
        runs = pool.map(lambda name: (name, *judged(mock, profile, name)), names)
        codes += [_told(*run) for run in runs]
    return int(any(codes))


def _told(name: str, code: int, last: str) -> int:
    print(f"{name:<22} exit code {code}  {last}", flush=True)  # noqa: T201 - its output
    return code


if __name__ == "__main__":
    raise SystemExit(main())

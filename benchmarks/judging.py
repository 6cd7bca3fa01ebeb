"""What a verdict costs: requests and seconds by profile, beside plain Schemathesis on the same server."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.contenders import ours
from benchmarks.contest import Say
from benchmarks.process import KEY, running, surroundings
from governance_contract.locations import data_path

_PATIENCE = 60
"""Seconds after which Schemathesis is ended."""

_BIN = Path(sys.executable).parent
_KEY = {"GOVERNANCE_API_KEY": KEY["Authorization"].removeprefix("Bearer ")}


def judged(*, profiles: tuple[str, ...], starts: int, with_peer: bool, say: Say) -> dict[str, Any]:
    """Return requests and seconds of a run of each profile, and how long `--list` takes."""
    contender = ours()
    found: dict[str, Any] = {"profiles": {}}
    with running(contender.command, contender.path) as server:
        for profile in profiles:
            say(f"contract-tests, profile {profile}")
            found["profiles"][profile] = _verdict(server.url, profile)
        if with_peer:
            say("Schemathesis on the same server")
            found["schemathesis"] = _schemathesis(server.url)
    say("contract-tests --list")
    _listing()  # does not count, as an installed package is compiled
    found["list_milliseconds"] = round(median(_listing() for _ in range(starts)) * 1000)
    return found


def _verdict(url: str, profile: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(_BIN / "contract-tests"), url, "--profile", profile, "--json", str(report)]
        began = perf_counter()
        code = subprocess.run(command, env={**surroundings(), **_KEY}, capture_output=True, check=False).returncode
        seconds = perf_counter() - began
        return {"exit_code": code, "seconds": round(seconds, 2), "requests": _requests(report)}


def _requests(report: Path) -> int:
    return int(json.loads(report.read_text(encoding="utf-8"))["verdict"]["requests"]) if report.exists() else 0


def _schemathesis(url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(str(_BIN / "schemathesis"), "run", str(data_path("openapi", "governance.yaml")), "--url", url),
            *("--header", f"Authorization: {KEY['Authorization']}", "--include-path-regex", "model-configs"),
            *("--seed", "1", "--continue-on-failure", "--generation-database", "none", "--no-color"),
            *("--report", "ndjson", "--report-dir", folder),
        ]
        began = perf_counter()
        try:
            code = subprocess.run(
                command, cwd=folder, env=surroundings(), capture_output=True, timeout=_PATIENCE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = None
        seconds = round(perf_counter() - began, 2)
        sent = sum(
            each.read_text(encoding="utf-8", errors="replace").count('"status_code"') for each in _reports(folder)
        )
        return {"exit_code": code, "seconds": seconds, "requests": sent}


def _reports(folder: str) -> list[Path]:
    return sorted(Path(folder).glob("*.ndjson"))


def _listing() -> float:
    began = perf_counter()
    subprocess.run([str(_BIN / "contract-tests"), "--list"], env=surroundings(), capture_output=True, check=True)
    return perf_counter() - began

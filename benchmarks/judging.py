"""What a verdict costs: requests and seconds by profile, beside plain Schemathesis on the same server."""

from __future__ import annotations

import json
import resource
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

PROFILES = ("smoke", "gate", "thorough")
LAYERS = ("probes", "cases", "workflows", "breadth", "authentication", "races", "robustness")
"""The layers that a gate has."""

_PATIENCE = 60
"""Seconds after which Schemathesis is ended."""

_BIN = Path(sys.executable).parent
_KEY = {"GOVERNANCE_API_KEY": KEY["Authorization"].removeprefix("Bearer ")}


def judged(
    *, profiles: tuple[str, ...], layers: tuple[str, ...], starts: int, with_peer: bool, say: Say
) -> dict[str, Any]:
    """Return what a run of each profile costs, and of each layer alone in a gate, and how long `--list` takes."""
    contender = ours()
    found: dict[str, Any] = {"profiles": {}, "layers": {}}
    with running(contender.command, contender.path) as server:
        for profile in profiles:
            say(f"contract-tests, profile {profile}")
            found["profiles"][profile] = _verdict(server.url, "--profile", profile)
        for layer in layers:
            say(f"contract-tests, layer {layer}")
            found["layers"][layer] = _verdict(server.url, "--layers", layer)
        if with_peer:
            say("Schemathesis on the same server")
            found["schemathesis"] = _schemathesis(server.url)
    say("contract-tests --list")
    _listing()  # does not count, as an installed package is compiled
    before = _processor_seconds()
    found["list_milliseconds"] = round(median(_listing() for _ in range(starts)) * 1000)
    found["list_processor_seconds"] = round((_processor_seconds() - before) / starts, 3)
    return found


def _processor_seconds() -> float:
    """Return the time on the processor of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _verdict(url: str, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [str(_BIN / "contract-tests"), url, *options, "--json", str(report)]
        began, before = perf_counter(), _processor_seconds()
        code = subprocess.run(command, env={**surroundings(), **_KEY}, capture_output=True, check=False).returncode
        seconds = perf_counter() - began
        used = round(_processor_seconds() - before, 3)
        told = {"exit_code": code, "seconds": round(seconds, 2), "processor_seconds": used}
        return {**told, "requests": _requests(report)}


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
        began, before = perf_counter(), _processor_seconds()
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
        used = round(_processor_seconds() - before, 3)
        return {"exit_code": code, "seconds": seconds, "processor_seconds": used, "requests": sent}


def _reports(folder: str) -> list[Path]:
    return sorted(Path(folder).glob("*.ndjson"))


def _listing() -> float:
    began = perf_counter()
    subprocess.run([str(_BIN / "contract-tests"), "--list"], env=surroundings(), capture_output=True, check=True)
    return perf_counter() - began

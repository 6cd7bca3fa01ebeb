"""What a figure depends on: the machine, its load, and the versions of what was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("flask", "granian", "jsonschema-rs", "orjson", "rpds-py", "schemathesis")


def described() -> dict[str, Any]:
    """Return the machine and the versions, and how busy the machine is now."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processors": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "wrk": _first_line(["wrk", "--version"]),
        "node": _first_line(["node", "--version"]),
        "load_before": load(),
    }


def load() -> list[float]:
    """Return the average number of processes that wanted to run in the last 1, 5 and 15 minutes."""
    return [round(each, 1) for each in os.getloadavg()]


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in told.splitlines() if line.startswith("model name")), "unknown")


def _first_line(command: list[str]) -> str:
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return "not installed"
    return told.partition("\n")[0].partition(" Copyright")[0].strip()

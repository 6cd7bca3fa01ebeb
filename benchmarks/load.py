"""The load generator: one case of requests, sent to one server by wrk for a time."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CASES = ("get", "list", "create", "refused", "update", "create and delete")
"""What can be sent, as in `requests.lua`."""

MISSING = "wrk is not installed; on Debian or Ubuntu: apt-get install wrk, on macOS: brew install wrk"

_SCRIPT = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Target:
    """Where requests go: the collection, the query that asks for a hundred of it, and ids of what is in it."""

    url: str
    path: str
    list_query: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Throughput:
    """What wrk saw; times in milliseconds. `refusals` are answers from 400 on, `broken` requests without any."""

    rate: float
    p50: float
    p99: float
    longest: float
    requests: int
    refusals: int
    broken: int


def is_installed() -> bool:
    """Return whether there is a load generator."""
    return shutil.which("wrk") is not None


def send(target: Target, case: str, *, connections: int, seconds: float, tag: str) -> Throughput:
    """Return what sending `case` for so long came to; `tag` makes the names of new configs unlike all others."""
    whole = max(1, round(seconds))
    words = ["-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "5s", "-s", str(_SCRIPT), target.url]
    told = [case, target.path, target.list_query, tag, *target.ids]
    answer = subprocess.run(["wrk", *words, "--", *told], capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout.splitlines()[-1])
    return Throughput(
        rate=found["requests"] / found["microseconds"] * 1e6,
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        longest=found["longest"] / 1000,
        requests=found["requests"],
        refusals=found["refusals"],
        broken=found["broken"],
    )

"""Judges every reference server in every style and says which were reported: none may be.

With `--failing` each shape of request fails in turn, before and after its change is stored. A run must then end with
findings, of failures alone where the list still answers, and leave no config behind.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.reference_servers.servers import KEY, SERVERS, STYLES, Server, served

SHAPES = (
    "GET collection",
    "GET collection search",
    "POST collection",
    "POST collection budgets",
    "POST collection!",
    "GET item",
    "PUT item",
    "PUT item rate_limit",
    "PUT item!",
    "DELETE item",
    "DELETE item!",
)
"""The requests that fail, as FAIL_WHEN has them; with `!` when the change is stored."""

FAILURES = ("status-5", "no-response")
"""How the kinds of findings begin that a failing request shows, whatever rule it was to be answered by."""


def judge_failing(task: tuple[Server, str]) -> tuple[str, str]:
    """Return what was judged, and what is wrong with the judgement of a server whose requests of one shape fail."""
    server, shape = task
    with served(server, fail_when=shape) as url, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "contract_tests", url, "--json", str(report)]
        environment = {**os.environ, "GOVERNANCE_API_KEY": KEY}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        found = json.loads(report.read_text())["findings"] if report.exists() else []
    failed = [each for each in found if each["outcome"] == "fail"]
    accused = sorted({each["rule"] for each in failed if not each["kind"].startswith(FAILURES)})
    told = [f"exit {done.returncode}"] if done.returncode != 1 else []
    told += [f"accused of {', '.join(accused)}"] if accused else []
    told += ["configs were left"] if "could not be deleted" in done.stderr and "DELETE" not in shape else []
    return f"{server.name} with failing {shape}", "; ".join(told) and "; ".join([*told, done.stdout + done.stderr])


def judge(task: tuple[Server, str, int], arguments: list[str]) -> tuple[str, int, str]:
    """Return name, exit code and output of one judgement, of a server in a style by a seed."""
    server, style, seed = task
    with served(server, style) as url:
        command = [sys.executable, "-m", "contract_tests", url, "--seed", str(seed), "--level", "should", *arguments]
        environment = {**os.environ, "GOVERNANCE_API_KEY": KEY}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return f"{server.name} {style} seed {seed}", done.returncode, done.stdout + done.stderr


def main() -> int:
    """Judge the servers as the command line says; return 1 where one was reported."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="judge with so many seeds")
    parser.add_argument("--only", action="append", help="name of a server; may be repeated")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--failing", action="store_true", help="judge servers whose requests of one shape fail")
    options, arguments = parser.parse_known_args()
    tasks, chosen = [], []
    for server in SERVERS:
        if options.only and server.name not in options.only:
            continue
        if lacks := server.lacks():
            print(f"*** SKIPPED: {server.name} was NOT judged: this machine lacks {lacks}", flush=True)  # noqa: T201
            continue
        server.command()
        chosen.append(server)
        tasks += [(server, style, seed) for seed in range(options.seeds) for style in STYLES]
    if options.failing:
        return _report_failing([(server, shape) for server in chosen for shape in SHAPES], options.jobs)
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, code, output in pool.map(lambda task: judge(task, arguments), tasks):
            summary = next((line for line in reversed(output.splitlines()) if " rules: " in line), "")
            print(f"{'ok' if code == 0 else 'REPORTED'}: {name}: exit {code}; {summary}", flush=True)  # noqa: T201
            if code:
                failed += 1
                print(output, flush=True)  # noqa: T201
    return int(failed > 0)


def _report_failing(tasks: list[tuple[Server, str]], jobs: int) -> int:
    wrong = 0
    with ThreadPoolExecutor(jobs) as pool:
        for name, told in pool.map(judge_failing, tasks):
            print(f"{'WRONG' if told else 'ok'}: {name}: {told}", flush=True)  # noqa: T201
            wrong += bool(told)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())

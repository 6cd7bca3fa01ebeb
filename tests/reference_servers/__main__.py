"""Judges every reference server in every style and says which were reported: none may be."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.reference_servers.servers import KEY, SERVERS, STYLES, Server, served


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
    options, arguments = parser.parse_known_args()
    tasks = []
    for server in SERVERS:
        if options.only and server.name not in options.only:
            continue
        if lacks := server.lacks():
            print(f"*** SKIPPED: {server.name} was NOT judged: this machine lacks {lacks}", flush=True)  # noqa: T201
            continue
        server.command()
        tasks += [(server, style, seed) for seed in range(options.seeds) for style in STYLES]
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        for name, code, output in pool.map(lambda task: judge(task, arguments), tasks):
            summary = next((line for line in reversed(output.splitlines()) if " rules: " in line), "")
            print(f"{'ok' if code == 0 else 'REPORTED'}: {name}: exit {code}; {summary}", flush=True)  # noqa: T201
            if code:
                failed += 1
                print(output, flush=True)  # noqa: T201
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())

"""Runs the suite against a mock and against faulty servers, and keeps the reports in docs/examples/reports/.

`make examples` does it; with `--views` it only makes the reports anew of the logs that are there. What differs from run
to run (ports, ids, instants, durations) is replaced by something that does not; durations are made up.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contract_tests.reports.events import read_events
from contract_tests.reports.formats import FORMATS
from contract_tests.reports.run import Run
from mockserver import MockServer
from tests.cast.careless import budgets, identities, lists, requests, updates
from tests.cast.member import in_background, ledger

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "docs" / "examples" / "reports"
LOG = "events.jsonl"
KEY = "mock-development-key"
TARGET = "http://127.0.0.1:4010"
STARTED = "2026-11-24T09:00:00Z"

_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_RUN = re.compile(r"\bct-[0-9a-f]{8}\b", re.IGNORECASE)
_INSTANT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_CUT = re.compile(r'(?<=\\")[0-9a-fTZ:.+-]+(?=(?:\\n)?\\u2026)')
"""An id or an instant of which only the beginning is left."""

_ACCEPT = ("--reason", "being mended, see GW-212", "--owner", "gateway team", "--expires", "2035-12-31")


class Early(
    budgets.OnlyNeighboursAreCompared,
    budgets.ZeroIsALimit,
    identities.RenamesOntoOthers,
    lists.EmptyIsNullUnfiltered,
    lists.SearchSeesCase,
    updates.EmptyBudgetsAreIgnored,
    updates.UpdatedAtStays,
):
    """A server as it may be before its first release."""


class Later(
    budgets.OnlyNeighboursAreCompared,
    budgets.ZeroIsALimit,
    lists.EmptyIsNullUnfiltered,
    requests.BlankNames,
    updates.EmptyBudgetsAreIgnored,
):
    """The same server some weeks later: some of it is mended, and something new is wrong."""


def main(arguments: list[str]) -> int:
    """Make the examples, or with `--views` only the reports of the logs that are there; return the exit code."""
    if arguments not in ([], ["--views"]):
        print(f"report_examples.py: {' '.join(arguments)!r} is not understood; expected --views", file=sys.stderr)
        return 2
    if not arguments:
        with tempfile.TemporaryDirectory() as work:
            _run_all(Path(work))
    for folder in sorted(path.parent for path in EXAMPLES.glob(f"*/{LOG}")):
        for name, text in views(folder).items():
            (folder / name).write_bytes(text)
        print(f"wrote {folder.relative_to(ROOT)}")
    return 0


def views(folder: Path) -> dict[str, bytes]:
    """Return the reports of the log in a folder, by file name."""
    run = Run(read_events(folder / LOG))
    return {each.file_name: each.render(run).encode("utf-8", "replace") for each in FORMATS}


def _run_all(work: Path) -> None:
    with MockServer(api_key=KEY, seed=1) as server:
        _run("mock", work, server.url)
    with in_background(ledger(Early)()) as url:
        _run("faulty", work, url)
        _suite("baseline", "update", "known.yaml", "--from", "faulty/report.json", *_ACCEPT, folder=work)
    with in_background(ledger(Later)()) as url:
        _suite(url, "--report", "second", folder=work)
        _suite("baseline", "update", "known.yaml", "--from", "second/report.json", folder=work)
        _run("baseline", work, url, "--baseline", "known.yaml", "--compare", "faulty/report.json")
    shutil.copy(work / "known.yaml", EXAMPLES)


def _run(name: str, work: Path, url: str, *options: str) -> None:
    """Judge a server and keep the log of the run as an example."""
    _suite(url, "--report", name, *options, folder=work)
    (EXAMPLES / name).mkdir(parents=True, exist_ok=True)
    lines = (work / name / LOG).read_text(encoding="utf-8").splitlines()
    (EXAMPLES / name / LOG).write_text(normalised(lines), encoding="utf-8")


def _suite(*arguments: str, folder: Path) -> None:
    environment = {**os.environ, "GOVERNANCE_API_KEY": KEY, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "contract_tests", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def normalised(lines: list[str]) -> str:
    """Return the lines of a log with everything replaced that differs from run to run."""
    events = [json.loads(line) for line in lines]
    started = events[0]
    url = started["target"]
    started |= {"target": TARGET, "started": STARTED}
    started["versions"] = {name: item for name, item in started["versions"].items() if name.startswith("governance")}
    for event in events:
        if event["event"] == "compared":
            event |= {"target": TARGET, "started": STARTED}
    text = "".join(json.dumps(event) + "\n" for event in _timed(events))
    return _without_chance(text.replace(url, TARGET))


def _timed(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the events with made-up times: one request after the other, most of them quick, some not."""
    chance, now, waiting = random.Random(1), 0.0, []  # noqa: S311 - no secret
    for event in events:
        if event["event"] == "exchanged":
            waiting.append(event)
            continue
        if event["event"] == "probe finished":
            begun = now
            for exchange in sorted(waiting, key=_place):
                took = round(min(0.4, chance.lognormvariate(-5.9, 0.5)), 4)
                status = 200 if event["layer"] == "races" else exchange["status"]  # who wins is chance
                yield {**exchange, "status": status, "at": round(now, 4), "seconds": took}
                now += took + 0.002
            now, waiting = now + 0.004, []
            event |= {"at": round(begun, 4), "seconds": round(now - begun, 4)}
        elif event["event"] == "run ended":
            event["seconds"] = round(now, 4)
        yield event


def _place(exchange: dict[str, Any]) -> tuple[str, ...]:
    """Return what orders the requests of a probe that sends several at one moment."""
    return tuple(str(exchange[name]) for name in ("operation", "method", "status"))


def _without_chance(text: str) -> str:
    """Return `text` with ids and instants numbered as they appear."""
    text = _RUN.sub(lambda found: "ct-0a1b2c3d" if found[0].startswith("ct") else "CT-0A1B2C3D", text)
    text = _CUT.sub("", text)
    text = _ID.sub(_numbered(lambda number: f"00000000-0000-4000-8000-{number:012x}"), text)
    return _INSTANT.sub(_numbered(lambda number: f"2026-11-24T09:{number // 60 % 60:02}:{number % 60:02}Z"), text)


def _numbered(form: Callable[[int], str]) -> Callable[[re.Match[str]], str]:
    """Return what replaces equal texts by equal ones, numbered in the order in which they come."""
    known: dict[str, str] = {}
    return lambda found: known.setdefault(found[0], form(len(known) + 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A run that is ended from outside: a real process, a real signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.interruption import ended_by_terminate
from contract_tests.plugin import pytest_keyboard_interrupt
from tests.contract_tests.conftest import KEY, ROOT, Served

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

SIGNALS = (signal.SIGINT, signal.SIGTERM)
HAS_WORKERS = find_spec("xdist") is not None


class Interrupter:
    """Passes requests on, and after a number of creates sends a signal; then it may refuse all that follows."""

    def __init__(self, number: int, *, vanishes: bool = False) -> None:
        self.process: subprocess.Popen[str] | None = None
        self._signal = number
        self._vanishes = vanishes
        self._creates = 0
        self._is_sent = False

    def __call__(self, app: WSGIApplication) -> WSGIApplication:
        def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if self._vanishes and self._creates >= 12:
                self._interrupt()
                start("503 Service Unavailable", [("Retry-After", "3600")])
                return [b"gone"]
            answer = app(environ, start)
            if environ["REQUEST_METHOD"] == "POST":
                self._creates += 1
                if self._creates == 12 and not self._vanishes:
                    self._interrupt()
            return answer

        return served

    def _interrupt(self) -> None:
        if self.process and not self._is_sent:
            self._is_sent = True
            os.kill(self._victim(self.process.pid), self._signal)

    def _victim(self, pid: int) -> int:
        """Return the process that gets the signal: the first worker where it is one that no process survives."""
        if self._signal != signal.SIGKILL:
            return pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])

    def run(self, url: str, folder: Path, *arguments: str) -> tuple[int, str]:
        """Run the suite against `url` and return its exit code and output."""
        environ = {**os.environ, "GOVERNANCE_API_KEY": KEY, "PYTHONPATH": ROOT}
        command = [sys.executable, "-m", "contract_tests", url, "--journal-dir", str(folder), *arguments]
        self.process = subprocess.Popen(
            command, env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        output, _ = self.process.communicate(timeout=60)
        return self.process.returncode, output


def test_an_interrupt_between_two_lines_can_be_shown() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    interrupted.__code__ = interrupted.__code__.replace(co_linetable=b"")
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    assert [entry._rawentry.tb_lineno for entry in caught.traceback][-1] is None

    pytest_keyboard_interrupt(caught)

    assert "KeyboardInterrupt" in str(caught.getrepr(funcargs=True))


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_in_the_middle_leaves_nothing_on_the_target_and_no_journal(
    number: int, serve: Callable[..., Served], tmp_path: Path
) -> None:
    interrupter = Interrupter(number)
    served = serve(interrupter, scenario="empty")

    code, output = interrupter.run(served.url, tmp_path, "--json", str(tmp_path / "report.json"))

    assert code == 2, output
    assert "KeyboardInterrupt" in output
    assert served.names() == []
    assert list(tmp_path.glob("*.jsonl")) == []
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"]["exit_code"] == 2
    assert report["errors"] == ["the run was interrupted; what was still to come was not judged"]


@pytest.mark.skipif(not HAS_WORKERS, reason="pytest-xdist is not installed")
def test_a_signal_reaches_the_workers_too(serve: Callable[..., Served], tmp_path: Path) -> None:
    interrupter = Interrupter(signal.SIGTERM)
    served = serve(interrupter, scenario="empty")

    code, output = interrupter.run(served.url, tmp_path, "-n", "2")

    assert code == 2, output
    assert "KeyboardInterrupt" in output
    assert served.names() == []
    assert list(tmp_path.glob("*.jsonl")) == []


@pytest.mark.skipif(
    not (HAS_WORKERS and Path("/proc/self/task").is_dir()), reason="needs pytest-xdist and the children of a process"
)
def test_a_worker_that_dies_is_no_verdict_and_what_it_left_is_named(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    interrupter = Interrupter(signal.SIGKILL)
    served = serve(interrupter, scenario="empty")

    code, output = interrupter.run(served.url, tmp_path, "-n", "1", "--layers", "probes")

    (journal,) = tmp_path.glob("*.jsonl")
    assert code == 2, output
    assert "a process of the run died" in output
    assert f"contract-tests reap {served.url} --prefix ct-{journal.stem[-8:]} --older-than 0s" in output
    assert served.names() != []
    assert [name for name in served.names() if not name.startswith(f"ct-{journal.stem[-8:]}-")] == []


def test_the_journal_names_what_is_left_when_the_server_is_gone(serve: Callable[..., Served], tmp_path: Path) -> None:
    interrupter = Interrupter(signal.SIGINT, vanishes=True)
    served = serve(interrupter, scenario="empty")

    code, output = interrupter.run(served.url, tmp_path)

    (journal,) = tmp_path.glob("*.jsonl")
    events = [json.loads(line)["event"] for line in journal.read_text(encoding="utf-8").splitlines()]
    assert code == 2
    assert events.count("created") > events.count("deleted")
    assert f"contract-tests reap {served.url} --journal {journal}" in output


def test_the_handler_that_was_there_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt), ended_by_terminate():
        signal.raise_signal(signal.SIGTERM)

    assert signal.getsignal(signal.SIGTERM) is before

"""A server as a process of its own: its start, its memory, its time on the processor, its stop."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = {"Authorization": "Bearer mock-development-key", "Content-Type": "application/json"}
"""The headers of every request."""

_PATIENCE = 60.0
_POLL = 0.002
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Running:
    """A server that answers, on the loopback."""

    process: subprocess.Popen[bytes]
    port: int
    start_seconds: float
    """From the command to the first answer."""

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory(self) -> int:
        """The resident memory, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    @property
    def processor_seconds(self) -> float:
        """The time on the processor so far."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / _TICKS

    @property
    def descriptors(self) -> int:
        """How many files and connections are open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = KEY
    ) -> tuple[int, bytes]:
        """Return status and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()

    def stop(self) -> int:
        """Stop it as a user does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextlib.contextmanager
def running(command: Sequence[str], path: str, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Yield the server that `command` starts, once `path` is answered; `{port}` in it becomes a free port.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    port = _free_port()
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [word.replace("{port}", str(port)) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**surroundings(), **(environ or {}), "PORT": str(port)},
        )
        try:
            _await_answer(process, port, path, output)
            yield (server := Running(process, port, time.monotonic() - began))
            if process.poll() is None:
                server.stop()
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def surroundings() -> dict[str, str]:
    """Return the environment of what is measured: Python may keep what it has compiled, as with any user."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _await_answer(process: subprocess.Popen[bytes], port: int, path: str, output: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
            with contextlib.closing(connection):
                connection.request("GET", path, headers=KEY)
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(_POLL)
        else:
            return
    output.seek(0)
    raise RuntimeError(f"{process.args!r} did not answer: {output.read().decode(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return int(holder.getsockname()[1])

"""Strain: memory under many requests, pauses, many and slow clients, and a stop in the midst of it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.contenders import ours
from benchmarks.contest import Say
from benchmarks.load import Target, send
from benchmarks.process import KEY, Running, running

_PATH = ours().path
_IDLE, _SLOW, _MANY = 200, 16, 1000
_PROBES = 50


def strained(*, seconds: float, say: Say) -> dict[str, Any]:
    """Return what many clients do to the mock, each kind of strain for so long."""
    contender = ours()
    with running(contender.command, contender.path) as server:
        target = Target(server.url, contender.path, contender.list_query)
        send(target, "create", connections=8, seconds=2, tag="warm")  # fills the log, which is bounded
        say("memory under reading and refusing")
        memory = _memory(server, target, seconds)
        say("a growing store")
        memory["bytes_per_config"], pauses = _growing(server, target, seconds)
        say(f"{_MANY} connections")
        before = server.descriptors
        many = send(target, "list", connections=_MANY, seconds=seconds, tag="many")
        say(f"{_IDLE} idle and {_SLOW} slow connections")
        crowd = _crowded(server)
        time.sleep(0.5)
        left = server.descriptors - before
        code = _stopped_under_load(server, target)
    return {
        "memory": memory,
        "longest_pause_milliseconds": pauses,
        "many": {"connections": _MANY, "rate": round(many.rate), "p99": many.p99, "broken": many.broken},
        "crowd": crowd,
        "descriptors_left": left,
        "stop_exit_code": code,
    }


def _memory(server: Running, target: Target, seconds: float) -> dict[str, Any]:
    """Return the memory before and after requests that leave nothing behind, and how many they were."""
    at_first, sent, steps = server.memory, 0, []
    for number in range(4):
        told = [
            send(target, case, connections=32, seconds=seconds / 4, tag=f"m{number}").requests
            for case in ("create and delete", "refused", "list")
        ]
        sent += sum(told)
        steps.append([sent, round(server.memory / 2**20, 1)])
    return {"before_megabytes": round(at_first / 2**20, 1), "steps": steps}


def _growing(server: Running, target: Target, seconds: float) -> tuple[int, float]:
    """Return how many bytes a stored config takes, and the longest wait of a lone client while the store grows."""
    before = server.memory
    told = send(target, "create", connections=1, seconds=seconds * 2, tag="grow")
    return round((server.memory - before) / max(told.requests, 1)), told.longest


def _crowded(server: Running) -> dict[str, Any]:
    """Return how long a request takes while others hold connections and send nothing, or a byte at a time."""
    is_over = threading.Event()
    with contextlib.ExitStack() as at_end:
        for _ in range(_IDLE):
            at_end.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        slow = [threading.Thread(target=_dawdle, args=(server.port, is_over)) for _ in range(_SLOW)]
        for thread in slow:
            thread.start()
        waits = list(_waits(server))
        is_over.set()
        for thread in slow:
            thread.join()
    return {"idle": _IDLE, "slow": _SLOW, "median": round(median(waits), 2), "longest": round(max(waits), 2)}


def _waits(server: Running) -> Iterator[float]:
    for _ in range(_PROBES):
        began = time.perf_counter()
        status, _body = server.ask("GET", _PATH)
        if status != 200:
            raise RuntimeError(f"GET answered {status}")
        yield (time.perf_counter() - began) * 1000


def _dawdle(port: int, is_over: threading.Event) -> None:
    """Send a request byte by byte, until it is over."""
    lines = ("Host: localhost", f"Authorization: {KEY['Authorization']}", "Content-Length: 100000", "", "")
    head = "\r\n".join((f"POST {_PATH} HTTP/1.1", *lines))
    with socket.create_connection(("127.0.0.1", port)) as connection, contextlib.suppress(OSError):
        connection.sendall(head.encode())
        while not is_over.wait(0.05):
            connection.sendall(b" ")


def _stopped_under_load(server: Running, target: Target) -> int:
    """Return the exit code of a stop while requests are under way."""
    load = threading.Thread(
        target=lambda: send(target, "list", connections=32, seconds=2, tag="stop"), name="load", daemon=True
    )
    load.start()
    time.sleep(1)
    code = server.stop()
    load.join()
    return code

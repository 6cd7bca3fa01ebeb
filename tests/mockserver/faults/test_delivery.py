"""Answers that come late, by the server of the mock and by others."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.exchange import Response
from mockserver.faults import waits
from mockserver.faults.delivery import KEY, Delivery, delivered_by_thread
from mockserver.faults.waits import Wait
from mockserver.faults.wire import Breakage
from mockserver.serving import bridge
from mockserver.serving.server import BackgroundServer

SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""


class Waiter:
    """A WSGI application whose answers wait, and which notes what it was called with."""

    def __init__(self, *, before: bool, breakage: Breakage | None = None) -> None:
        self.release: Future[None] = Future()
        self.calls: list[tuple[bool, bytes]] = []
        self.is_called = threading.Event()
        self._before = before
        self._breakage = breakage

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        told: Delivery = environ[KEY]
        self.calls.append((told.is_delayed, environ["wsgi.input"].read()))
        waiting = self._before and not told.is_delayed
        if self._before:
            told.delay = Wait(released=self.release)
        else:
            told.pause, told.breakage = Wait(released=self.release), self._breakage
        start_response("503 Service Unavailable" if waiting else "200 OK", [("Content-Type", "text/plain")])
        self.is_called.set()
        return [b"first" if waiting else b"last"]


def connected(running: BackgroundServer) -> socket.socket:
    parts = urlsplit(running.url)
    assert parts.port
    return socket.create_connection((str(parts.hostname), parts.port), timeout=SECONDS)


def asking(running: BackgroundServer, connection: str = "close") -> socket.socket:
    """Return a connection on which a request with a body has been sent."""
    sent = connected(running)
    head = f"POST / HTTP/1.1\r\nHost: mock\r\nConnection: {connection}\r\nContent-Length: 3\r\n\r\n"
    sent.sendall(head.encode() + b"abc")
    return sent


def answered(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return status and body of the answer that comes on a connection."""
    with connection:
        head, _, body = b"".join(iter(lambda: connection.recv(2**16), b"")).partition(b"\r\n\r\n")
    return head[9:12], body


@pytest.fixture(params=[True, False], ids=["before", "after"])
def waiter(request: pytest.FixtureRequest) -> Waiter:
    return Waiter(before=request.param)


@pytest.fixture
def running(waiter: Waiter) -> Iterator[BackgroundServer]:
    with BackgroundServer(waiter) as background:
        yield background


def test_an_answer_comes_when_it_is_released(waiter: Waiter, running: BackgroundServer) -> None:
    connection = asking(running)
    assert waiter.is_called.wait(SECONDS)
    waiter.release.set_result(None)
    assert answered(connection) == (b"200", b"last")


def test_a_delayed_request_is_handed_over_whole_a_second_time() -> None:
    waiter = Waiter(before=True)
    waiter.release.set_result(None)
    with BackgroundServer(waiter) as running:
        assert answered(asking(running)) == (b"200", b"last")
    assert waiter.calls == [(False, b"abc"), (True, b"abc")]


def test_a_request_that_waits_holds_up_nobody(waiter: Waiter, running: BackgroundServer) -> None:
    first = asking(running)
    assert waiter.is_called.wait(SECONDS)
    first_release, waiter.release = waiter.release, Future()
    waiter.release.set_result(None)
    assert answered(asking(running)) == (b"200", b"last")
    first_release.set_result(None)
    assert answered(first) == (b"200", b"last")


def test_a_delayed_request_acts_even_if_its_client_has_left() -> None:
    waiter = Waiter(before=True)
    with BackgroundServer(waiter) as running:
        connection = asking(running)
        assert waiter.is_called.wait(SECONDS)
        connection.close()
        waiter.is_called.clear()
        waiter.release.set_result(None)
        assert waiter.is_called.wait(SECONDS)
    assert [is_delayed for is_delayed, _ in waiter.calls] == [False, True]


def test_a_stop_ends_every_wait(waiter: Waiter, running: BackgroundServer) -> None:
    connection = asking(running)
    assert waiter.is_called.wait(SECONDS)
    running.close()
    status, _ = answered(connection)
    assert status == (b"503" if len(waiter.calls) == 1 and waiter._before else b"200")
    assert waiter.release.cancelled()


def test_the_number_of_requests_that_wait_is_bounded(
    waiter: Waiter, running: BackgroundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "MOST_WAITING", 0)
    assert answered(asking(running)) == ((b"503", b"first") if waiter._before else (b"200", b"last"))
    assert waiter.release.cancelled()


def test_a_request_that_nobody_releases_goes_on_at_last(
    waiter: Waiter, running: BackgroundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "LONGEST_WAIT", 0)
    assert answered(asking(running)) == (b"200", b"last")
    assert waiter.release.cancelled()


def test_a_connection_that_is_to_break_is_not_kept_for_a_client_that_has_left() -> None:
    waiter = Waiter(before=False, breakage=Breakage("EMPTY_RESPONSE"))
    with BackgroundServer(waiter) as running:
        is_over = threading.Event()
        waiter.release.add_done_callback(lambda _: is_over.set())
        connection = asking(running)
        assert waiter.is_called.wait(SECONDS)
        assert not is_over.is_set()
        connection.close()
        assert is_over.wait(SECONDS)


def test_another_server_waits_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "LONGEST_WAIT", 0)
    seen = []

    def answer(told: Delivery) -> Response:
        seen.append(told.is_delayed)
        told.delay = Wait(released=Future())
        return Response(200 if told.is_delayed else 503, b"")

    assert delivered_by_thread(answer).status == 200
    assert seen == [False, True]

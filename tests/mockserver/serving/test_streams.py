"""A response that comes into being while it is sent is drawn no faster than its client reads it."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response

from mockserver.faults import sockets
from mockserver.serving import streams
from mockserver.serving.server import BackgroundServer

SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""

PIECE = b"x" * 65_536
ASK = b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n"


class Flood:
    """Pieces without end, which know how many bytes were drawn of them and when they are closed."""

    def __init__(self) -> None:
        self.drawn = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self.drawn += len(PIECE)
        return PIECE

    def close(self) -> None:
        self.closed.set()


class Looks:
    """What the system tells of a client, look by look, until that is said to be something else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: int | None) -> None:
        self.answer = answer
        self.seen: queue.Queue[int | None] = queue.Queue()
        monkeypatch.setattr(sockets, "unread", self._look)
        monkeypatch.setattr(streams, "_LOOK_SECONDS", 0.001)

    def _look(self, _client: str, _server: str) -> int | None:
        self.seen.put(self.answer)
        return self.answer


@pytest.fixture
def flood() -> Flood:
    return Flood()


@pytest.fixture
def connection(flood: Flood) -> Iterator[socket.socket]:
    """Return a connection on which the flood can be asked for; its client takes little at a time."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", view_func=lambda: Response(flood), endpoint="flood")
    with BackgroundServer(app) as running, socket.socket() as client:
        parts = urlsplit(running.url)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(SECONDS)
        client.connect((parts.hostname, parts.port))
        yield client


def test_nothing_is_drawn_for_a_client_that_lags_until_it_has_read(
    monkeypatch: pytest.MonkeyPatch, flood: Flood, connection: socket.socket
) -> None:
    looks = Looks(monkeypatch, answer=1)
    connection.sendall(ASK)
    for _ in range(50):
        assert looks.seen.get(timeout=SECONDS) == 1
    most = streams.MOST_UNREAD + (streams._PIECES + 3) * len(PIECE)
    assert streams.MOST_UNREAD < flood.drawn <= most
    looks.answer = 0
    while flood.drawn <= most:
        assert connection.recv(2**16)


def test_a_client_that_leaves_while_it_lags_ends_the_stream(
    monkeypatch: pytest.MonkeyPatch, flood: Flood, connection: socket.socket
) -> None:
    looks = Looks(monkeypatch, answer=1)
    connection.sendall(ASK)
    looks.seen.get(timeout=SECONDS)
    connection.close()
    assert flood.closed.wait(SECONDS)


def test_a_stream_ends_where_the_system_does_not_tell_what_was_read(
    monkeypatch: pytest.MonkeyPatch, flood: Flood, connection: socket.socket
) -> None:
    Looks(monkeypatch, answer=None)
    connection.sendall(ASK)
    assert flood.closed.wait(SECONDS)
    assert streams.MOST_BLIND < flood.drawn <= streams.MOST_BLIND + (streams._PIECES + 3) * len(PIECE)
    received = b""
    while not received.endswith(b"0\r\n\r\n"):
        received = received[-9:] + connection.recv(2**16)


@pytest.mark.skipif(not sockets.are_listed(), reason="this system has no list of open descriptors")
def test_a_client_that_reads_nothing_holds_little_memory(
    monkeypatch: pytest.MonkeyPatch, flood: Flood, connection: socket.socket
) -> None:
    seen: queue.Queue[int | None] = queue.Queue()
    real = sockets.unread

    def look(client: str, server: str) -> int | None:
        answer = real(client, server)
        seen.put(answer)
        return answer

    monkeypatch.setattr(sockets, "unread", look)
    connection.sendall(ASK)
    before = None
    while before != (before := seen.get(timeout=SECONDS)) or not before:
        continue
    assert flood.drawn < 32 * 2**20
    drawn = flood.drawn
    while flood.drawn <= drawn:
        assert connection.recv(2**16)

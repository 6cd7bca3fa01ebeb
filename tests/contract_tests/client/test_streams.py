"""Requests of a burst meet at the server: all but the last byte of each head is there before any is complete."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from contract_tests.client.connection import Bounds, Connections, Request

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BOUNDS = Bounds(timeout=10)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def _connections(listener: socket.socket) -> Connections:
    return Connections(f"http://127.0.0.1:{listener.getsockname()[1]}")


def _ask(connections: Connections, barrier: threading.Barrier, body: bytes, statuses: list[int]) -> None:
    statuses.append(connections.send(Request("POST", "/", body=body), BOUNDS, barrier=barrier).status)


def _received(connection: socket.socket, until: bytes) -> bytes:
    text = b""
    while not text.endswith(until):
        part = connection.recv(4096)
        assert part, text
        text += part
    return text


@pytest.mark.parametrize("body", [b"", b'{"model_name": "m"}'])
def test_a_request_waits_before_the_last_byte_of_its_head_until_the_others_are_there(
    body: bytes, listener: socket.socket
) -> None:
    statuses: list[int] = []
    barrier = threading.Barrier(2)
    connections = _connections(listener)
    racer = threading.Thread(target=_ask, args=(connections, barrier, body, statuses))
    racer.start()
    connection = listener.accept()[0]
    with connection:
        connection.settimeout(10)
        head = _received(connection, b"\r\n\r")
        barrier.wait(10)
        rest = _received(connection, b"\n" + body)
        connection.sendall(ANSWER)
        racer.join(10)
    connections.close()

    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert rest == b"\n" + body
    assert statuses == [200]


def test_a_request_without_a_barrier_waits_for_nobody(listener: socket.socket) -> None:
    connections = _connections(listener)
    asked: list[bytes] = []

    def serve() -> None:
        connection = listener.accept()[0]
        with connection:
            for _ in range(2):
                asked.append(_received(connection, b"\r\n\r\n"))
                connection.sendall(ANSWER)

    server = threading.Thread(target=serve)
    server.start()
    first = connections.send(Request("GET", "/"), BOUNDS, barrier=threading.Barrier(1))
    second = connections.send(Request("GET", "/"), BOUNDS)
    server.join(10)
    connections.close()

    assert (first.status, second.status) == (200, 200)
    assert len(asked) == 2


def test_a_request_whose_others_never_come_is_sent_all_the_same(listener: socket.socket) -> None:
    statuses: list[int] = []
    barrier = threading.Barrier(2)
    barrier.abort()
    connections = _connections(listener)
    racer = threading.Thread(target=_ask, args=(connections, barrier, b"", statuses))
    racer.start()
    with listener.accept()[0] as connection:
        connection.settimeout(10)
        _received(connection, b"\r\n\r\n")
        connection.sendall(ANSWER)
        racer.join(10)
    connections.close()

    assert statuses == [200]

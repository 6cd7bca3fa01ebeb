from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from contract_tests.simultaneous import MeetingAdapter, meeting_at

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def _ask(url: str, barrier: threading.Barrier, body: bytes, statuses: list[int]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", MeetingAdapter())
        with meeting_at(barrier):
            statuses.append(session.post(url, data=body, timeout=10).status_code)


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
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    racer = threading.Thread(target=_ask, args=(url, barrier, body, statuses))
    racer.start()
    connection = listener.accept()[0]
    with connection:
        connection.settimeout(10)
        head = _received(connection, b"\r\n\r")
        barrier.wait(10)
        rest = _received(connection, b"\n" + body)
        connection.sendall(ANSWER)
        racer.join(10)

    assert head.startswith(b"POST / HTTP/1.1\r\n")
    assert rest == b"\n" + body
    assert statuses == [200]


def test_the_second_request_of_a_thread_waits_for_nobody(listener: socket.socket) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    asked: list[bytes] = []

    def serve() -> None:
        connection = listener.accept()[0]
        with connection:
            for _ in range(2):
                asked.append(_received(connection, b"\r\n\r\n"))
                connection.sendall(ANSWER)

    server = threading.Thread(target=serve)
    server.start()
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", MeetingAdapter())
        with meeting_at(threading.Barrier(1)):
            statuses = [session.get(url, timeout=10).status_code for _ in range(2)]
    server.join(10)

    assert statuses == [200, 200]
    assert len(asked) == 2


def test_a_request_whose_others_never_come_is_sent_all_the_same(listener: socket.socket) -> None:
    statuses: list[int] = []
    barrier = threading.Barrier(2)
    barrier.abort()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    racer = threading.Thread(target=_ask, args=(url, barrier, b"", statuses))
    racer.start()
    with listener.accept()[0] as connection:
        connection.settimeout(10)
        _received(connection, b"\r\n\r\n")
        connection.sendall(ANSWER)
        racer.join(10)

    assert statuses == [200]

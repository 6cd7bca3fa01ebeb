"""Broken connections, as a client sees them on the wire."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mockserver.app import create_app
from mockserver.faults import wire
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

KEY = "management-key"
CONFIGS = "/api/governance/model-configs"
SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""

BREAKAGES = tuple(wire.BREAKAGES)
pytestmark = pytest.mark.skipif(not wire.is_possible(), reason="this system has no list of open descriptors")


@dataclass(frozen=True)
class Mock:
    """A running mock, as a client in a session of its own sees it."""

    url: str
    session: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}", "X-Mock-Session": self.session}

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self.url}/__admin{path}"
        answer = requests.request(method, url, json=body, headers=self.headers, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, name: str) -> requests.Response:
        return requests.post(self.url + CONFIGS, json={"model_name": name}, headers=self.headers, timeout=SECONDS)

    def names(self) -> list[str]:
        return [config["model_name"] for config in self.admin("GET", "/state")["collections"]["model_configs"]]

    def connected(self) -> socket.socket:
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return socket.create_connection((parts.hostname, parts.port), timeout=SECONDS)

    def request(self, method: str = "GET", body: bytes = b"") -> bytes:
        told = {**self.headers, "Host": "mock", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{method} {CONFIGS} HTTP/1.1\r\n{head}\r\n".encode() + body


@pytest.fixture(scope="module")
def running() -> Iterator[BackgroundServer]:
    with BackgroundServer(create_app(Settings(api_key=KEY, scenario="empty"))) as background:
        yield background


NUMBERS = itertools.count()


@pytest.fixture
def mock(running: BackgroundServer) -> Mock:
    return Mock(running.url, f"session-{next(NUMBERS)}")


def descriptors() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - names alone


def received(connection: socket.socket) -> bytes:
    """Return all that comes until the end; a reset with nothing before it raises ConnectionResetError."""
    pieces = []
    try:
        while piece := connection.recv(2**16):
            pieces.append(piece)
    except ConnectionResetError:
        assert pieces == []
        raise
    return b"".join(pieces)


def broken(mock: Mock, kind: str, **members: Any) -> bytes:
    """Return all that the server sends on a connection that it breaks."""
    mock.admin("POST", "/faults", {"kind": kind, "times": 1, **members})
    with mock.connected() as connection:
        connection.sendall(mock.request("POST", b'{"model_name": "m"}'))
        return received(connection)


def is_there_before_and_after(mock: Mock, see: Callable[[str], None]) -> None:
    """Let `see` look at a breakage before and after the request acts, and check what each did."""
    see("before")
    assert mock.names() == []
    see("after")
    assert mock.names() == ["m"]
    after, before = (
        (each["response"]["status"], each["response"]["body_size"] > 0, each["faults"][0]["when"])
        for each in mock.admin("GET", "/requests")["requests"]
    )
    assert before == (0, False, "before")
    assert after == (200, True, "after")


def test_a_reset_connection_answers_nothing_but_an_error(mock: Mock) -> None:
    def see(when: str) -> None:
        with pytest.raises(ConnectionResetError):
            broken(mock, "CONNECTION_RESET_BY_PEER", when=when)

    is_there_before_and_after(mock, see)


def test_an_empty_response_is_the_end_of_the_connection(mock: Mock) -> None:
    def see(when: str) -> None:
        assert broken(mock, "EMPTY_RESPONSE", when=when) == b""

    is_there_before_and_after(mock, see)


def test_a_malformed_chunk_comes_after_a_proper_head(mock: Mock) -> None:
    def see(when: str) -> None:
        head, _, body = broken(mock, "MALFORMED_RESPONSE_CHUNK", when=when).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"transfer-encoding: chunked" in head
        with pytest.raises(ValueError, match="invalid literal"):
            int(body, 16)

    is_there_before_and_after(mock, see)


def test_random_data_are_no_http_and_follow_from_the_seed(mock: Mock) -> None:
    seen = []

    def see(when: str) -> None:
        seen.append(broken(mock, "RANDOM_DATA_THEN_CLOSE", when=when, seed=7))

    is_there_before_and_after(mock, see)
    assert seen[0] == seen[1] != broken(mock, "RANDOM_DATA_THEN_CLOSE", seed=8)
    assert len(seen[0]) > 100
    assert b"HTTP/" not in seen[0]


def test_a_timeout_closes_the_connection_after_its_time(mock: Mock) -> None:
    def see(when: str) -> None:
        assert broken(mock, "timeout", when=when, milliseconds=1) == b""

    is_there_before_and_after(mock, see)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("CONNECTION_RESET_BY_PEER", requests.ConnectionError),
        ("EMPTY_RESPONSE", requests.ConnectionError),
        ("MALFORMED_RESPONSE_CHUNK", requests.exceptions.ChunkedEncodingError),
        ("RANDOM_DATA_THEN_CLOSE", requests.ConnectionError),
    ],
)
def test_a_client_library_reports_an_error_and_its_next_request_is_answered(
    mock: Mock, kind: str, error: type[Exception]
) -> None:
    mock.admin("POST", "/faults", {"kind": kind, "times": 1})
    with pytest.raises(error):
        mock.create("lost")
    assert mock.create("kept").status_code == 200
    assert mock.names() == ["kept"]


@pytest.mark.parametrize("kind", BREAKAGES)
def test_a_connection_that_was_used_before_breaks_too(mock: Mock, kind: str) -> None:
    mock.admin("POST", "/faults", {"kind": kind, "operation": "createModelConfig"})
    with mock.connected() as connection:
        connection.sendall(mock.request())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert json.loads(answer.read())["model_configs"] == []
        connection.sendall(mock.request("POST", b'{"model_name": "m"}'))
        with contextlib.suppress(ConnectionResetError):
            assert b"model_config" not in received(connection)


@pytest.mark.parametrize("kind", BREAKAGES)
@pytest.mark.parametrize("wish", [b"Connection: close\r\n\r\n", b"Connection: keep-alive\r\n\r\nGET"])
def test_a_connection_breaks_whatever_else_its_client_wants(mock: Mock, kind: str, wish: bytes) -> None:
    mock.admin("POST", "/faults", {"kind": kind})
    with mock.connected() as connection:
        connection.sendall(mock.request().replace(b"\r\n\r\n", b"\r\n" + wish))
        if kind == "CONNECTION_RESET_BY_PEER":
            with pytest.raises(ConnectionResetError):
                received(connection)
        else:
            assert b"model_configs" not in received(connection)


def test_broken_connections_leave_no_descriptors_behind(mock: Mock) -> None:
    for kind in BREAKAGES:
        mock.admin("POST", "/faults", {"kind": kind, "path": CONFIGS, "times": 20})
    before = descriptors()
    for _ in range(20 * len(BREAKAGES)):
        with mock.connected() as connection, contextlib.suppress(ConnectionResetError):
            connection.sendall(mock.request())
            assert b"model_configs" not in received(connection)
    with mock.connected() as connection:
        connection.sendall(mock.request())
        assert b"model_configs" in connection.recv(2**16)
    assert descriptors() < before + 20


def test_a_server_whose_connections_broke_stops_at_once(mock: Mock) -> None:
    with BackgroundServer(create_app(Settings(api_key=KEY, scenario="empty"))) as background:
        other = Mock(background.url, "base")
        for kind in BREAKAGES:
            with contextlib.suppress(ConnectionResetError):
                broken(other, kind)
    with pytest.raises(ConnectionError):
        other.connected()
    assert mock.create("m").status_code == 200


def test_the_faults_of_one_session_leave_another_alone(mock: Mock) -> None:
    other = Mock(mock.url, f"{mock.session}-other")
    mock.admin("POST", "/faults", {"kind": "EMPTY_RESPONSE", "when": "after"})
    assert other.create("m").status_code == 200
    with pytest.raises(requests.ConnectionError):
        mock.create("m")
    assert mock.names() == other.names() == ["m"]
    assert other.admin("GET", "/requests")["requests"][0]["faults"] == []


def test_a_connection_that_is_not_there_cannot_be_broken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert not wire.broken(wire.Breakage("EMPTY_RESPONSE"), f"127.0.0.1:{port}", f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("family", "host", "mapped"),
    [
        (socket.AF_INET, "127.0.0.1", "[::ffff:127.0.0.1]"),
        (socket.AF_INET6, "::1", "[::1]"),
    ],
)
def test_a_connection_is_found_by_its_ends_however_they_are_written(
    family: socket.AddressFamily, host: str, mapped: str
) -> None:
    try:
        listening = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with listening, socket.create_connection(listening.getsockname()[:2], timeout=SECONDS) as client:
        accepted, _ = listening.accept()
        with accepted:
            here, there = (f"{mapped}:{name[1]}" for name in (client.getsockname(), client.getpeername()))
            assert wire.broken(wire.Breakage("EMPTY_RESPONSE"), here, there)
            assert client.recv(1) == b""
            assert accepted.fileno() >= 0

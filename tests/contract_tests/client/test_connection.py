"""The client over real sockets: what it skips, what it bounds, and what it calls a missing response."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from contract_tests.client.connection import Bounds, Connections, FailureKind, NoResponse, Request, Unreachable

BODY = b'{"a": 1}'
LIST = Request("GET", "/configs?limit=1")
WRITE = Request("POST", "/configs", {"Content-Type": "application/json"}, BODY)
QUICK = Bounds(timeout=0.4)


class Scripted:
    """A server that sends the bytes of a script, one entry for each request; None closes the connection instead."""

    def __init__(self, script: list[bytes | None]) -> None:
        self.script = list(script)
        self.heads: list[bytes] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while self.script:
                connection = self._socket.accept()[0]
                self.connections += 1
                with connection:
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        while self.script:
            head = self._read(connection)
            if not head:
                return
            self.heads.append(head)
            answer = self.script.pop(0)
            if answer is None:
                return
            connection.sendall(answer)
            if b"close" in answer.lower():
                return
        with suppress(OSError):
            connection.settimeout(5)
            connection.recv(1)  # until the client has enough

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        text = b""
        while b"\r\n\r\n" not in text:
            part = connection.recv(4096)
            if not part:
                return b""
            text += part
        if b"content-length: 8" in text.lower() and not text.endswith(BODY):
            text += connection.recv(4096)
        return text

    def close(self) -> None:
        self._socket.close()


def plain(body: bytes = b"{}", status: bytes = b"200 OK", *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture
def serving() -> Iterator[Callable[..., tuple[Connections, Scripted]]]:
    made: list[Any] = []

    def start(*script: bytes | None) -> tuple[Connections, Scripted]:
        server = Scripted(list(script))
        connections = Connections(server.url)
        made.extend((connections, server))
        return connections, server

    yield start
    for each in made:
        each.close()


def test_a_request_is_sent_as_it_is_and_its_response_is_read(serving: Callable[..., Any]) -> None:
    connections, server = serving(plain(b'{"id": 7}', b"201 Created", b"X-Any: \xe4"))

    response = connections.send(Request("POST", "/a/%FF/../b?q=%zz", {"X-Own": "ü"}, b""), QUICK)

    assert server.heads[0].startswith(b"POST /a/%FF/../b?q=%zz HTTP/1.1\r\n")
    assert b"X-Own: \xfc\r\n" in server.heads[0]
    assert b"Content-Length: 0\r\n" in server.heads[0]
    assert (response.status, response.body, response.headers["x-any"]) == (201, b'{"id": 7}', "ä")


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints\r\nLink: </x>; rel=preload"])
def test_interim_responses_are_skipped(interim: bytes, serving: Callable[..., Any]) -> None:
    connections, _ = serving(b"HTTP/1.1 " + interim + b"\r\n\r\n" + b"HTTP/1.1 103 More\r\n\r\n" + plain(b'"real"'))

    assert connections.send(LIST, QUICK).body == b'"real"'


def test_no_cookie_is_kept(serving: Callable[..., Any]) -> None:
    connections, server = serving(plain(b"{}", b"200 OK", b"Set-Cookie: session=1; Path=/"), plain())
    for _ in range(2):
        connections.send(LIST, QUICK)

    assert b"cookie" not in server.heads[1].lower()


def test_a_redirect_is_a_response_like_any_other(serving: Callable[..., Any]) -> None:
    connections, server = serving(plain(b"", b"302 Found", b"Location: /elsewhere"))

    assert connections.send(LIST, QUICK).status == 302
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("answer", "reused"),
    [
        (plain(), True),
        (plain(b"{}", b"404 Not Found"), True),
        (plain(b"{}", b"500 Internal Server Error"), False),
        (plain(b"{}", b"503 Service Unavailable"), False),
        (plain(b"{}", b"200 OK", b"Connection: close"), False),
    ],
)
def test_a_connection_is_not_used_again_after_a_failure_or_where_it_is_to_be_closed(
    answer: bytes, reused: bool, serving: Callable[..., Any]
) -> None:
    connections, server = serving(answer, plain())
    connections.send(WRITE, QUICK)
    connections.send(WRITE, QUICK)

    assert (server.connections == 1) is reused


def test_a_connection_of_its_own_is_used_by_nobody_else(serving: Callable[..., Any]) -> None:
    connections, server = serving(plain(), plain(), plain())
    for _ in range(3):
        connections.send(LIST, QUICK, is_fresh=True)

    assert server.connections == 3


def test_what_a_used_connection_swallowed_is_told_apart_from_what_a_new_one_drops(serving: Callable[..., Any]) -> None:
    connections, _ = serving(plain(), None, None)
    connections.send(LIST, QUICK)

    with pytest.raises(NoResponse) as swallowed:
        connections.send(WRITE, QUICK)
    with pytest.raises(NoResponse) as dropped:
        connections.send(WRITE, QUICK)

    assert (swallowed.value.kind, swallowed.value.is_swallowed) == (FailureKind.CLOSED, True)
    assert (dropped.value.kind, dropped.value.is_swallowed) == (FailureKind.CLOSED, False)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"this is no HTTP at all, not even nearly\r\n\r\n", FailureKind.MALFORMED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\nConnection: close\r\n\r\nonly this", FailureKind.CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this", FailureKind.TIMED_OUT),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000, FailureKind.MALFORMED),
    ],
)
def test_what_is_no_whole_response_is_none(answer: bytes, kind: FailureKind, serving: Callable[..., Any]) -> None:
    connections, _ = serving(answer)

    with pytest.raises(NoResponse) as error:
        connections.send(LIST, QUICK)

    assert error.value.kind is kind


def test_the_time_of_a_request_counts_from_its_beginning_however_often_something_comes(
    serving: Callable[..., Any],
) -> None:
    connections, _ = serving(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)

    with pytest.raises(NoResponse, match=r"no whole response within 0\.4 s; 75 bytes of it came"):
        connections.send(LIST, QUICK)


def test_a_body_beyond_the_bound_is_cut_and_told(serving: Callable[..., Any]) -> None:
    connections, server = serving(plain(b"x" * 5000), plain())

    response = connections.send(LIST, Bounds(timeout=5, max_response_bytes=1000))
    connections.send(LIST, QUICK)

    assert (response.status, len(response.body)) == (200, 1000)
    assert response.breach == "it is longer than 1000 bytes (--max-response-bytes)"
    assert server.connections == 2


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"deflate"])
def test_a_coding_that_nobody_asked_for_is_undone_within_the_bound(coding: bytes, serving: Callable[..., Any]) -> None:
    encoded = zlib.compress(b" " * 100_000) if coding == b"deflate" else gzip.compress(b" " * 100_000)
    answer = plain(encoded, b"200 OK", b"Content-Encoding: " + coding)
    connections, _ = serving(answer, answer)

    whole = connections.send(LIST, Bounds(5, 200_000))
    cut = connections.send(LIST, Bounds(5, 50_000))

    assert (len(whole.body), whole.breach) == (100_000, "")
    assert (len(cut.body), cut.breach != "") == (50_000, True)


def test_a_damaged_coding_is_a_breach(serving: Callable[..., Any]) -> None:
    connections, _ = serving(plain(b"no gzip", b"200 OK", b"Content-Encoding: gzip"))

    assert "its content coding gzip is damaged" in connections.send(LIST, QUICK).breach


def test_a_proxy_that_asks_for_a_user_is_told_who(serving: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    _, proxy = serving(plain(b"", b"407 Proxy Authentication Required"), plain())
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy.url)
    silent = Connections("http://gateway.invalid")
    named = Connections("http://gateway.invalid", ("me", "secret"))

    with pytest.raises(Unreachable, match="pass --proxy-auth USER:PASSWORD"):
        silent.send(LIST, QUICK)
    silent.close()
    named.send(LIST, QUICK)
    named.close()

    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in proxy.heads[1]
    assert proxy.heads[1].startswith(b"GET http://gateway.invalid/configs?limit=1 HTTP/1.1\r\n")


def test_a_proxy_that_the_environment_does_not_name_gets_its_user_too(serving: Callable[..., Any]) -> None:
    _, server = serving(plain())
    connections = Connections(server.url, ("me", "secret"))
    connections.send(LIST, QUICK)
    connections.close()

    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in server.heads[0]

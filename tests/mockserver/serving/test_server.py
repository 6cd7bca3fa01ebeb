"""What goes over the wire between a client, the server and a WSGI application behind it."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, request

from mockserver.serving import bridge, server
from mockserver.serving.server import BackgroundServer, CannotListen, PortTaken, reserve

LIMIT = 64 * 1024
SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""


class Streams:
    """What the application streams, and whether it was told that nobody listens any more."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def endless(self) -> Iterator[bytes]:
        closed = self.closed  # of whoever asked for this stream, not of a later test
        try:
            while True:
                yield b"tick\n"
                self.go_on.wait(0.01)
        finally:
            closed.set()

    def broken(self) -> Iterator[bytes]:
        yield b"before"
        raise RuntimeError("the stream breaks")


STREAMS = Streams()


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LIMIT
    app.url_map.merge_slashes = False

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def mirror(path: str) -> dict[str, Any]:
        body = request.get_data()
        texts = {name: value for name, value in request.environ.items() if isinstance(value, str)}
        return {"path": path, "length": len(body), "body": body[:9].decode("latin-1"), "environ": texts}

    app.add_url_rule("/endless", view_func=lambda: Response(STREAMS.endless()), endpoint="endless")
    app.add_url_rule("/broken", view_func=lambda: Response(STREAMS.broken()), endpoint="broken")
    app.add_url_rule("/pieces", view_func=lambda: Response(iter(["a", "b", "c"])), endpoint="pieces")
    app.add_url_rule("/empty", view_func=lambda: Response(status=204), endpoint="empty")
    app.add_url_rule("/odd", view_func=lambda: Response(headers={"X-Odd": "é \x01"}), endpoint="odd")
    return app


def failing(_environ: object, _start_response: object) -> list[bytes]:
    raise RuntimeError("the application fails")


def on(running: BackgroundServer) -> tuple[str, int]:
    parts = urlsplit(running.url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def connected(running: BackgroundServer) -> socket.socket:
    return socket.create_connection(on(running), timeout=SECONDS)


def raw(running: BackgroundServer, *pieces: bytes) -> bytes:
    """Return all that the server sends until it closes the connection."""
    with connected(running) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return b"".join(iter(lambda: connection.recv(2**16), b""))


def ask(running: BackgroundServer, request_line: str, *headers: str, body: bytes = b"") -> tuple[int, Any]:
    """Return status and body, read as JSON if it is that, of the answer to a request."""
    head = "\r\n".join((f"{request_line} HTTP/1.1", "Host: mock", "Connection: close", *headers, "", ""))
    return status_and_body(raw(running, head.encode("latin-1"), body))


def status_and_body(received: bytes) -> tuple[int, Any]:
    head, _, body = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body[:1] == b"{" else body


def problem(status: int, message: str) -> dict[str, Any]:
    error = {"message": message}
    return {"is_bifrost_error": False, "status_code": status, "error": error, "extra_fields": {}}


@pytest.fixture(scope="module")
def running() -> Iterator[BackgroundServer]:
    with BackgroundServer(create_app(), max_body_bytes=LIMIT) as background:
        yield background


@pytest.mark.parametrize(
    ("headers", "body", "length"),
    [
        ([], b"", 0),
        (["Content-Length: 0"], b"", 0),
        (["Content-Length: 3"], b"abc", 3),
        (["Content-Length: 3", "Content-Length: 3"], b"abc", 3),
        (["Content-Length: 3", "Expect: 100-continue"], b"abc", 3),
        (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 5),
        ([f"Content-Length: {LIMIT}"], b"x" * LIMIT, LIMIT),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_body_arrives_whole(
    running: BackgroundServer, method: str, headers: list[str], body: bytes, length: int
) -> None:
    status, seen = ask(running, f"{method} /", *headers, body=body)
    assert (status, seen["length"]) == (200, length)


@pytest.mark.parametrize("size", [LIMIT + 1, 20 * 2**20])
def test_a_body_over_the_limit_is_refused_and_the_refusal_can_be_read(running: BackgroundServer, size: int) -> None:
    body = b"x" * size
    announced, _ = ask(running, "POST /", f"Content-Length: {size}", body=body)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body)
    chunked, _ = ask(running, "POST /", "Transfer-Encoding: chunked", body=chunks)
    assert (announced, chunked) == (413, 413)


def test_a_body_over_the_limit_is_refused_before_it_is_sent_if_the_client_asks(
    running: BackgroundServer,
) -> None:
    status, _ = ask(running, "POST /", f"Content-Length: {LIMIT + 1}", "Expect: 100-continue")
    assert status == 413


def test_a_body_that_is_cut_off_is_not_handed_on(running: BackgroundServer) -> None:
    with connected(running) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 9\r\n\r\nabc")
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
    assert received == b"" or status_and_body(received)[0] == 400


def test_a_body_in_malformed_chunks_is_a_bad_request(running: BackgroundServer) -> None:
    answer = ask(running, "POST /", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\nzz\r\n")
    told = "the request body ended before it was complete, or has trailers that no Trailer header announces"
    assert answer == (400, problem(400, told))


CHUNKS_AND_TRAILERS = b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\nX-More: a\r\n\r\n"


def test_trailers_that_are_announced_are_dropped_from_a_body_that_arrives_whole(running: BackgroundServer) -> None:
    headers = ["Transfer-Encoding: chunked", "Trailer: X-Sum, X-More"]
    status, seen = ask(running, "POST /", *headers, body=CHUNKS_AND_TRAILERS)
    assert (status, seen["length"], seen["body"]) == (200, 5, "abcde")
    assert "HTTP_X_SUM" not in seen["environ"]


def test_the_connection_goes_on_after_trailers(running: BackgroundServer) -> None:
    first = b"POST /first HTTP/1.1\r\nHost: mock\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
    last = b"GET /last HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n"
    received = raw(running, first + CHUNKS_AND_TRAILERS + last)
    assert received.count(b"HTTP/1.1 200") == 2


def test_trailers_that_are_not_announced_are_refused_with_what_to_do(running: BackgroundServer) -> None:
    status, body = ask(running, "POST /", "Transfer-Encoding: chunked", body=CHUNKS_AND_TRAILERS)
    assert status == 400
    assert "no Trailer header announces" in body["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        ["Content-Length: -1"],
        ["Content-Length: +1"],
        ["Content-Length: 99999999999999999999999"],
        ["Content-Length: 1", "Content-Length: 2"],
    ],
)
def test_a_body_of_unclear_length_is_a_bad_request(running: BackgroundServer, headers: list[str]) -> None:
    assert ask(running, "POST /", *headers)[0] == 400


@pytest.mark.parametrize("digits", [4300, 4301, 50_000])
def test_a_length_may_have_any_number_of_leading_zeros(running: BackgroundServer, digits: int) -> None:
    status, seen = ask(running, "POST /", f"Content-Length: {'3':0>{digits}}", body=b"abc")
    assert (status, seen["body"]) == (200, "abc")
    assert ask(running, "GET /", f"Content-Length: {'0' * digits}")[0] == 200


@pytest.mark.parametrize("value", ["9" * 5000, "é" * 5000, "-" + "9" * 5000, "\xff", "[" * 5000, "a" * 60_000])
@pytest.mark.parametrize(
    "name",
    [
        "Accept",
        "Authorization",
        "Connection",
        "Content-Length",
        "Content-Type",
        "Cookie",
        "Expect",
        "If-Modified-Since",
        "Keep-Alive",
        "Max-Forwards",
        "Origin",
        "Range",
        "TE",
        "Trailer",
        "Upgrade",
        "Via",
        "X-Forwarded-For",
    ],
)
def test_no_value_of_a_header_ends_in_a_failure(running: BackgroundServer, name: str, value: str) -> None:
    assert ask(running, "POST /", f"{name}: {value}")[0] < 500


@pytest.mark.parametrize(
    ("hosts", "version", "status"),
    [
        (["a"], "1.1", 200),
        (["a:80"], "1.1", 200),
        (["[::1]:80"], "1.1", 200),
        (["xn--e1afmkfd.example:"], "1.1", 200),
        ([""], "1.1", 200),
        ([], "1.0", 200),
        (["a"], "1.0", 200),
        ([], "1.1", 400),
        (["a", "b"], "1.1", 400),
        (["a", "a"], "1.1", 400),
        (["a b"], "1.1", 400),
        (["a/b"], "1.1", 400),
        (["a@b"], "1.1", 400),
        (["a:b"], "1.1", 400),
        (["[::1"], "1.1", 400),
        (["é"], "1.1", 400),
        (["a/b"], "1.0", 400),
    ],
)
def test_a_request_names_one_host(running: BackgroundServer, hosts: list[str], version: str, status: int) -> None:
    lines = [f"GET / HTTP/{version}", *(f"Host: {host}" for host in hosts), "Connection: close", "", ""]
    answered, body = status_and_body(raw(running, "\r\n".join(lines).encode("latin-1")))
    assert answered == status
    if status == 400:
        assert body == problem(400, body["error"]["message"])
        assert "the Host header" in body["error"]["message"]


def test_an_absolute_target_needs_a_host_too(running: BackgroundServer) -> None:
    assert status_and_body(raw(running, b"GET http://mock/ HTTP/1.1\r\nConnection: close\r\n\r\n"))[0] == 400


@pytest.mark.parametrize("method", ["get", "Post", "x", "gET", "patch"])
def test_methods_are_written_in_capitals(running: BackgroundServer, method: str) -> None:
    message = f"the method {method} is unknown; methods are written in capitals, such as GET"
    assert ask(running, f"{method} /") == (400, problem(400, message))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 101 + b"\r\n", 431),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_the_server_refuses_before_the_mock_sees_it_has_no_body(
    running: BackgroundServer, sent: bytes, status: int
) -> None:
    with connected(running) as connection:
        connection.sendall(sent)
        received = connection.recv(2**16)
    assert received.startswith(b"HTTP/1.1 %d " % status)
    assert status_and_body(received)[1] == b""


@pytest.mark.parametrize(
    ("target", "path", "raw_uri"),
    [
        ("/", "", "/"),
        ("/a%20b", "a b", "/a%20b"),
        ("/%D0%96", "Ж", "/%D0%96"),
        (b"/%D0%96".decode("latin-1"), "Ж", "/%D0%96"),
        ("/Ж".encode().decode("latin-1"), "Ж", "/%D0%96"),
        ("/a%2Fb", "a/b", "/a/b"),
        ("/a%252Fb", "a%2Fb", "/a%252Fb"),
        ("/%zz", "%zz", "/%25zz"),
        ("/%FF", "\ufffd", "/%EF%BF%BD"),
        ("/a//b/", "a//b/", "/a//b/"),
        ("/a?b=%2F&b=%D0%96", "a", "/a?b=%2F&b=%D0%96"),
        ("http://other:1/a", "a", "/a"),
    ],
)
def test_a_path_is_decoded_once(running: BackgroundServer, target: str, path: str, raw_uri: str) -> None:
    status, seen = ask(running, f"GET {target}")
    assert (status, seen["path"]) == (200, path)
    assert seen["environ"]["RAW_URI"] == seen["environ"]["REQUEST_URI"] == raw_uri


def test_the_environment_names_both_ends(running: BackgroundServer) -> None:
    with connected(running) as connection:
        connection.sendall(b"GET /?q=1 HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
        client = connection.getsockname()
    environ = status_and_body(received)[1]["environ"]
    assert (environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"])) == client
    assert (environ["SERVER_NAME"], int(environ["SERVER_PORT"])) == on(running)
    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("GET", "q=1")
    assert (environ["SERVER_PROTOCOL"], environ["wsgi.url_scheme"]) == ("HTTP/1.1", "http")


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        (["X-One: a"], "HTTP_X_ONE", "a"),
        (["X-Two: a", "x-two: b"], "HTTP_X_TWO", "a, b"),
        (["Cookie: a=1", "Cookie: b=2"], "HTTP_COOKIE", "a=1; b=2"),
        (["Content-Type: text/plain"], "CONTENT_TYPE", "text/plain"),
        (["Content-Type: text/plain"], "HTTP_CONTENT_TYPE", None),
        (["X_Under: a"], "HTTP_X_UNDER", None),
        (["X-Under: a", "X_Under: b"], "HTTP_X_UNDER", "a"),
    ],
)
def test_headers_become_variables(running: BackgroundServer, headers: list[str], name: str, value: str | None) -> None:
    assert ask(running, "GET /", *headers)[1]["environ"].get(name) == value


def test_a_header_that_is_not_ascii_harms_nothing(running: BackgroundServer) -> None:
    assert ask(running, "GET /", "X-Latin: é")[0] == 200


def test_an_answer_with_unsendable_header_is_sent_with_marks_instead(running: BackgroundServer) -> None:
    assert b"x-odd: ? ?\r\n" in raw(running, b"GET /odd HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize("path", ["/", "/pieces", "/endless"])
def test_head_is_answered_without_body(running: BackgroundServer, path: str) -> None:
    assert ask(running, f"HEAD {path}") == (200, b"")


def test_an_answer_without_content_is_empty(running: BackgroundServer) -> None:
    assert ask(running, "GET /empty") == (204, b"")


def test_http_1_0_is_answered_and_closed(running: BackgroundServer) -> None:
    received = raw(running, b"GET / HTTP/1.0\r\n\r\n")
    assert received.startswith(b"HTTP/1.0 200")
    assert status_and_body(received)[1]["environ"]["SERVER_PROTOCOL"] == "HTTP/1.0"


def test_pipelined_requests_are_answered_in_order(running: BackgroundServer) -> None:
    first = b"POST /first HTTP/1.1\r\nHost: mock\r\nContent-Length: 3\r\n\r\nabc"
    last = b"GET /last HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n"
    received = raw(running, first + last)
    assert received.count(b"HTTP/1.1 200") == 2
    assert received.index(b'"path":"first"') < received.index(b'"path":"last"')


def test_nonsense_is_a_bad_request(running: BackgroundServer) -> None:
    assert raw(running, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_slow_and_idle_clients_hold_up_nobody(running: BackgroundServer) -> None:
    with contextlib.ExitStack() as open_connections:
        for number in range(216):
            connection = open_connections.enter_context(connected(running))
            if number < 16:
                connection.sendall(b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 9\r\n\r\nabc")
            elif number < 116:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n")
                assert connection.recv(2**16).startswith(b"HTTP/1.1 200")
        assert ask(running, "GET /")[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 9\r\n\r\nabc",
        b"Content-Length: 99999999\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ],
)
def test_a_body_that_does_not_come_in_time_is_refused(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(bridge, "BODY_SECONDS", 0.05)
    with BackgroundServer(create_app(), max_body_bytes=LIMIT) as hasty:
        with connected(hasty) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: mock\r\n" + sent)
            answer = connection.recv(2**16)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"the request body did not arrive within 0.05 seconds" in answer
        assert ask(hasty, "GET /")[0] == 200


def test_a_stream_arrives_in_pieces(running: BackgroundServer) -> None:
    connection = http.client.HTTPConnection(*on(running), timeout=SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", "/pieces")
        answer = connection.getresponse()
        assert answer.getheader("transfer-encoding") == "chunked"
        assert answer.read() == b"abc"


def test_a_stream_is_closed_when_the_client_leaves(running: BackgroundServer) -> None:
    STREAMS.closed = threading.Event()
    with connected(running) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: mock\r\n\r\n")
        assert b"200" in connection.recv(2**16)
        assert not STREAMS.closed.is_set()
    assert STREAMS.closed.wait(SECONDS)


def test_a_stream_that_breaks_ends_and_is_logged(running: BackgroundServer, caplog: pytest.LogCaptureFixture) -> None:
    assert b"before" in raw(running, b"GET /broken HTTP/1.0\r\n\r\n")
    assert "the stream breaks" in caplog.text


def test_a_failing_application_is_answered_500_in_the_documented_body_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with BackgroundServer(failing) as background:
        status, body = ask(background, "GET /some/path")
        assert (status, body["status_code"], body["is_bifrost_error"]) == (500, 500, False)
        assert body["error"]["message"]
        assert "the application fails" not in str(body)
        assert ask(background, "GET /")[0] == 500
    assert "GET /some/path failed" in caplog.text
    assert "the application fails" in caplog.text


def stopping(background: BackgroundServer) -> threading.Thread:
    """Return a thread that stops `background` and has come so far that no connection is taken any more."""
    address = on(background)
    thread = threading.Thread(target=background.close)
    thread.start()
    while takes_connections(address):
        continue
    return thread


def takes_connections(address: tuple[str, int]) -> bool:
    with contextlib.suppress(ConnectionError), socket.create_connection(address, timeout=SECONDS):
        return True
    return False


def test_a_stop_waits_for_the_request_in_flight() -> None:
    with BackgroundServer(create_app()) as background, connected(background) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        assert b"100 Continue" in connection.recv(2**16)
        thread = stopping(background)
        connection.sendall(b"abcdef")
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
        thread.join(SECONDS)
    assert status_and_body(received)[1]["body"] == "abcdef"
    assert not thread.is_alive()


def test_a_stop_does_not_wait_for_idle_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 2 * SECONDS)
    with contextlib.ExitStack() as open_connections, BackgroundServer(create_app()) as background:
        for number in range(100):
            connection = open_connections.enter_context(connected(background))
            if number % 2:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n")
                assert connection.recv(2**16)
        thread = stopping(background)
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_a_stop_ends_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 2 * SECONDS)
    with BackgroundServer(create_app()) as background, connected(background) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: mock\r\n\r\n")
        assert b"200" in connection.recv(2**16)
        thread = stopping(background)
        received = b"".join(iter(lambda: connection.recv(2**16), b""))
        thread.join(SECONDS)
    assert received.endswith(b"0\r\n\r\n")
    assert not thread.is_alive()


def test_a_stop_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 0.0)
    with BackgroundServer(create_app()) as background, connected(background) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: mock\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n")
        assert b"100 Continue" in connection.recv(2**16)
        background.close()
    assert "stopped with requests in flight" in caplog.text


def test_a_server_can_be_closed_twice() -> None:
    background = BackgroundServer(create_app()).start()
    background.close()
    background.close()


def test_a_stop_waits_for_native_threads_which_could_abort_the_end_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, running = frozenset({1}), frozenset({1, 2})
    told = iter([before, running, running, running, before, running])
    monkeypatch.setattr(server, "_native_threads", lambda: next(told))
    with BackgroundServer(create_app()):
        pass
    assert list(told) == [running]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the threads that are not Python's")
def test_native_threads_are_those_that_python_did_not_start(running: BackgroundServer) -> None:
    assert running.url
    assert server._native_threads()
    assert not server._native_threads() & {thread.native_id for thread in threading.enumerate()}


def test_a_server_is_closed_at_the_latest_when_the_process_ends() -> None:
    code = (
        "import atexit\n"
        "from mockserver.serving.server import BackgroundServer\n"
        "server = BackgroundServer(None)\n"
        "atexit.register(lambda: print(server._thread.is_alive()))\n"
        "server.start()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


def test_hundreds_of_starts_and_stops_with_requests_in_flight_do_not_abort_the_process() -> None:
    code = (
        "import socket\n"
        "from urllib.parse import urlsplit\n"
        "from mockserver.serving.server import BackgroundServer\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '0')])\n"
        "    return [b'']\n"
        "for number in range(200):\n"
        "    with BackgroundServer(app) as running:\n"
        "        parts = urlsplit(running.url)\n"
        "        with socket.create_connection((parts.hostname, parts.port)) as connection:\n"
        "            for _ in range(number % 3):\n"
        "                connection.sendall(b'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')\n"
        "                assert connection.recv(4096)\n"
        "            if number % 2:\n"
        "                connection.sendall(b'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 9\\r\\n\\r\\nabc')\n"
        "print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=4 * SECONDS
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_two_servers_on_free_ports_have_different_urls() -> None:
    with BackgroundServer(create_app()) as one, BackgroundServer(create_app()) as other:
        assert one.url != other.url
        assert ask(one, "GET /")[0] == ask(other, "GET /")[0] == 200


def test_a_port_is_not_shared_with_another_server(running: BackgroundServer) -> None:
    _, port = on(running)
    with pytest.raises(PortTaken, match=rf"127.0.0.1:{port}: another process has that port; pass --port 0"):
        BackgroundServer(create_app(), port=port).start()


def test_a_port_is_not_shared_with_another_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(PortTaken):
        reserve("127.0.0.1", other.getsockname()[1])


def test_a_port_is_free_again_after_the_stop() -> None:
    with BackgroundServer(create_app()) as background:
        _, port = on(background)
        assert ask(background, "GET /")[0] == 200
    with BackgroundServer(create_app(), port=port) as background:
        assert ask(background, "GET /")[0] == 200


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("host.invalid", "cannot listen on host 'host.invalid': .*; expected a name or an address"),
        ("192.0.2.1", r"cannot listen on 192.0.2.1:0: .*; expected an address of this machine"),
        ("a" * 300, "cannot listen on host"),
    ],
)
def test_a_host_that_is_not_of_this_machine_is_refused(host: str, message: str) -> None:
    with pytest.raises(CannotListen, match=message):
        reserve(host, 0)


def test_a_port_that_needs_privileges_is_refused_with_advice() -> None:
    refusal = server._refusal("::1", 80, PermissionError(errno.EACCES, "Permission denied"))
    assert str(refusal) == (
        "cannot listen on [::1]:80: the port needs privileges; pass --port 0 for a free port, or another number"
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:{port}"),
        ("0.0.0.0", "http://127.0.0.1:{port}"),  # noqa: S104 - bound for a moment, and nothing listens
    ],
)
def test_the_url_is_one_that_a_client_can_use(host: str, url: str) -> None:
    with reserve(host, 0) as reservation:
        assert reservation.url == url.format(port=reservation.port)


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6_is_served_and_its_url_has_brackets() -> None:
    with BackgroundServer(create_app(), host="::1") as background:
        assert background.url.startswith("http://[::1]:")
        status, seen = ask(background, "GET /")
    assert (status, seen["environ"]["REMOTE_ADDR"], seen["environ"]["SERVER_NAME"]) == (200, "::1", "::1")


def test_a_header_that_is_not_ascii_is_there_if_not_readable(running: BackgroundServer) -> None:
    _, body = ask(running, "GET /", "X-Mock-Session: \u00e9", "X_Mock_Session: \u00e9", "X-Other: a")
    assert body["environ"]["HTTP_X_MOCK_SESSION"] == "?"
    assert body["environ"]["HTTP_X_OTHER"] == "a"

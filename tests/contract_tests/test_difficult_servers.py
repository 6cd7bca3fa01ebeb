"""Servers that keep the contract but are slow, far, old or unsteady: the verdict is right, or honestly none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from contract_tests.errors import SuiteError
from tests.contract_tests.conftest import Done, Judged, Served

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

RULES = ("BUD-01", "LIFE-04")
PREFIX = "/some/prefix"
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


class Relay(BaseHTTPRequestHandler):
    """Passes every request on to the server behind it, in the manner of the class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    upstream = ""
    prefix = ""
    chunked = False
    dropped_every = 0
    dropped_method = ""
    seen = 0

    def handle_any(self) -> None:
        type(self).seen += 1
        is_due = self.dropped_every and self.seen % self.dropped_every == 0
        if is_due or self.command == self.dropped_method:
            self.close_connection = True
            return
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return
        self._pass_on()

    def log_message(self, *_: object) -> None:
        """Write no log."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection(urlsplit(self.upstream).netloc, timeout=10)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        connection.request(self.command, self.path.removeprefix(self.prefix), body, kept)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self._send_body(content)
        connection.close()

    def _send_body(self, content: bytes) -> None:
        if not self.chunked:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (content[:7], content[7:]):
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")


@contextmanager
def relayed(upstream: str, tls: SSLContext | None = None, **manner: Any) -> Iterator[str]:
    """Yield the URL of a relay before `upstream`, which speaks TLS where a context for that is given."""
    handler = type("OwnRelay", (Relay,), {"upstream": upstream, "protocol_version": "HTTP/1.1", **manner})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            origin = "https://localhost" if tls else "http://127.0.0.1"
            yield f"{origin}:{server.server_port}{manner.get('prefix', '')}"
        finally:
            server.shutdown()
            thread.join()


MANNERS: dict[str, dict[str, Any]] = {
    "HTTP/1.0": {"protocol_version": "HTTP/1.0"},
    "chunked": {"chunked": True},
    "a path prefix": {"prefix": PREFIX},
}


@pytest.mark.parametrize("manner", MANNERS)
def test_the_manner_of_transport_does_not_change_the_verdict(
    manner: str, serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, **MANNERS[manner]) as url:
        judged = judge_in_process(url, *RULES, without=("workflows", "breadth", "races"))

    assert judged.red == []
    assert served.names() == []


def test_a_slow_server_is_judged_right(serve: Callable[..., Served], judge_in_process: Callable[..., Judged]) -> None:
    pause = threading.Event()

    def slow(app: WSGIApplication) -> WSGIApplication:
        def served(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            pause.wait(0.1)  # the delay is what is tested: nothing is waited for
            return app(environ, start)

        return served

    served = serve(slow, scenario="empty")

    judged = judge_in_process(served.url, "LIFE-04", without=("workflows", "breadth", "races"))

    assert judged.red == []


def test_a_server_that_drops_every_50th_connection_gets_no_false_finding(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_every=50) as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code in (0, 2), done.text
    assert done.code == 0 or "the suite could not judge: " in done.text
    assert served.names() == []


def test_requests_that_are_never_answered_while_others_are_break_a_rule(
    serve: Callable[..., Served], run_command: Callable[..., Done]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_method="PUT") as url:
        done = run_command(url, "--profile", "smoke")

    assert done.code == 1, done.text
    assert "a request is not answered, while others are" in done.text
    assert served.names() == []


def test_a_server_that_answers_nothing_any_more_is_not_judged(
    serve: Callable[..., Served], judge_in_process: Callable[..., Judged]
) -> None:
    served = serve(scenario="empty")

    with relayed(served.url, dropped_method="GET") as url, pytest.raises(SuiteError, match="up and near"):
        judge_in_process(url, "PUT-06", without=("workflows", "breadth", "races"))

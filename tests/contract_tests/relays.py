"""Relays before a server: they pass every request on, and answer in a manner that a client must bear."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
COOKIE = "session=opened"


class Relay(BaseHTTPRequestHandler):
    """Passes every request on to the server behind it, in the manner of the class."""

    upstream = ""
    prefix = ""
    chunked = False
    dropped_every = 0
    dropped_method = ""
    dropped_path = ""
    hung_method = ""
    seen = 0
    cookies: list[str]
    released: threading.Event

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def handle_any(self) -> None:
        """Drop the connection where that is due, else pass the request on."""
        type(self).seen += 1
        is_due = self.dropped_every and self.seen % self.dropped_every == 0
        is_due = is_due or (self.command == "GET" and self.path.partition("?")[0] == self.dropped_path)
        if is_due or self.command == self.dropped_method:
            self.close_connection = True
            return
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return
        if self.command == self.hung_method:
            self.released.wait(30)
            self.close_connection = True
            return
        self.pass_on()

    def log_message(self, *_: object) -> None:
        """Write no log."""

    def pass_on(self) -> None:
        """Ask the server behind and answer what it says."""
        answer, content = self.ask(self.headers)
        self.reply(answer, content)

    def ask(self, headers: Any) -> tuple[HTTPResponse, bytes]:
        """Return what the server behind says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = HTTPConnection(urlsplit(self.upstream).netloc, timeout=10)
        kept = {name: value for name, value in headers.items() if name.lower() not in _HOP}
        connection.request(self.command, self.path.removeprefix(self.prefix), body, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        """Answer what the server behind said."""
        self.begin(answer)
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

    def begin(self, answer: HTTPResponse) -> None:
        """Send status and headers."""
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)


class Hinting(Relay):
    """Sends interim responses before each response."""

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        self.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        super().reply(answer, content)


class Remembering(Relay):
    """Sets a cookie with each authorised response, and takes it in the place of the key later."""

    def pass_on(self) -> None:
        headers = dict(self.headers.items())
        self.cookies += [headers["Cookie"]] if "Cookie" in headers else []
        answer, content = self.ask(headers)
        self.reply(answer, content)

    def begin(self, answer: HTTPResponse) -> None:
        super().begin(answer)
        if answer.status != 401:
            self.send_header("Set-Cookie", f"{COOKIE}; Path=/; HttpOnly")


class Closing(Relay):
    """Closes each connection behind its response, without a word."""

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        super().reply(answer, content)
        self.close_connection = True


class Swallowing(Relay):
    """Reads the third request of each connection and closes the connection, as if it had been idle for too long."""

    def setup(self) -> None:
        self.served = 0
        super().setup()

    def handle_any(self) -> None:
        self.served += 1
        if self.served == 3:
            self.close_connection = True
            return
        super().handle_any()


class Mortal(Relay):
    """Ends, as a process would, when a method is asked."""

    deadly_method = "PATCH"
    is_dead = False

    def handle_any(self) -> None:
        if self.command == self.deadly_method and not self.is_dead:
            type(self).is_dead = True
            self.server.shutdown()
            self.server.server_close()
        if self.is_dead:
            self.close_connection = True
            return
        super().handle_any()


class Dripping(Relay):
    """Sends each response byte by byte."""

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        self.begin(answer)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for byte in content:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


class Endless(Relay):
    """Answers what a method asks without end."""

    endless_method = "PUT"

    def reply(self, answer: HTTPResponse, content: bytes) -> None:
        if self.command != self.endless_method:
            super().reply(answer, content)
            return
        self.close_connection = True
        self.begin(answer)
        self.end_headers()
        self.flow()

    def flow(self) -> None:
        """Send until the client has enough."""
        with suppress(OSError):
            while not self.released.is_set():
                self.wfile.write(b" " * 65536)


class Trickling(Endless):
    """Answers what a method asks a byte at a time, without end."""

    def flow(self) -> None:
        with suppress(OSError):
            while not self.released.wait(0.02):
                self.wfile.write(b" ")


class Continuing(Endless):
    """Sends interim responses without end."""

    def begin(self, answer: HTTPResponse) -> None:
        if self.command != self.endless_method:
            super().begin(answer)

    def end_headers(self) -> None:
        if self.command != self.endless_method:
            super().end_headers()

    def flow(self) -> None:
        with suppress(OSError):
            while not self.released.wait(0.01):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class Inflating(Endless):
    """Answers what a method asks with a gigabyte that travels as a megabyte."""

    _BOMB = gzip.compress(b" " * 1_000_000, 9)

    def begin(self, answer: HTTPResponse) -> None:
        super().begin(answer)
        if self.command == self.endless_method:
            self.send_header("Content-Encoding", "gzip")

    def flow(self) -> None:
        with suppress(OSError):
            for _ in range(1000):
                self.wfile.write(self._BOMB)


@contextmanager
def relayed(upstream: str, tls: SSLContext | None = None, kind: type[Relay] = Relay, **manner: Any) -> Iterator[str]:
    """Yield the URL of a relay before `upstream`, which speaks TLS where a context for that is given."""
    released = threading.Event()
    own = {"upstream": upstream, "protocol_version": "HTTP/1.1", "cookies": [], "released": released, **manner}
    handler = type("OwnRelay", (kind,), own)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            origin = "https://localhost" if tls else "http://127.0.0.1"
            yield f"{origin}:{server.server_port}{manner.get('prefix', '')}"
        finally:
            released.set()
            server.shutdown()
            thread.join()

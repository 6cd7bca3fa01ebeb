"""One request over HTTP/1.1 and its response, within bounds of time and size that no target can break."""

from __future__ import annotations

import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from contract_tests.client.environment import LOOPBACK, basic_credentials, find_proxy, trusted_certificates
from contract_tests.client.streams import Attempt, BoundBackend, running
from contract_tests.client.unreachable import cause_of, reason_of
from contract_tests.errors import SuiteError
from contract_tests.exchange import Response

_CONNECTIONS = 64
"""Connections that are open at once at most; no burst is wider."""

_IDLE = 1.5
"""Seconds that an unused connection is kept; common servers close theirs after two and more."""

MEBIBYTE = 1024 * 1024


class FailureKind(StrEnum):
    """Why a request has no response."""

    TIMED_OUT = "timed out"
    CLOSED = "closed"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Bounds:
    """What one request may take: seconds in all, and bytes of a response that are read and decoded."""

    timeout: float = 10.0
    max_response_bytes: int = 8 * MEBIBYTE


class NoResponse(Exception):
    """A request has no response that could be read; the message says what came instead.

    `is_swallowed` says that a connection which had been used before was closed before any byte came, as happens where a
    server closes idle connections: nobody knows whether the request was read.
    """

    def __init__(self, kind: FailureKind, message: str, *, is_swallowed: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.is_swallowed = is_swallowed


class Unreachable(SuiteError):
    """No connection to the target comes about; the message says why and what to do."""


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire: method, path with query, all headers but Host and Content-Length, body."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = None


class Connections:
    """The connections to one target. They keep no cookies and follow no redirects.

    Interim responses (1xx) are skipped. A connection is not used again after a status of 500 or more.
    """

    def __init__(self, base_url: str, proxy_credentials: tuple[str, str] | None = None) -> None:
        """Prepare for `base_url`.

        Raises:
            SuiteError: the environment names a proxy or certificates that cannot be used.
        """
        self._base_url = base_url
        parts = urlsplit(base_url)
        self._origin = (parts.scheme, parts.hostname or "", parts.port)
        self._host = parts.netloc
        self._prefix = parts.path.rstrip("/")
        self._proxy = find_proxy(base_url)
        self._proxy_credentials = proxy_credentials or (self._proxy.credentials if self._proxy else None)
        self._pool = self._make_pool(_IDLE)
        self._fresh = self._make_pool(0.0)

    @property
    def is_direct(self) -> bool:
        """Whether no proxy of the environment stands in between."""
        return self._proxy is None

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine."""
        return self._origin[1] in LOOPBACK

    def send(
        self, request: Request, bounds: Bounds, *, barrier: threading.Barrier | None = None, is_fresh: bool = False
    ) -> Response:
        """Return the response to `request`, over a connection of its own where `is_fresh`.

        With a barrier, the request waits there for others before the last byte of its head, where no proxy is between.

        Raises:
            NoResponse: none came in time, or none that is HTTP.
            Unreachable: no connection comes about.
        """
        attempt = Attempt(time.monotonic() + bounds.timeout, barrier if self.is_direct else None)
        try:
            with running(attempt):
                response = self._send(self._fresh if is_fresh else self._pool, request, bounds)
        except NoResponse:
            raise
        except Exception as error:
            raise self._failure(error, attempt, bounds) from error
        if response.status == 407:
            raise Unreachable(f"the proxy before {self._base_url} asks for a user; pass --proxy-auth USER:PASSWORD")
        return response

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
        self._fresh.close()

    def _send(self, pool: httpcore2.ConnectionPool, request: Request, bounds: Bounds) -> Response:
        scheme, host, port = self._origin
        url = httpcore2.URL(scheme=scheme, host=host, port=port, target=_as_bytes(self._prefix + request.target))
        with pool.stream(
            _as_bytes(request.method), url, headers=self._headers(request), content=request.body
        ) as received:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in received.headers}
            body, breach = _read(received.iter_stream(), headers.get("content-encoding", ""), bounds.max_response_bytes)
            if breach or received.status >= 500:
                received.extensions["network_stream"].close()
        return Response(received.status, headers, body, breach)

    def _headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        headers = {"Host": self._host, **request.headers}
        if self._proxy_credentials and self._proxy is None:
            headers["Proxy-Authorization"] = basic_credentials(*self._proxy_credentials)
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            headers["Content-Length"] = str(len(request.body or b""))
        return [(_as_bytes(name), _as_bytes(value)) for name, value in headers.items()]

    def _make_pool(self, idle: float) -> httpcore2.ConnectionPool:
        try:
            context = trusted_certificates() if self._origin[0] == "https" else None
        except (OSError, ssl.SSLError) as error:
            raise Unreachable(reason_of(error, self._base_url) or f"{self._base_url}: {error}") from error
        options: dict[str, Any] = {
            "ssl_context": context,
            "max_connections": _CONNECTIONS,
            "keepalive_expiry": idle,
            "max_keepalive_connections": _CONNECTIONS if idle else 0,
            "network_backend": BoundBackend(),
        }
        if self._proxy is None:
            return httpcore2.ConnectionPool(**options)
        return httpcore2.HTTPProxy(self._proxy.url, proxy_auth=self._proxy_credentials, **options)

    def _failure(self, error: Exception, attempt: Attempt, bounds: Bounds) -> Exception:
        """Return what an error of the HTTP library means."""
        if isinstance(error, httpcore2.TimeoutException) and not isinstance(error, httpcore2.ConnectTimeout):
            so_far = f"; {attempt.bytes_read} bytes of it came" if attempt.bytes_read else ""
            return NoResponse(FailureKind.TIMED_OUT, f"no whole response within {bounds.timeout:g} s{so_far}")
        if reason := reason_of(error, self._base_url, self._proxy):
            return Unreachable(reason)
        if isinstance(error, httpcore2.LocalProtocolError):
            return error  # a defect of the suite: it tried to send what is no HTTP
        is_swallowed = not attempt.is_fresh and attempt.bytes_read == 0
        if isinstance(error, httpcore2.RemoteProtocolError) and not attempt.is_closed:
            return NoResponse(FailureKind.MALFORMED, f"the response is no proper HTTP: {cause_of(error)}")
        if isinstance(error, httpcore2.NetworkError | httpcore2.ProtocolError | OSError):
            return NoResponse(
                FailureKind.CLOSED, f"the connection was dropped: {cause_of(error)}", is_swallowed=is_swallowed
            )
        return error


def _read(parts: Iterator[bytes], coding: str, limit: int) -> tuple[bytes, str]:
    """Return a body without its content coding, and how it breaks the bounds, an empty text where it does not."""
    decoder = _decoder_for(coding)
    body = bytearray()
    for part in parts:
        try:
            body += decoder.decompress(part, limit + 1 - len(body)) if decoder else part
        except zlib.error as error:
            return bytes(body), f"its content coding {coding} is damaged: {error}"
        if len(body) > limit:
            return bytes(body[:limit]), f"it is longer than {limit} bytes (--max-response-bytes)"
    return bytes(body), ""


def _decoder_for(coding: str) -> Any:
    """Return what decodes a content coding, None for a body as it is; a target was asked for no coding."""
    return zlib.decompressobj(47) if coding.strip().lower() in ("gzip", "x-gzip", "deflate") else None


def _as_bytes(text: str) -> bytes:
    """Return a text of a head as it is written; characters beyond Latin-1 as UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape")

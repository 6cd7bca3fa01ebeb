"""The way from granian to the engine, or to a WSGI application: one event loop, no thread for an ordinary request."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # public, but without __all__

from mockserver import headers as headings
from mockserver import problems
from mockserver.entrance import Answered
from mockserver.exchange import Response
from mockserver.faults import sockets, wire
from mockserver.faults.delivery import KEY, Delivery
from mockserver.faults.waits import LONGEST_WAIT, Wait
from mockserver.serving.deadlines import Deadlines
from mockserver.serving.heads import HTTP_1_0, WrongHeadError, announced_length, require_proper
from mockserver.serving.streams import Stream, Transport
from mockserver.sessions import Session

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Headers = list[tuple[str, str]]

DISCARDED_BYTES = 128 * 2**20
"""How much of a body beyond the limit is read and thrown away, so that its sender can read the refusal."""

MOST_WAITING = 1000
"""How many requests may wait at a time because of a fault."""

BODY_SECONDS = 30.0
"""How long a request body may take to arrive; the server gives the head of a request as long."""

_BREAKING_SECONDS = 1.0
"""How long the server may take to notice that a connection is broken."""

_BROKEN_BODY = "the request body ended before it was complete"
_BROKEN_CHUNKS = f"{_BROKEN_BODY}, or has trailers that no Trailer header announces"
_UNREADABLE = "?"
"""Stands for the value of a header that is not ASCII."""

_WITHOUT_BODY = {204, 304}
_OF_TRANSFER = frozenset({"content-length", "transfer-encoding"})
_NOT_SENDABLE = re.compile(r"[^\t\x20-\x7e]")
_CONSTANT_ENVIRON = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
_LOG = logging.getLogger(__name__)


class Scope(Protocol):
    """The head of a request, as RSGI hands it over."""

    http_version: str
    method: str
    path: str
    query_string: str
    scheme: str
    server: str
    client: str

    @property
    def headers(self) -> Any:
        """The headers, with names in lower case; `items()` has a repeated one several times."""


class Channel(Protocol):
    """The body of a request and the way out of its answer, as RSGI hands them over."""

    def __call__(self) -> Awaitable[bytes]:
        """Read the whole body; awaiting raises ProtocolClosed when it does not come to its end."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def client_disconnect(self) -> Awaitable[None]:
        """Wait until the client has left."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """Send an answer without body."""

    def response_stream(self, status: int, headers: Headers) -> Transport:
        """Send the head of an answer, whose body follows piece by piece."""


class BrokenBodyError(Exception):
    """A request body that ended before it was complete, or is not framed as HTTP says."""


class Body(NamedTuple):
    """What was read of a request body: its bytes, or none of them and the size if that is over the limit."""

    data: bytes
    size: int


@dataclass
class Answer:
    """What a WSGI application answers."""

    chunks: Iterable[bytes] = ()
    status: int = 500
    headers: Headers = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether the body is there already, instead of coming into being while it is sent."""
        if isinstance(self.chunks, list | tuple):
            return True
        return any(name.lower() == "content-length" for name, _ in self.headers)


Answering = Callable[[Delivery], Answer]
"""Answers one request; called again after a delay."""


class Direct(Protocol):
    """The way to the engine that goes past the WSGI application and its hooks."""

    def takes(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether the engine answers such a request as the application would."""

    def is_slow(self, method: str, path: str) -> bool:
        """Return whether the application may take long over such a request, so that others should not wait for it."""

    def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, delivery: Delivery
    ) -> Answered:
        """Return the answer of the engine."""

    def refuse_body(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Answered:
        """Return the answer to a request whose body is longer than the limit."""


class Bridge:
    """An RSGI application that lets a WSGI application answer.

    The WSGI application is called on the event loop, hence it must not block; only what the direct way calls slow is
    answered in a thread of its own, and a body that is streamed is drawn in one. What the direct way takes does not
    reach the WSGI application.
    """

    def __init__(self, app: WSGIApplication, max_body_bytes: int, direct: Direct | None = None) -> None:
        self._app = app
        self._direct = direct
        self._max_body_bytes = max_body_bytes
        self._ending = asyncio.Event()
        self._readings = Deadlines(BODY_SECONDS)
        self._waiting = 0

    def finish(self) -> None:
        """End every wait and every answer that is being streamed, and at once each one still to come."""
        self._ending.set()

    async def __rsgi__(self, scope: Scope, channel: Channel) -> None:
        """Answer one request."""
        try:
            headers = _joined(scope.headers.items(), scope.headers.keys())
            require_proper(scope.http_version, scope.method, headers)
            body = await self._read_in_time(headers, channel)
            answering = self._answering(scope, headers, body)
            await self._deliver(scope, channel, answering)
        except (BrokenBodyError, WrongHeadError) as error:
            _send_problem(channel, problems.bad_request(str(error)))
        except Exception:  # noqa: BLE001 - the server goes on, whatever the application does
            _LOG.exception("%s %s failed", scope.method, scope.path)
            _send_problem(channel, problems.internal_error())

    async def _read_in_time(self, headers: Mapping[str, str], channel: Channel) -> Body | None:
        """Return the body of a request, None if it has none.

        Raises:
            BrokenBodyError: the body did not come to its end, or took too long.
            WrongHeadError: the head does not say how long it is.
        """
        announced = announced_length(headers)
        if not announced and "transfer-encoding" not in headers:
            return None
        try:
            return await self._readings.kept(_read_body(headers, channel, announced, self._max_body_bytes))
        except TimeoutError as error:
            raise BrokenBodyError(f"the request body did not arrive within {BODY_SECONDS:g} seconds") from error

    def _answering(self, scope: Scope, headers: Mapping[str, str], body: Body | None) -> Answering:
        direct = self._direct
        if direct is None or not direct.takes(scope.method, scope.path, headers):
            return partial(_call, self._app, scope, headers, body)
        path = "/" + scope.path.lstrip("/")  # as WSGI has it
        asked = (scope.method, path, scope.query_string, _told_headers(headers, body))
        if body is not None and body.size > self._max_body_bytes:
            return lambda _: _as_answer(*direct.refuse_body(*asked))
        data = b"" if body is None else body.data
        return lambda delivery: _as_answer(*direct.answer(*asked, data, delivery))

    async def _deliver(self, scope: Scope, channel: Channel, answering: Answering) -> None:
        delivery = Delivery()
        is_slow = self._direct is not None and self._direct.is_slow(scope.method, scope.path)
        answer = await asyncio.to_thread(answering, delivery) if is_slow else answering(delivery)
        if delivery.delay and await self._waited(delivery.delay):
            _close(answer.chunks)
            delivery.is_delayed = True
            answer = answering(delivery)
        breakage = delivery.breakage
        if breakage or delivery.pause:
            await self._waited(delivery.pause, channel if breakage else None)
        if breakage and wire.broken(breakage, scope.client, scope.server):
            _close(answer.chunks)
            await _first_of(_departure(channel), self._ending.wait(), asyncio.sleep(_BREAKING_SECONDS))
        else:
            await self._send(scope, answer, channel)

    async def _waited(self, wait: Wait, channel: Channel | None = None) -> bool:
        """Wait until it is over, the client of `channel` leaves, or the server stops; return whether it goes on."""
        if self._waiting >= MOST_WAITING or not wait:
            wait.end()
            return False
        self._waiting += 1
        try:
            await _first_of(_passed(wait), self._ending.wait(), *([_departure(channel)] if channel else []))
        finally:
            self._waiting -= 1
            wait.end()
        return not self._ending.is_set()

    async def _send(self, scope: Scope, answer: Answer, channel: Channel) -> None:
        if scope.method == "HEAD" or answer.status in _WITHOUT_BODY:
            _close(answer.chunks)
            channel.response_empty(answer.status, answer.headers)
        elif answer.is_whole:
            channel.response_bytes(answer.status, answer.headers, _drawn(answer))
        else:
            await self._stream(scope, answer, channel)

    async def _stream(self, scope: Scope, answer: Answer, channel: Channel) -> None:
        stream = Stream(answer.written, answer.chunks, partial(sockets.unread, scope.client, scope.server))
        transport = channel.response_stream(answer.status, answer.headers)
        try:
            await _first_of(stream.send(transport), _departure(channel), self._ending.wait())
        finally:
            stream.close()


async def _read_body(headers: Mapping[str, str], channel: Channel, announced: int, limit: int) -> Body:
    if "transfer-encoding" in headers:
        return await _collected(channel, limit, may_have_trailers="trailer" in headers)
    if announced <= limit:
        return await _whole(channel)
    return Body(b"", announced) if "expect" in headers else await _collected(channel, limit, may_have_trailers=False)


async def _whole(channel: Channel) -> Body:
    try:
        data = await channel()
    except ProtocolClosed as error:
        raise BrokenBodyError(_BROKEN_BODY) from error
    return Body(data, len(data))


async def _collected(channel: Channel, limit: int, *, may_have_trailers: bool) -> Body:
    """Return a body that comes in chunks, without its trailers.

    Granian hands over trailers as it does a broken body, as an empty chunk that is not the last: they can be told
    apart only where the head announces trailers, and then a body that breaks passes for one that is complete.

    Raises:
        BrokenBodyError: it is not framed as HTTP says, or has trailers that the head does not announce.
    """
    chunks: list[bytes] = []
    size = 0
    is_at_end = False
    async for chunk in channel:
        if is_at_end and not may_have_trailers:
            raise BrokenBodyError(_BROKEN_CHUNKS)
        is_at_end = not chunk
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > limit + DISCARDED_BYTES:
            break
    return Body(b"".join(chunks) if size <= limit else b"", size)


def _joined(headers: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, str]:
    """Return the headers with each name once; one with "_" is dropped, as it would pass for one with "-".

    Those of `names` that are missing have a value that is not ASCII; they are there, if not readable.
    """
    joined: dict[str, str] = {}
    for name, value in headers:
        if name in joined:
            joined[name] += ("; " if name == "cookie" else ", ") + value
        elif "_" not in name:
            joined[name] = value
    for name in set(names).difference(joined):
        if "_" not in name:
            joined[name] = _UNREADABLE
    return joined


def _environ(scope: Scope, headers: Mapping[str, str], body: Body | None) -> WSGIEnvironment:
    """Return the request as PEP 3333 wants it.

    RAW_URI and REQUEST_URI are encoded anew, because RSGI hands over only the decoded path: an encoded slash
    is a plain one there.
    """
    query = f"?{scope.query_string}" if scope.query_string else ""
    uri = _tunnelled(quote(scope.path, safe="/:@!$&'()*+,;=") + query)
    return {
        **_CONSTANT_ENVIRON,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": _tunnelled(scope.path),
        "QUERY_STRING": _tunnelled(scope.query_string),
        "RAW_URI": uri,
        "REQUEST_URI": uri,
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version == HTTP_1_0 else f"HTTP/{scope.http_version}",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.input": io.BytesIO(body.data if body else b""),
        **_ends(scope),
        **_header_variables(headers),
        **({"CONTENT_LENGTH": str(body.size)} if body else {}),
    }


def _ends(scope: Scope) -> dict[str, str]:
    server, _, server_port = scope.server.rpartition(":")
    remote, _, remote_port = scope.client.rpartition(":")
    return {
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": server_port,
        "REMOTE_ADDR": remote.strip("[]"),
        "REMOTE_PORT": remote_port,
    }


def _header_variables(headers: Mapping[str, str]) -> dict[str, str]:
    variables = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    # The body is read by now; an application that saw how it was sent would ignore CONTENT_LENGTH.
    variables.pop("HTTP_CONTENT_LENGTH", None)
    variables.pop("HTTP_TRANSFER_ENCODING", None)
    if "HTTP_CONTENT_TYPE" in variables:
        variables["CONTENT_TYPE"] = variables.pop("HTTP_CONTENT_TYPE")
    return variables


def _tunnelled(text: str) -> str:
    """Return the UTF-8 bytes of `text`, each as the character of its number (PEP 3333)."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _told_headers(headers: Mapping[str, str], body: Body | None) -> dict[str, str]:
    """Return the headers as an application is told of them; the body is read by now, whatever it was sent as."""
    told = {name: value for name, value in headers.items() if name not in _OF_TRANSFER}
    if told.get("content-type") == "":
        del told["content-type"]
    if body is not None:
        told["content-length"] = str(body.size)
    return told


def _as_answer(response: Response, session: Session) -> Answer:
    head = headings.head(response, session.timepiece())
    if response.content_type is not None:
        head["Content-Type"] = response.content_type
    head["Content-Length"] = str(len(response.body))
    return Answer([response.body], response.status, _sendable(head.items()))


def _sendable(headers: Collection[tuple[str, str]]) -> Headers:
    if _NOT_SENDABLE.search("".join([value for _, value in headers])) is None:
        return list(headers)
    return [(name, _NOT_SENDABLE.sub("?", value)) for name, value in headers]


def _call(
    app: WSGIApplication, scope: Scope, headers: Mapping[str, str], body: Body | None, delivery: Delivery
) -> Answer:
    environ = {**_environ(scope, headers, body), KEY: delivery}
    answer = Answer()

    def start_response(status: str, headers: Headers, _: object = None) -> Any:
        answer.status = int(status[:3])
        answer.headers = _sendable(headers)
        return answer.written.append

    start: StartResponse = start_response
    answer.chunks = app(environ, start)
    return answer


def _drawn(answer: Answer) -> bytes:
    try:
        drawn = b"".join(answer.chunks)
    finally:
        _close(answer.chunks)
    return b"".join(answer.written) + drawn


def _close(chunks: Iterable[bytes]) -> None:
    if hasattr(chunks, "close"):
        chunks.close()


async def _passed(wait: Wait) -> None:
    await asyncio.sleep(wait.seconds)
    if wait.released is not None:
        await asyncio.wait({asyncio.wrap_future(wait.released)}, timeout=LONGEST_WAIT)


async def _departure(channel: Channel) -> None:
    await channel.client_disconnect()


async def _first_of(*ends: Coroutine[Any, Any, Any]) -> None:
    """Run all of them until one is done, and cancel the others."""
    tasks = [asyncio.create_task(end) for end in ends]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _send_problem(channel: Channel, problem: problems.Problem) -> None:
    headers = [("content-type", "application/json"), *problem.headers.items()]
    channel.response_bytes(problem.status, headers, problem.response().body)

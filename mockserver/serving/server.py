"""Serving a WSGI application: one process, one event loop, and a port that is ours alone."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import errno
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from granian.constants import HTTPModes, Interfaces
from granian.server import embed

from mockserver.serving import loops
from mockserver.serving.bridge import Bridge, Direct

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

MAX_BODY_BYTES = 2**20
"""The longest request body that is read, unless told otherwise."""

STOP_SECONDS = 10.0
"""How long requests in flight may hold a stop."""

_CONNECTIONS = 4096
_POLL_SECONDS = 0.005
_LINGER_SECONDS = 0.5
_LOG = logging.getLogger(__name__)
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotListen(Exception):
    """An address that cannot be listened on; the message names it, the cause and what to do."""


class PortTaken(CannotListen):
    """A port on which another process listens."""


@dataclass(frozen=True)
class Reservation:
    """A port that is bound, so that no other process can take it, but on which `holder` does not listen."""

    holder: socket.socket
    host: str

    @property
    def address(self) -> str:
        """The numeric address that is bound."""
        return str(self.holder.getsockname()[0])

    @property
    def port(self) -> int:
        """The port that is bound, never 0."""
        return int(self.holder.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.holder.close()

    def share(self) -> None:
        """Let the server bind the port, beside the holder or, where that is impossible, in its place."""
        if sys.platform == "linux":
            self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        else:
            self.holder.close()

    @property
    def reachable(self) -> str:
        """The address for a client on this machine: where all addresses are bound, that of the loopback."""
        if not ipaddress.ip_address(self.address).is_unspecified:
            return self.address
        return "::1" if ":" in self.address else "127.0.0.1"

    @property
    def url(self) -> str:
        """The URL for a client on this machine."""
        is_everywhere = self.reachable != self.address
        host = self.reachable if is_everywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def reserve(host: str, port: int) -> Reservation:
    """Return a reservation of `port`, or of a free one if it is 0.

    The server binds with SO_REUSEPORT, so two of them would share a port without a word; the socket here is
    bound without it, and hence finds the port taken.

    Raises:
        PortTaken: another process listens there.
        CannotListen: the host is unknown here or the port needs privileges.
    """
    family, sockaddr = _resolved(host, port)
    holder = socket.socket(family, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        holder.bind(sockaddr)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # but no other reservation may have ours
    except OSError as error:
        holder.close()
        raise _refusal(host, port, error) from error
    return Reservation(holder, host)


def _resolved(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        expected = "expected a name or an address of this machine, such as 127.0.0.1"
        raise CannotListen(f"cannot listen on host {host!r}: {error}; {expected}") from error
    return found[0][0], found[0][4]


def _refusal(host: str, port: int, error: OSError) -> CannotListen:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    another = "pass --port 0 for a free port, or another number"
    if error.errno == errno.EADDRINUSE:
        return PortTaken(f"cannot listen on {address}: another process has that port; {another}")
    if error.errno == errno.EACCES:
        return CannotListen(f"cannot listen on {address}: the port needs privileges; {another}")
    return CannotListen(f"cannot listen on {address}: {error.strerror}; expected an address of this machine")


def serve(
    app: WSGIApplication,
    *,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    max_body_bytes: int = MAX_BODY_BYTES,
    direct: Direct | None = None,
) -> None:
    """Serve `app` until SIGINT or SIGTERM, and then answer the requests in flight; a second signal cuts them.

    `on_ready` is called with the URL once connections are accepted. Requests that `direct` takes go past `app`.

    Raises:
        PortTaken: another process listens on the port.
        CannotListen: the address cannot be listened on for another reason.
    """
    with reserve(host, port) as reservation:
        service = _Service(app, reservation, max_body_bytes, direct)
        loops.run(_serve_until_signal(service, on_ready))
    service.join()


class BackgroundServer:
    """A server in a daemon thread with an event loop of its own, as a context manager for tests.

    Requests that `direct` takes go past `app`.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        max_body_bytes: int = MAX_BODY_BYTES,
        direct: Direct | None = None,
    ) -> None:
        self._app = app
        self._direct = direct
        self._address = (host, port)
        self._max_body_bytes = max_body_bytes
        self._started: Future[_Started] = Future()
        self._thread = threading.Thread(target=self._run, name="mockserver", daemon=True)

    @property
    def url(self) -> str:
        """The URL under which the server answers; it waits for the start."""
        return self._started.result().url

    def start(self) -> Self:
        """Start the server, and return it once connections are accepted.

        Raises:
            CannotListen: the address cannot be listened on.
        """
        self._thread.start()
        self._started.result()
        atexit.register(self.close)  # a process that ends under a running server is aborted
        return self

    def close(self) -> None:
        """Answer the requests in flight, for at most STOP_SECONDS, and stop; a second call does nothing."""
        atexit.unregister(self.close)
        started = self._started.result()
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
            started.loop.call_soon_threadsafe(started.stop)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            with reserve(*self._address) as reservation:
                service = _Service(self._app, reservation, self._max_body_bytes, self._direct)
                loops.run(self._serve(service))
            service.join()
        except Exception as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self, service: _Service) -> None:
        loop = asyncio.get_running_loop()
        await service.run(lambda url: self._started.set_result(_Started(url, loop, service.stop)))


@dataclass(frozen=True)
class _Started:
    """What other threads know of a server that has started."""

    url: str
    loop: asyncio.AbstractEventLoop
    stop: Callable[[], None]


class _Service:
    """The server on the running loop, from its start to its stop."""

    def __init__(
        self, app: WSGIApplication, reservation: Reservation, max_body_bytes: int, direct: Direct | None
    ) -> None:
        self._bridge = Bridge(app, max_body_bytes, direct)
        self._reservation = reservation
        self._stop = asyncio.Event()
        self._cut = asyncio.Event()
        self._threads: frozenset[int] = frozenset()

    def stop(self) -> None:
        """Take no more connections and answer what is in flight; when called again, do not wait for that."""
        if self._stop.is_set():
            self._cut.set()
        self._stop.set()

    async def run(self, on_ready: Callable[[str], None]) -> None:
        """Serve until `stop` is called; `on_ready` gets the URL."""
        self._reservation.share()
        server, before = self._server(), _native_threads()
        serving = asyncio.create_task(server.serve())
        await self._accepting(serving)
        self._threads = _native_threads() - before
        try:
            on_ready(self._reservation.url)
            await _first_of(serving, self._stop.wait())
        finally:
            server.stop()  # type: ignore[no-untyped-call]
            self._bridge.finish()
            await _first_of(serving, self._cut.wait(), seconds=STOP_SECONDS)
            if not serving.done():
                _LOG.warning("stopped with requests in flight")
                # What is reported from now on comes from the requests that have just been cut.
                asyncio.get_running_loop().set_exception_handler(lambda *_: None)

    def join(self) -> None:
        """Wait until granian's threads have ended: one that asks for Python while that ends aborts the process.

        One that lingers sleeps, because somebody still holds an object of a request, such as a traceback.
        """
        patience = time.monotonic() + _LINGER_SECONDS
        while _is_called_back() or (self._threads & _native_threads() and time.monotonic() < patience):
            time.sleep(_POLL_SECONDS)

    def _server(self) -> embed.Server:
        return embed.Server(
            self._bridge,
            address=self._reservation.address,
            port=self._reservation.port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
            backlog=_CONNECTIONS,
        )

    async def _accepting(self, serving: asyncio.Task[None]) -> None:
        """Wait until a connection is accepted."""
        while not serving.done():
            try:
                _, writer = await asyncio.open_connection(self._reservation.reachable, self._reservation.port)
            except OSError:
                await asyncio.sleep(_POLL_SECONDS)
            else:
                writer.close()
                await writer.wait_closed()
                return
        serving.result()
        raise CannotListen(f"the server on {self._reservation.url} ended before it accepted a connection")


async def _first_of(serving: asyncio.Task[None], event: Coroutine[Any, Any, Any], seconds: float | None = None) -> None:
    """Wait for the end of the server or the event, for at most `seconds`."""
    waiting = asyncio.create_task(event)
    await asyncio.wait({serving, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _serve_until_signal(service: _Service, on_ready: Callable[[str], None]) -> None:
    with _on_signals(service.stop):
        await service.run(on_ready)


@contextlib.contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call `stop` on the running loop."""
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    for number in handlers:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _native_threads() -> frozenset[int]:
    """Return the ids of the threads that Python did not start; none where the system does not tell them."""
    try:
        threads = os.listdir("/proc/self/task")  # noqa: PTH208 - names are enough, and this is asked often
    except OSError:
        return frozenset()
    return frozenset(map(int, threads)) - {thread.native_id for thread in threading.enumerate()}


def _is_called_back() -> bool:
    """Return whether a thread of granian's is in Python.

    Granian has no way to wait for its last thread: that is native and cannot be joined, and the signal that it calls
    back with (`WorkerSignal`) takes one callback, granian's own, and cannot be derived from. Hence the frames of all
    threads are looked at, which needs `sys._current_frames`; the list of threads in `/proc` is looked at besides, for
    those that are about to call back. A process that ends too early is aborted.
    """
    return any(_is_in_callback(frame) for frame in sys._current_frames().values())  # noqa: SLF001


def _is_in_callback(frame: FrameType | None) -> bool:
    outermost = ""
    while frame:
        outermost = frame.f_code.co_filename
        frame = frame.f_back
    return outermost == embed.__file__

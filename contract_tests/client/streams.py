"""Connections that keep the deadline of the request they carry, and that can hold a request back for a moment."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream, ReadTimeout, SyncBackend, WriteTimeout

_PATIENCE = 5.0
"""Seconds that a request waits for the others of a burst, which `--max-rps` may hold up or which may have failed."""

_STEP = 64 * 1024


class Attempt:
    """One request on its way: when it must be over, and what happened to it so far.

    `deadline` is a time of `time.monotonic`. `barrier`, where there is one, is where the request waits for others
    before the last byte of its head.
    """

    def __init__(self, deadline: float, barrier: threading.Barrier | None = None) -> None:
        self.deadline = deadline
        self.barrier = barrier
        self.is_fresh = False
        """Whether a connection was opened for this request."""
        self.bytes_read = 0
        """How many bytes of a response came."""
        self.is_closed = False
        """Whether the other side closed the connection."""

    def remaining(self) -> float:
        """Return the seconds until the deadline, at least a thousandth, since a socket takes 0 for no waiting."""
        return max(self.deadline - time.monotonic(), 0.001)

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.deadline

    def take_barrier(self) -> threading.Barrier | None:
        """Return the barrier once; a request waits for others only once."""
        barrier, self.barrier = self.barrier, None
        return barrier


_running = threading.local()


@contextmanager
def running(attempt: Attempt) -> Iterator[None]:
    """Let what this thread sends and reads meanwhile belong to `attempt`."""
    _running.attempt = attempt
    try:
        yield
    finally:
        _running.attempt = None


def _attempt() -> Attempt:
    attempt: Attempt | None = getattr(_running, "attempt", None)
    if attempt is None:
        raise RuntimeError("a stream is used outside of an attempt")
    return attempt


class BoundStream(NetworkStream):
    """A connection whose reads and writes end at the deadline of the attempt that uses it."""

    def __init__(self, inner: NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the attempt has the time
        """Return what came, at most `max_bytes`.

        Raises:
            ReadTimeout: the deadline of the attempt has passed, however much came before.
        """
        attempt = _attempt()
        if attempt.is_over:
            raise ReadTimeout("the deadline of the request has passed")
        data = self._inner.read(min(max_bytes, _STEP), timeout=attempt.remaining())
        attempt.bytes_read += len(data)
        attempt.is_closed |= not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the attempt has the time
        """Send `buffer`; where the attempt has a barrier, all but the last byte first, then wait, then the rest."""
        attempt = _attempt()
        barrier = attempt.take_barrier() if buffer else None
        if barrier is not None:
            self._write(buffer[:-1], attempt)
            buffer = buffer[-1:]
            _wait(barrier)
        self._write(buffer, attempt)

    def _write(self, buffer: bytes, attempt: Attempt) -> None:
        if attempt.is_over:
            raise WriteTimeout("the deadline of the request has passed")
        self._inner.write(buffer, timeout=attempt.remaining())

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the attempt has the time
    ) -> NetworkStream:
        """Return the same connection under TLS."""
        return BoundStream(self._inner.start_tls(ssl_context, server_hostname, _attempt().remaining()))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(info)


class BoundBackend(NetworkBackend):
    """Opens connections that keep deadlines, and tells the attempt that one was opened for it."""

    def __init__(self) -> None:
        self._inner = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the attempt has the time
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Return a new connection."""
        attempt = _attempt()
        attempt.is_fresh = True
        return BoundStream(
            self._inner.connect_tcp(
                host, port, timeout=attempt.remaining(), local_address=local_address, socket_options=socket_options
            )
        )


def _wait(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(_PATIENCE)
    except threading.BrokenBarrierError:
        return  # who came so far goes on: the burst is less close than it could be, and judged all the same

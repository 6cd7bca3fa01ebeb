"""Requests that meet at the server: each is sent but for the last byte of its head, then all last bytes at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_PATIENCE = 5.0
"""Seconds that a request waits for the others, which may be held up by --max-rps or have failed."""

_held = threading.local()


@contextmanager
def meeting_at(barrier: threading.Barrier) -> Iterator[None]:
    """Hold the next request of this thread back until all who share the barrier are as far; behind a proxy nothing is.

    What takes part for connecting and for the client's own work is over by then, so that the server looks at all
    requests within some tenths of a millisecond.
    """
    _held.barrier = barrier
    try:
        yield
    finally:
        _held.barrier = None


class _HoldsBack:
    """A connection that stops before the last byte of a request's head where its thread has an appointment."""

    def send(self, data: Any) -> None:
        """Send the head of a request, or a part of its body."""
        barrier, _held.barrier = getattr(_held, "barrier", None), None
        if barrier is not None and isinstance(data, bytes):
            super().send(data[:-1])  # type: ignore[misc]  # of the connection that this is mixed into
            data = data[-1:]
            _wait(barrier)
        super().send(data)  # type: ignore[misc]


def _wait(barrier: threading.Barrier) -> None:
    try:
        barrier.wait(_PATIENCE)
    except threading.BrokenBarrierError:
        return  # who came so far goes on: the race is less close than it could be, and judged all the same


class _Connection(_HoldsBack, HTTPConnection):
    pass


class _SecureConnection(_HoldsBack, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class MeetingAdapter(HTTPAdapter):
    """What sends the requests of a session over connections that can hold them back."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Use those connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

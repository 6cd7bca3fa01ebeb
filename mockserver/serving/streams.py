"""Responses that come into being while they are sent: drawn in a thread, and no faster than the client reads."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]  # public, but without __all__

MOST_UNREAD = 256 * 2**10
"""How many bytes are sent beyond what the client is known to have read; granian keeps them in memory."""

MOST_BLIND = 4 * 2**20
"""After how many bytes a stream ends where the system does not tell what a client has read."""

_PIECES = 16
"""How many pieces are drawn before they are sent."""

_LOOK_SECONDS = 0.25
"""After how long to look again whether a client that lags has read."""

_LOG = logging.getLogger(__name__)

Unread = Callable[[], int | None]
"""Answers how many bytes wait in the system for the client to read, None where that is not known."""


class Transport(Protocol):
    """The way out of an answer that is sent piece by piece."""

    def send_bytes(self, data: bytes) -> Awaitable[None]:
        """Send a piece; awaiting raises ProtocolClosed when the client has left, and never waits for it to read."""


class Stream:
    """A body that is drawn in a thread of its own while the running loop sends it."""

    def __init__(self, before: Iterable[bytes], chunks: Iterable[bytes], unread: Unread) -> None:
        """Draw nothing yet; `before` goes before `chunks`, which is closed at the end, if it can be."""
        self._before = before
        self._chunks = chunks
        self._unread = unread
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(_PIECES)
        self._is_over = threading.Event()

    async def send(self, transport: Transport) -> None:
        """Send all pieces, until they end or the client has left."""
        threading.Thread(target=self._draw, name="stream", daemon=True).start()
        ahead = 0
        with contextlib.suppress(ProtocolClosed):
            while (piece := await self._pieces.get()) is not None:
                if ahead > MOST_UNREAD and await self._caught_up():
                    ahead = 0
                if ahead > MOST_BLIND:
                    return
                await transport.send_bytes(piece)
                ahead += len(piece)
                self._room.release()

    def close(self) -> None:
        """Draw no more."""
        self._is_over.set()
        self._room.release()

    async def _caught_up(self) -> bool:
        """Wait until the client has read everything; return whether it is known that it has."""
        while waiting := self._unread():
            await asyncio.sleep(_LOOK_SECONDS)
        return waiting is not None

    def _draw(self) -> None:
        """Hand the pieces to the loop until nobody wants them any more; an error ends them, too."""
        try:
            for chunk in itertools.chain(self._before, self._chunks):
                self._room.acquire()
                if self._is_over.is_set():
                    return
                self._loop.call_soon_threadsafe(self._pieces.put_nowait, chunk)
        except Exception:  # noqa: BLE001 - as in an ordinary answer
            _LOG.exception("a streamed answer failed")
        finally:
            if hasattr(self._chunks, "close"):
                self._chunks.close()
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._pieces.put_nowait, None)

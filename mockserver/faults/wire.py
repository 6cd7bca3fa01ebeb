"""Breaking connections: what a client sees when no HTTP answer comes, by the names that WireMock gave it."""

from __future__ import annotations

import contextlib
import ctypes
import random
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mockserver.faults import sockets

_GARBAGE_BYTES = 1024
_LINGER_NOT = struct.pack("ii", 1, 0)
_NOWHERE = bytes(16)  # an address of the family AF_UNSPEC
_CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass(frozen=True)
class Breakage:
    """How a connection breaks, by a name of `BREAKAGES`; `seed` chooses what is sent where that is random."""

    name: str
    seed: int = 0


def is_possible() -> bool:
    """Return whether this system lets the mock find the connection of a client."""
    return sockets.are_listed()


def broken(breakage: Breakage, client: str, server: str) -> bool:
    """Break the connection of `client`, and return whether there still was one; both ends are "address:port"."""
    connection = sockets.find_connection(client, server)
    if connection is None:
        return False
    with connection, contextlib.suppress(OSError):  # the client may leave at any moment
        BREAKAGES[breakage.name](connection, random.Random(breakage.seed))  # noqa: S311 - noise, not secrets
    return True


def _reset(connection: socket.socket, _: random.Random) -> None:
    """Let the server find the end of the stream, upon which it closes; closing sends RST since nothing may linger."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    connection.shutdown(socket.SHUT_RD)
    # The server does not look for the end while the next request waits; Linux also lets go of a connection like this.
    # By ctypes, as `socket.connect` takes no address of the family AF_UNSPEC.
    ctypes.CDLL(None).connect(connection.fileno(), _NOWHERE, len(_NOWHERE))


def _empty(connection: socket.socket, _: random.Random) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _malformed(connection: socket.socket, source: random.Random) -> None:
    connection.send(_CHUNKED_HEAD + b"not a size" + source.randbytes(_GARBAGE_BYTES))
    connection.shutdown(socket.SHUT_RDWR)


def _random(connection: socket.socket, source: random.Random) -> None:
    connection.send(source.randbytes(_GARBAGE_BYTES))
    connection.shutdown(socket.SHUT_RDWR)


BREAKAGES: Mapping[str, Callable[[socket.socket, random.Random], None]] = {
    "CONNECTION_RESET_BY_PEER": _reset,
    "EMPTY_RESPONSE": _empty,
    "MALFORMED_RESPONSE_CHUNK": _malformed,
    "RANDOM_DATA_THEN_CLOSE": _random,
}
"""For each way to break a connection what does it."""

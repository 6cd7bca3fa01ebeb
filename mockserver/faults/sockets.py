"""The sockets of this process: finding the connection of a client, and what the client has not read."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

try:
    import fcntl
    import termios
except ImportError:  # Windows
    _CAN_TELL = False
else:
    _CAN_TELL = True

_DESCRIPTORS = Path("/dev/fd")
"""Where the system lists the descriptors of this process."""

End = tuple[str, int]
"""An address and a port."""


def are_listed() -> bool:
    """Return whether this system lists the descriptors of a process, so that a connection can be found."""
    return _DESCRIPTORS.is_dir()


def find_connection(client: str, server: str) -> socket.socket | None:
    """Return the connection between two ends, each "address:port", if this process has it.

    It is a duplicate: the server goes on owning its own descriptor, and may close it at any moment.
    """
    ends = _end(client), _end(server)
    for entry in os.listdir(_DESCRIPTORS):  # noqa: PTH208 - names alone, as `iterdir` makes a Path of each
        duplicate = _duplicate(int(entry))
        if duplicate is None:
            continue
        with contextlib.suppress(OSError):  # it listens, or the client has left
            if (_shown(duplicate.getpeername()), _shown(duplicate.getsockname())) == ends:
                return duplicate
        duplicate.close()
    return None


def unread(client: str, server: str) -> int | None:
    """Return how many bytes wait in the system for a client to take them, None where that is not known."""
    connection = find_connection(client, server) if _CAN_TELL else None
    if connection is None:
        return None
    with connection:
        try:
            return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except OSError:  # the client has just left
            return None


def _duplicate(descriptor: int) -> socket.socket | None:
    try:
        copy = os.dup(descriptor)
    except OSError:  # it was closed in the meantime
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:  # it is no socket
        os.close(copy)
        return None


def _end(text: str) -> End:
    address, _, port = text.rpartition(":")
    return _plain(address.strip("[]")), int(port)


def _shown(name: Any) -> End | None:
    return (_plain(name[0]), name[1]) if isinstance(name, tuple) else None


def _plain(address: str) -> str:
    """Return `address` in the one form for comparison, be it an IPv4 address that IPv6 carries or not."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)

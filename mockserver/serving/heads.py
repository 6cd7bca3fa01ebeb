"""The head of a request, as far as HTTP itself says what is wrong with it; the granian server reads the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

HTTP_1_0 = "1"
"""How granian names the version 1.0."""

_HOST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[A-Za-z0-9.:%_~-]+\])(?::[0-9]*)?", re.ASCII)
_LENGTH_DIGITS = 19
"""More of them are a length that no body has."""


class WrongHeadError(Exception):
    """A head that is no proper HTTP; the message says what is wrong and what is expected."""


def require_proper(http_version: str, method: str, headers: Mapping[str, str]) -> None:
    """Make sure that a request has a method and a host as HTTP wants them (RFC 9110, 9.1; RFC 9112, 3.2).

    Raises:
        WrongHeadError: the method is not in capitals, or HTTP/1.1 without one valid Host.
    """
    if any(map(str.islower, method)):
        raise WrongHeadError(f"the method {method[:40]} is unknown; methods are written in capitals, such as GET")
    host = headers.get("host")
    if host is None:
        if http_version != HTTP_1_0:
            raise WrongHeadError("the Host header is missing; HTTP/1.1 needs one")
    elif not _is_host(host):
        raise WrongHeadError(f"the Host header {host[:80]!r} is no host; expected one header with a name and a port")


def announced_length(headers: Mapping[str, str]) -> int:
    """Return how many bytes of body a head announces, 0 where it says nothing.

    Raises:
        WrongHeadError: the length is no number of bytes that a body can have.
    """
    text = headers.get("content-length", "0").partition(",")[0].strip()  # the server has seen that all are equal
    digits = text.lstrip("0")
    if not text.isdecimal() or not text.isascii() or len(digits) > _LENGTH_DIGITS:
        raise WrongHeadError(f"the Content-Length {text[:40]!r} is no number of bytes")
    return int(digits or "0")


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None

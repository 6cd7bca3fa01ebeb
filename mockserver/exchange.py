"""What goes in and out of the engine, free of any web framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from governance_contract.validation import Violation

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """A request for one operation; header names are in lower case, `query` is as it stood in the URL.

    A `lenient` one is not refused for the rules that it breaks, as far as something can be made of it.
    """

    path_parameters: Mapping[str, str] = _NOTHING
    query: str = ""
    headers: Mapping[str, str] = _NOTHING
    body: bytes = b""
    method: str = "GET"
    path: str = "/"
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing in an accepted request that looks like a mistake: a stable id, where it stands, and a sentence."""

    id: str
    pointer: str
    message: str


class Response(NamedTuple):
    """An answer: status, body, and headers beside those that every answer has; one without a body has no content type.

    `rules` are the ids of the rules that a refused request broke, `suspicions` what an accepted one was told of,
    `passed` what a lenient one broke, `preferences` those that were honoured.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = _NOTHING
    content_type: str | None = "application/json"
    rules: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    passed: tuple[Violation, ...] = ()
    preferences: tuple[str, ...] = ()
    stream: Iterator[bytes] | None = None
    """The pieces of a body that comes into being while it is sent, in the place of `body`."""


NO_ANSWER = Response(0, b"")
"""What stands in the log where a request got no answer, and did nothing."""

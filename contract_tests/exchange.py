"""What was sent and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

KEY_VARIABLE = "GOVERNANCE_API_KEY"
NOT_JSON: Any = type("NotJson", (), {"__repr__": lambda _: "no JSON", "__bool__": lambda _: False})()
"""Stands for a body that is not JSON."""


@dataclass(frozen=True)
class Call:
    """A request: method, path below the base URL, query, body, and headers beside the usual ones.

    `authorization` is the value of that header, the target's own key where it is None, no header where it is empty.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: str | None = None

    @property
    def query_pairs(self) -> tuple[tuple[str, str], ...]:
        """The names and values of the query, decoded, also those that stand in the path as it is."""
        _, _, written = self.url_path.partition("?")
        return tuple(parse_qsl(written, keep_blank_values=True))

    @property
    def url_path(self) -> str:
        """Path and query as they stand in the request line."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")


MAX_DEPTH = 200
"""Objects and lists inside each other that are read; deeper ones are no configs, and cost stack."""

MAX_DIGITS = 2000
"""Characters of a number that are read."""


@dataclass(frozen=True)
class Response:
    """A response: status, headers with lower-case names, and the body without its content coding.

    `breach` says how the body goes beyond what the client reads, such as its size; it is empty for most.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    breach: str = ""

    @classmethod
    def missing(cls, reason: str) -> Self:
        """Return what stands for a response that never came: the status 0, as in HAR, and the reason."""
        return cls(0, {}, b"", reason)

    @property
    def is_missing(self) -> bool:
        """Whether no response came."""
        return self.status == 0

    @property
    def is_failure(self) -> bool:
        """Whether the server failed: no response came, or one with a status of 500 or more."""
        return self.is_missing or self.status >= 500

    @property
    def json(self) -> Any:
        """The body's JSON value, or `NOT_JSON`; numbers are exact, the last of equal properties counts."""
        return self._parsed[0]

    @property
    def json_error(self) -> str:
        """Why the body is not JSON that can be read, an empty text where it is."""
        return self._parsed[1]

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        if self.breach:
            return NOT_JSON, self.breach
        if _depth(self.body) > MAX_DEPTH:
            return NOT_JSON, f"it nests deeper than {MAX_DEPTH} objects and lists"
        try:
            return json.loads(
                self.body, parse_constant=_refuse_constant, parse_int=_read_int, parse_float=_read_float
            ), ""
        except _Unreadable as error:
            return NOT_JSON, str(error)
        except (ValueError, RecursionError) as error:
            return NOT_JSON, f"it is not JSON ({error})"

    def shown(self, length: int = 400) -> str:
        """Return status and the beginning of the body in one line, or why there is no response."""
        if self.is_missing:
            return f"no response: {self.breach}"
        text = " ".join(self.body.decode("utf-8", "replace").split())
        return f"{self.status} {text[:length]}{'…' if len(text) > length else ''}".rstrip()


@dataclass(frozen=True)
class Exchange:
    """A call with its response, and when it was sent and answered, in seconds since the epoch."""

    call: Call
    response: Response
    began: float = 0.0
    ended: float = 0.0


def json_call(method: str, path: str, value: Any, **more: Any) -> Call:
    """Return a call with the JSON text of `value` as body."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    return Call(method, path, body=body, headers={"Content-Type": "application/json"}, **more)


def segment(text: str) -> str:
    """Return `text` as one segment of a path, every reserved character escaped."""
    return quote(text, safe="")


def created_id(exchange: Exchange) -> str | None:
    """Return the id that a successful create answered with, where there is one."""
    if exchange.call.method != "POST" or not 200 <= exchange.response.status < 300:
        return None
    value = exchange.response.json
    config = value.get("model_config") if isinstance(value, dict) else None
    found = config.get("id") if isinstance(config, dict) else None
    return found if isinstance(found, str) and found else None


def identity_of(exchange: Exchange, creates: Iterable[Exchange] = ()) -> tuple[str, ...] | None:
    """Return the identity that a create asks for, or an update of what one of `creates` made."""
    origin = next((each for each in creates if created_id(each) == config_id_of(exchange.call)), None)
    body = object_in(exchange.call)
    if exchange.call.method == "PUT" and origin and body is not None:
        body = {**(object_in(origin.call) or {}), **{name: item for name, item in body.items() if item is not None}}
    elif exchange.call.method != "POST" or body is None:
        return None
    scope = body.get("scope") or "global"
    target = None if scope == "global" else body.get("scope_id")
    return repr(scope), repr(target), repr(body.get("model_name")), repr(body.get("provider"))


def config_id_of(call: Call) -> str:
    """Return the last segment of a path, which is the id where the path has one."""
    return unquote(call.path.rsplit("/", 1)[-1])


def object_in(call: Call) -> dict[str, Any] | None:
    """Return the JSON object that a call sends, None where it sends none."""
    try:
        value = json.loads(call.body or b"null")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class _Unreadable(ValueError):
    """A JSON text holds something that is not JSON, or too much of it."""


def _refuse_constant(name: str) -> Any:
    raise _Unreadable(f"it holds {name}, which is not JSON")


def _read_int(text: str) -> int:
    return int(_bounded(text))


def _read_float(text: str) -> float:
    return float(_bounded(text))


def _bounded(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise _Unreadable(f"it holds a number of {len(text)} characters")
    return text


def _depth(body: bytes) -> int:
    """Return how many objects and lists of a JSON text lie inside each other at most."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[][{}]")

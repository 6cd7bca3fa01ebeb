"""Response bodies: the members of the documented response schema, each filled from where `x-from` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from governance_contract import wording
from governance_contract.document import Document, Node
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation
from governance_contract.resources import CREATE
from governance_contract.validation import Violation
from mockserver.exchange import Request, Response
from mockserver.queries import Page


class Outcome(NamedTuple):
    """What an operation found or did, before it is put into its envelope."""

    item: Any = None
    entry: Any = None
    """The entry of a list that the operation was about, where it was about one."""
    key: Any = None
    """The key of the resource that the operation was about."""
    items: Sequence[Any] | None = ()
    total: int = 0
    page: Page | None = None
    text: str | None = None
    """The whole answer where it is no JSON."""
    events: Iterator[bytes] | None = None
    """The server-sent events that are the answer."""
    passed: tuple[Violation, ...] = ()
    """What a lenient request broke."""


_SOURCES: Mapping[str, Callable[[Outcome, Page], Any]] = {
    "item": lambda outcome, _: outcome.item,
    "entry": lambda outcome, _: outcome.entry,
    "items": lambda outcome, _: outcome.items,
    "total": lambda outcome, _: outcome.total,
    "count": lambda outcome, _: len(outcome.items or ()),
    "limit": lambda _, page: page.limit,
    "offset": lambda _, page: page.offset,
    "page": lambda _, page: page.offset // page.limit + 1 if page.limit else 1,
    "pages": lambda outcome, page: -(-outcome.total // page.limit) if page.limit else 0,
    "has-more": lambda outcome, page: page.offset + len(outcome.items or ()) < outcome.total,
}

_NO_PAGE = Page(limit=0, offset=0)

_MESSAGE = "message"


def _message(operation: Operation) -> str:
    """Return what was done, as `Model config created successfully`."""
    return f"{wording.noun(operation.resource).capitalize()} {operation.verb}d successfully"


HeaderValue = Callable[[Outcome, Request], Any]
"""Returns what stands in a header of a response, None where it is not sent."""


def _header(document: Document, operation: Operation, header: Node) -> HeaderValue:
    """Return what makes the value of a documented header: from the outcome, or the one that the document shows."""
    schema = document.resolve(header.child("schema")).value
    origin = schema.get("x-from")
    if origin == "location":
        return partial(_location, operation)
    if origin == "key":
        return lambda outcome, _: outcome.key
    if origin in _SOURCES:
        source = _SOURCES[origin]
        return lambda outcome, _: source(outcome, outcome.page or _NO_PAGE)
    examples = [header.value.get("example"), *schema.get("examples", ()), *schema.get("enum", ())]
    shown = [schema.get(name) for name in ("const", "default", "example")] + examples
    value = next((each for each in shown if each is not None), None)
    return lambda *_: value


def _location(operation: Operation, outcome: Outcome, request: Request) -> str | None:
    if outcome.key is None:
        return None
    path = request.path if operation.verb != CREATE else f"{request.path}/{quote(str(outcome.key), safe='')}"
    return quote(path, safe="/%:@!$&'()*+,;=~")


class Envelope:
    """Makes the successful response of one operation, with the first documented status of success.

    Where the response schema says of no member where it comes from, the body is the item itself, or the array of items.
    An operation without response schema has an empty body.
    """

    def __init__(self, document: Document, operation: Operation) -> None:
        self._status = operation.success_status
        schema = document.resolve(operation.success_schema).value if operation.success_schema else None
        self._is_empty = schema is None
        places = operation.headers.get(str(self._status), {})
        self._headers = {name: _header(document, operation, node) for name, node in places.items()}
        properties = schema.get("properties", {}) if schema else {}
        self._is_array = schema is not None and "array" in type_names(schema.get("type", ()))
        origins = {name: schema["x-from"] for name, schema in properties.items() if "x-from" in schema}
        self._sources = {name: _SOURCES[origin] for name, origin in origins.items() if origin != _MESSAGE}
        self._fixed = {
            **{name: schema["default"] for name, schema in properties.items() if "default" in schema},
            **{name: _message(operation) for name, origin in origins.items() if origin == _MESSAGE},
        }

    def response(self, outcome: Outcome, request: Request) -> Response:
        """Return the response for `outcome` of a request, with the documented headers."""
        response = self._response(outcome)
        if not self._headers:
            return response
        told = ((name, header(outcome, request)) for name, header in self._headers.items())
        headers = {name: str(value) for name, value in told if value is not None}
        return response._replace(headers={**headers, **response.headers})

    def _response(self, outcome: Outcome) -> Response:
        if outcome.events is not None:
            headers = {"Cache-Control": "no-store"}
            return Response(self._status, b"", headers, "text/event-stream", stream=outcome.events)
        if outcome.text is not None:
            return Response(self._status, outcome.text.encode(), content_type="text/plain; charset=utf-8")
        if self._is_empty:
            return Response(self._status, b"", content_type=None, passed=outcome.passed)
        return Response(self._status, orjson.dumps(self.body(outcome)), passed=outcome.passed)

    def body(self, outcome: Outcome) -> Any:
        """Return the response body for `outcome`."""
        if not self._sources and not self._fixed:
            return outcome.items if self._is_array else outcome.item
        page = outcome.page or _NO_PAGE
        return {**self._fixed, **{name: source(outcome, page) for name, source in self._sources.items()}}

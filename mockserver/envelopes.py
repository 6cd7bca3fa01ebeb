"""Response bodies: the members of the documented response schema, each filled from where `x-from` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document
from governance_contract.operations import Operation
from governance_contract.validation import Violation
from mockserver.queries import Page


@dataclass(frozen=True)
class Outcome:
    """What an operation found or did, before it is put into its envelope."""

    item: Any = None
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


class Envelope:
    """Makes the body of a successful response of one operation.

    Where the response schema says of no member where it comes from, the body is the item itself.
    """

    def __init__(self, document: Document, operation: Operation) -> None:
        schema = operation.success_schema
        properties = document.resolve(schema).value.get("properties", {}) if schema else {}
        self._sources = {name: _SOURCES[schema["x-from"]] for name, schema in properties.items() if "x-from" in schema}
        self._fixed = {name: schema["default"] for name, schema in properties.items() if "default" in schema}

    def body(self, outcome: Outcome) -> Any:
        """Return the response body for `outcome`."""
        if not self._sources and not self._fixed:
            return outcome.item
        page = outcome.page or _NO_PAGE
        return {**self._fixed, **{name: source(outcome, page) for name, source in self._sources.items()}}

"""Defects in how far a document goes: schemas that have no end or too many fields, numbers that JSON writers lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.operations import operation_nodes, request_body

MAX_DEPTH = 50
"""How many levels of objects and lists a schema may describe, references followed."""

MAX_FIELDS = 10_000
"""How many fields a schema may describe, references followed."""

_COMBINED = ("allOf", "anyOf", "oneOf")
_INT64, _UINT64 = -(2**63), 2**64


class _Boundless(Exception):
    """A schema that goes too far; the message says how."""


def boundless_schemas(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each schema of a request body or a resource that has no end, or describes too much."""
    sizes: dict[str, int] = {}
    for schema in _schemas(document):
        try:
            _size(document, schema, sizes, ())
        except _Boundless as error:
            yield schema.pointer, str(error)


def unwritable_numbers(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each place with an integer beyond 64 bits."""
    for node in document.walk():
        for name, value in node.value.items():
            if any(not _INT64 <= number < _UINT64 for number in _integers(value)):
                yield node.child(name).pointer, "has an integer beyond 64 bits; expected one that JSON readers keep"


def _schemas(document: Document) -> Iterator[Node]:
    for name, schema in document.root.get("components", {}).get("schemas", {}).items():
        if isinstance(schema, dict) and "x-resource" in schema:
            yield document.schema(name)
    for _, operation in operation_nodes(document):
        try:
            body = request_body(document, operation)
        except LookupError:  # told as a reference that leads nowhere
            continue
        if body is not None and body.has("schema"):
            yield body.child("schema")


def _size(document: Document, schema: Node, sizes: dict[str, int], above: tuple[str, ...]) -> int:
    """Return how many fields a schema describes; `above` are the places of those in which it stands."""
    try:
        target = document.resolve(schema)
    except LookupError:
        return 1
    if target.pointer in above:
        raise _Boundless(f"{target.pointer} stands within itself; expected a schema of objects that end")
    if len(above) >= MAX_DEPTH:
        raise _Boundless(f"describes more than {MAX_DEPTH} levels; expected fewer")
    if target.pointer not in sizes:
        inner = (*above, target.pointer)
        sizes[target.pointer] = 1 + sum(_size(document, each, sizes, inner) for each in _parts(target))
    if sizes[target.pointer] > MAX_FIELDS:
        raise _Boundless(f"describes more than {MAX_FIELDS} fields, references followed; expected fewer")
    return sizes[target.pointer]


def _parts(target: Node) -> Iterator[Node]:
    """Yield the schemas of the fields of an object, of the entries of a list, and those that it is made of."""
    if target.has("properties"):
        yield from (target.child("properties", name) for name in target.value["properties"])
    if target.has("items"):
        yield target.child("items")
    for name in _COMBINED:
        if target.has(name):
            yield from (target.child(name, index) for index in range(len(target.value[name])))


def _integers(value: Any) -> Iterator[int]:
    """Yield a value, or what stands in a list, as far as it is an integer."""
    for item in value if isinstance(value, list) else (value,):
        if isinstance(item, int):
            yield item
        elif isinstance(item, list):
            yield from _integers(item)

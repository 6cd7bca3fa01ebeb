"""Which objects of a document are schemas, parameters or operations, and which are mere data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.operations import METHODS

_SUBSCHEMA = ("if", "then", "else", "not", "items", "additionalProperties", "contains", "propertyNames")
_SUBSCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED_SUBSCHEMAS = ("properties", "patternProperties", "dependentSchemas", "$defs")


def schemas(document: Document) -> Iterator[Node]:
    """Yield every schema of the document, outer ones first."""
    for place, node in objects(document):
        if place == "schema":
            yield node


def no_schemas(document: Document) -> Iterator[Node]:
    """Yield everything that stands where a schema belongs, and is no object."""
    for place, node in objects(document):
        if place == "schema":
            yield from (each for each in _subschemas(node) if not isinstance(each.value, Mapping))


def objects(document: Document) -> Iterator[tuple[str, Node]]:
    """Yield the objects on which `x-` keywords may stand, with the kind of place that each is."""
    yield "document", Node((), document.root)
    yield from _below(Node((), document.root))


def _below(node: Node) -> Iterator[tuple[str, Node]]:
    for key, value in _members(node.value):
        child = Node((*node.tokens, key), value)
        if key in ("example", "examples", "x-rules"):
            continue
        if key == "schema" or _is_component(child, "schemas"):
            yield from _schemas_below(child)
        elif isinstance(value, Mapping | list):
            if isinstance(value, Mapping):
                yield _place(child), child
            yield from _below(child)


def _schemas_below(node: Node) -> Iterator[tuple[str, Node]]:
    if not isinstance(node.value, Mapping):
        return
    yield "schema", node
    for child in _subschemas(node):
        yield from _schemas_below(child)


def _subschemas(node: Node) -> Iterator[Node]:
    for keyword, value in node.value.items():
        child = Node((*node.tokens, keyword), value)
        if keyword in _SUBSCHEMA:
            yield child
        elif keyword in _SUBSCHEMAS or keyword in _NAMED_SUBSCHEMAS:
            yield from (Node((*child.tokens, key), below) for key, below in _members(value))


def _place(node: Node) -> str:
    if len(node.tokens) == 3 and node.tokens[0] == "paths" and node.tokens[2] in METHODS:
        return "operation"
    if len(node.tokens) >= 2 and node.tokens[-2] == "parameters":
        return "parameter"
    return "other"


def _is_component(node: Node, section: str) -> bool:
    return len(node.tokens) == 3 and node.tokens[:2] == ("components", section)


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)

"""The examples that the document gives for its schemas."""

from __future__ import annotations

from typing import Any

from governance_contract.document import Document, Node
from governance_contract.operations import operation_nodes, request_body
from governance_contract.values import first_of_each


def examples_of(document: Document, node: Node) -> list[Any]:
    """Return the `examples` of a schema, its own or those where its `$ref` leads."""
    return list(node.value.get("examples") or document.resolve(node).value.get("examples") or ())


def documented_values(document: Document, node: Node) -> list[Any]:
    """Return the values that the document names for a schema, each once and none of them null.

    They are its examples, its default, and what `const`, `enum` or the type boolean allow.
    """
    target = document.resolve(node).value
    named = (node.value.get("default"), target.get("default"), target.get("const"), *target.get("enum", ()))
    switches = (True, False) if "boolean" in target.get("type", ()) else ()
    found = (*examples_of(document, node), *named, *switches)
    return first_of_each(value for value in found if value is not None)


def request_examples(document: Document, schema: Node) -> tuple[Any, ...]:
    """Return the request bodies of `schema` that the document shows, in its order."""
    wanted, found = document.resolve(schema).pointer, []
    for _, operation in operation_nodes(document):
        body = request_body(document, operation)
        if body is not None and document.resolve(body.child("schema")).pointer == wanted:
            found += [each["value"] for each in body.value.get("examples", {}).values() if "value" in each]
    return tuple(found)

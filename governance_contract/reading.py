"""The examples that the document gives for its schemas."""

from __future__ import annotations

from typing import Any

from governance_contract.document import Document, Node
from governance_contract.operations import operation_nodes, request_body


def examples_of(document: Document, node: Node) -> list[Any]:
    """Return the `examples` of a schema, its own or those where its `$ref` leads."""
    return list(node.value.get("examples") or document.resolve(node).value.get("examples") or ())


def request_examples(document: Document, schema: Node) -> tuple[Any, ...]:
    """Return the request bodies of `schema` that the document shows, in its order."""
    wanted, found = document.resolve(schema).pointer, []
    for _, operation in operation_nodes(document):
        body = request_body(document, operation)
        if body is not None and document.resolve(body.child("schema")).pointer == wanted:
            found += [each["value"] for each in body.value.get("examples", {}).values() if "value" in each]
    return tuple(found)

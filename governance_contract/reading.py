"""How the keywords of a schema are read into the parameters of rule kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.kinds.refers_to import RefersTo
from governance_contract.kinds.required_unless import RequiredUnless
from governance_contract.kinds.unique_by import UniqueBy
from governance_contract.operations import operation_nodes, request_body


def unique_by(document: Document, node: Node) -> UniqueBy:
    """Return the parameters of `uniqueItemProperties` on the array schema `node`."""
    members = tuple(node.value["uniqueItemProperties"])
    spare: list[Any] = []
    if node.has("items"):
        entry = document.resolve(node.child("items"))
        for member in members:
            spare.extend(examples_of(document, entry.child("properties", member)))
    return UniqueBy(members, tuple(spare))


def required_unless(document: Document, node: Node) -> RequiredUnless:
    """Return the parameters of the `if`/`then` on the schema `node`.

    Raises:
        LookupError: the schema has not the form that the kind reads: `if` names one member by an enum, perhaps
            less a `not: {const: ...}`; `then` requires one member, perhaps `not: {enum: [...]}`.
    """
    (deciding,) = node.value["if"]["properties"]
    (member,) = node.value["then"]["required"]
    condition = node.child("if", "properties", deciding)
    excluded = condition.value.get("not", {}).get("const")
    values = document.resolve(condition).child("enum").value
    required = node.value["then"].get("properties", {}).get(member, {})
    empty = required.get("not", {}).get("enum", ())
    return RequiredUnless(member, deciding, tuple(v for v in values if v != excluded), tuple(empty))


def refers_to(node: Node, known: Mapping[str, frozenset[str]] | None = None) -> RefersTo:
    """Return the parameters of `x-refers-to` on the schema `node` of a member, with the keys that exist."""
    told = node.value["x-refers-to"]
    targets = told["targets"]
    return RefersTo(
        member=str(node.tokens[-1]),
        deciding=told["by"],
        targets={value: target["resource"] for value, target in targets.items()},
        required=frozenset(value for value, target in targets.items() if target["required"]),
        known=known or {},
    )


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

"""Valid request bodies, made from the document, with placeholders for what only a run can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance_contract import Contract
from governance_contract.document import Document, Node
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation
from governance_contract.reading import examples_of

NAME = "@name"
PROVIDER = "@provider"
WILDCARD = "*"
"""The model name that stands for all models (REQ-02)."""
RUN = "@run"
"""Begins the names of a case of several requests, so that they differ as they did."""
GIVEN_BY_SERVER = "id"
"""The member that names an entry of the server: a made-up one is grey, so no sample has it."""


def smallest() -> dict[str, Any]:
    """Return a create body with nothing but what must be there."""
    return {"model_name": NAME}


def rich(contract: Contract, operation: Operation) -> dict[str, Any]:
    """Return a body with every member that the document knows, of global scope, valid and large in its limits."""
    schema = contract.document.resolve(contract.request_schema(operation))
    body = {
        name: _value(contract.document, schema.child("properties", name))
        for name in schema.value.get("properties", {})
        if "x-ignored-when" not in schema.value["properties"][name]
    }
    return {**body, "model_name": NAME, "provider": PROVIDER}


def filled(value: Any, values: Mapping[str, Any]) -> Any:
    """Return `value` with each placeholder replaced."""
    if isinstance(value, dict):
        return {name: filled(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return values.get(value, value) if isinstance(value, str) else value


def _value(document: Document, node: Node) -> Any:
    """Return a value that the schema `node` accepts: its default, its richest example, or one made of its type."""
    if "default" in node.value:
        return node.value["default"]
    examples = [example for example in examples_of(document, node) if example]
    target = document.resolve(node)
    if "items" in target.value and "uniqueItemProperties" in target.value:
        return _distinct_entries(document, target)
    if examples:
        return examples[-1]
    return _made(document, target)


def _made(document: Document, node: Node) -> Any:
    names = type_names(node.value.get("type", ()))
    if "object" in names:
        members = (name for name in node.value.get("properties", {}) if name != GIVEN_BY_SERVER)
        return {name: _value(document, node.child("properties", name)) for name in members}
    if "array" in names:
        return _list_of(_value(document, node.child("items")), "uniqueItems" in node.value)
    if "enum" in node.value:
        return node.value["enum"][0]
    if "boolean" in names:
        return True
    if "integer" in names or "number" in names:
        return min(max(node.value.get("minimum", 0), 1_000_000), node.value.get("maximum", 1_000_000))
    return "text" if "string" in names else None


def _distinct_entries(document: Document, node: Node) -> list[Any]:
    """Return three entries that differ in the members in which they must."""
    entry = _value(document, node.child("items"))
    members = node.value["uniqueItemProperties"]
    schema = document.resolve(node.child("items"))
    spare = {member: examples_of(document, schema.child("properties", member)) for member in members}
    made = []
    for index in range(3):
        numbers = {name: item * (index + 1) for name, item in entry.items() if isinstance(item, float | int)}
        made.append({**entry, **numbers, **{member: spare[member][index + 2] for member in members}})
    return made


def _list_of(entry: Any, is_unique: bool) -> list[Any]:
    if is_unique and isinstance(entry, str):
        return [entry, f"{entry} 2", f"{entry} 3"]
    return [entry]

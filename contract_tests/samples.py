"""Valid request bodies, made from the document, with placeholders for what only a run can know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from governance_contract import Contract
from governance_contract.document import Document, Node
from governance_contract.keywords import allowed_when, uniqueness
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation
from governance_contract.reading import documented_values, examples_of
from governance_contract.repairs import repaired
from governance_contract.values import is_number

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
    properties = schema.value.get("properties", {})
    body = _object(contract.document, schema, [name for name in properties if "x-ignored-when" not in properties[name]])
    made: dict[str, Any] = repaired(contract.document, schema, {**body, "model_name": NAME, "provider": PROVIDER})
    return made


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
    if "items" in target.value and uniqueness.keys_of(target.value):
        return _distinct_entries(document, target)
    if examples:
        return examples[-1]
    return _made(document, target)


def _made(document: Document, node: Node) -> Any:
    names = type_names(node.value.get("type", ()))
    if "object" in names:
        return _object(document, node, [name for name in node.value.get("properties", {}) if name != GIVEN_BY_SERVER])
    if "array" in names:
        return _list_of(_value(document, node.child("items")), "uniqueItems" in node.value)
    if "enum" in node.value:
        return node.value["enum"][0]
    if "boolean" in names:
        return True
    if "integer" in names or "number" in names:
        return min(max(node.value.get("minimum", 0), 1_000_000), node.value.get("maximum", 1_000_000))
    return "text" if "string" in names else None


def _object(document: Document, node: Node, names: Iterable[str]) -> dict[str, Any]:
    """Return an object with these members, their siblings such that they are allowed; without those that cannot be."""
    body = {name: _value(document, node.child("properties", name)) for name in names}
    for patterns in node.value.get(allowed_when.NAME, {}).values():
        body |= {name: next(iter(_spare(document, node, name)), body[name]) for name in patterns if name in body}
    kept: dict[str, Any] = repaired(document, node, body)
    return kept


def _distinct_entries(document: Document, node: Node) -> list[Any]:
    """Return up to three entries that differ as they must; where they must differ in a tuple, in one member of it."""
    schema = document.resolve(node.child("items"))
    entry = _value(document, schema)
    spare = {name: _spare(document, schema, name) for key in uniqueness.keys_of(node.value) for name in key}
    made = [_multiplied(entry, factor) for factor in (1, 2, 3)]
    for key in uniqueness.keys_of(node.value):
        first = {**entry, **{name: spare[name][0] for name in key if spare[name]}}
        varied = uniqueness.distinct([first, *uniqueness.varied(first, key, spare)], (key,))
        for one, other in zip(made, varied, strict=False):
            one |= {name: other[name] for name in key if name in other}
    kept: list[Any] = repaired(document, node, made)
    return kept


def _multiplied(entry: Mapping[str, Any], factor: int) -> dict[str, Any]:
    return {name: item * factor if is_number(item) else item for name, item in entry.items()}


def _spare(document: Document, schema: Node, name: str) -> list[Any]:
    """Return the documented values of a member: first those that allow other members, and from the third one on."""
    values = documented_values(document, schema.child("properties", name))
    asked = [each[name] for each in schema.value.get(allowed_when.NAME, {}).values() if name in each]
    usual = [*values[2:], *values[:2]]
    return sorted(usual, key=lambda value: -sum(allowed_when.matches(pattern, value) for pattern in asked))


def _list_of(entry: Any, is_unique: bool) -> list[Any]:
    if is_unique and isinstance(entry, str):
        return [entry, f"{entry} 2", f"{entry} 3"]
    return [entry]

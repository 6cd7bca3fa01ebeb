"""Requests that break exactly one rule, made from a valid one by the smallest edits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract import pointers, reading
from governance_contract.document import Document, Node
from governance_contract.kinds import KINDS, Variant
from governance_contract.kinds.schema import BREAKERS, break_keyword
from governance_contract.rules import LEVELS
from governance_contract.validation import Validator


@dataclass(frozen=True)
class Counterexample:
    """A body that breaks one rule: which, at what level (the strictest), how it was made, where, and the body."""

    rule: str
    level: str
    label: str
    pointer: str
    body: Any


def counterexamples(document: Document, schema: Node, validator: Validator, valid: Any) -> Iterator[Counterexample]:
    """Yield every counterexample that can be made of the valid body, in a fixed order, without repetition."""
    seen = {_as_text(valid)}
    for node, path, value in facets(document, schema, valid):
        for variant in _variants(document, node, value):
            body = pointers.replaced(valid, path, variant.value)
            made = _counterexample(validator, variant.label, path, body)
            if made is not None and _as_text(body) not in seen:
                seen.add(_as_text(body))
                yield made


def facets(
    document: Document, schema: Node, value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[Node, tuple[str | int, ...], Any]]:
    """Yield each schema that speaks of a place in `value`, with the path to the place and what stands there."""
    yield schema, path, value
    if schema.has("$ref"):
        yield from facets(document, document.at(schema.value["$ref"]), value, path)
    for index in range(len(schema.value.get("allOf", ()))):
        yield from facets(document, schema.child("allOf", index), value, path)
    if isinstance(value, dict):
        for member in schema.value.get("properties", {}):
            if member in value:
                yield from facets(document, schema.child("properties", member), value[member], (*path, member))
    if isinstance(value, list) and schema.has("items"):
        for index, entry in enumerate(value):
            yield from facets(document, schema.child("items"), entry, (*path, index))


def _as_text(body: Any) -> str:
    """Return a text that tells JSON values apart as JSON does: `0` from `false`."""
    return json.dumps(body, sort_keys=True)


def _variants(document: Document, node: Node, value: Any) -> Iterator[Variant]:
    for keyword in node.value:
        if keyword in BREAKERS:
            yield from break_keyword(keyword, value, node.value)
        elif keyword == "uniqueItemProperties":
            yield from KINDS["unique-by"].violate(value, reading.unique_by(document, node))
        elif keyword == "then":
            yield from KINDS["required-unless"].violate(value, reading.required_unless(document, node))
        elif keyword == "dependentRequired":
            yield from KINDS["paired"].violate(value, node.value[keyword])


def _counterexample(validator: Validator, label: str, path: tuple[str | int, ...], body: Any) -> Counterexample | None:
    violations = validator.violations(body)
    if len({violation.rule for violation in violations}) != 1:
        return None
    rule = violations[0].rule
    level = min((violation.level for violation in violations), key=LEVELS.index)
    where = pointers.join(*path)
    return Counterexample(rule, level, f"{where or 'the body'}: {label}", where, body)

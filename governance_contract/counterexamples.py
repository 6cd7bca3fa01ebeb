"""Requests that break exactly one rule, made from a valid one by the smallest edits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract import pointers
from governance_contract.document import Document, Node
from governance_contract.keywords import KEYWORDS, Mutation
from governance_contract.rules import LEVELS
from governance_contract.validation import Validator


@dataclass(frozen=True)
class Counterexample:
    """A body that breaks one rule: which, at what level (the strictest), how and where it was made, and the body."""

    rule: str
    level: str
    pointer: str
    mutation: Mutation
    body: Any

    @property
    def label(self) -> str:
        """Place and edit in a few words."""
        return f"{self.pointer or 'the body'}: {self.mutation.told}"


def counterexamples(document: Document, schema: Node, validator: Validator, valid: Any) -> Iterator[Counterexample]:
    """Yield every counterexample that can be made of the valid body, in a fixed order, without repetition."""
    seen = {_as_text(valid)}
    for node, path, value in facets(document, schema, valid):
        for mutation in _mutations(document, node, value):
            body = pointers.replaced(valid, path, mutation.value)
            made = _counterexample(validator, mutation, path, body)
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


def _mutations(document: Document, node: Node, value: Any) -> Iterator[Mutation]:
    for name in node.value:
        keyword = KEYWORDS.get(name)
        if keyword is not None:
            yield from keyword.mutate(value, keyword.read(document, node))


def _counterexample(
    validator: Validator, mutation: Mutation, path: tuple[str | int, ...], body: Any
) -> Counterexample | None:
    violations = validator.violations(body)
    if len({violation.rule for violation in violations}) != 1:
        return None
    level = min((violation.level for violation in violations), key=LEVELS.index)
    return Counterexample(violations[0].rule, level, pointers.join(*path), mutation, body)

"""Defects in examples: those that break their own schema, and counterexamples that do not."""

from __future__ import annotations

from collections.abc import Iterator

import jsonschema_rs

from governance_contract import places
from governance_contract.document import Document, Node
from governance_contract.rules import Catalogue, read_catalogue
from governance_contract.validation import Validator
from governance_contract.vocabulary import VOCABULARY


def broken_examples(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each example or default that its own schema refuses."""
    if not _has_whole_catalogue(document):
        return
    catalogue = read_catalogue(document)
    by_schema: dict[str, tuple[Node, list[Node]]] = {}
    for schema, example in _examples(document):
        by_schema.setdefault(schema.pointer, (schema, []))[1].append(example)
    for schema, examples in by_schema.values():
        for place, cause in _refused(document, catalogue, schema, examples):
            yield place.pointer, cause


def harmless_counterexamples(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each counterexample that its own schema accepts."""
    if not _has_whole_catalogue(document):
        return
    catalogue = read_catalogue(document)
    for node in places.schemas(document):
        values = [node.child("x-counterexamples", i) for i in range(len(node.value.get("x-counterexamples", ())))]
        refused = {place.pointer for place, _ in _refused(document, catalogue, node, values)}
        judged = () if node.pointer in refused else values
        for place in (place for place in judged if place.pointer not in refused):
            yield place.pointer, f"the counterexample {place.value!r} is accepted by the schema that it stands in"


def _examples(document: Document) -> Iterator[tuple[Node, Node]]:
    for node in places.schemas(document):
        for index in range(len(node.value.get("examples", ()))):
            yield node, node.child("examples", index)
        if node.has("default"):
            yield node, node.child("default")
    for node in document.walk():
        if node.has("schema"):
            yield from ((node.child("schema"), example) for example in _named_examples(document, node))


def _named_examples(document: Document, node: Node) -> Iterator[Node]:
    if node.has("example"):
        yield node.child("example")
    for name in node.value.get("examples", {}):
        try:
            yield document.resolve(node.child("examples", name)).child("value")
        except LookupError:
            continue


def _refused(
    document: Document, catalogue: Catalogue, schema: Node, examples: list[Node]
) -> Iterator[tuple[Node, str]]:
    """Yield each example that the schema refuses, with every cause; the schema itself where it can judge none."""
    if not examples:
        return
    try:
        validator = Validator(document, schema, catalogue)
        found = [(example, violation) for example in examples for violation in validator.violations(example.value)]
    except (LookupError, TypeError, ValueError, jsonschema_rs.ReferencingError) as error:
        yield schema, f"the schema cannot judge its examples: {error!r}"
        return
    for example, violation in found:
        yield example, f"the example is refused: {violation.pointer or 'it'}: {violation.message}"


def _has_whole_catalogue(document: Document) -> bool:
    """Return whether the catalogue can be read; what is wrong with it is told of by the check of its keyword."""
    rules = document.root["x-rules"]
    return bool(jsonschema_rs.is_valid(dict(VOCABULARY["x-rules"].schema), rules))

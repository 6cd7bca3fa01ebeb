"""Defects in how the document hangs together: keys, references, operations, path parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance_contract import yaml_source
from governance_contract.document import Document, Node
from governance_contract.operations import operation_nodes


def repeated(document: Document) -> Iterator[tuple[str, int]]:
    """Yield pointer and line of each key that a mapping has twice, such as a second `get` on one path."""
    yield from yaml_source.repeated_keys(document.text)


def dangling_references(document: Document) -> Iterator[tuple[str, str]]:
    """Yield each `$ref` that leads nowhere or in a circle."""
    for node in document.walk():
        if "$ref" not in node.value or "properties" in node.tokens[-1:]:
            continue
        reference = node.value["$ref"]
        if not isinstance(reference, str):
            yield node.pointer, f"$ref is {reference!r}; expected a pointer into this document"
        else:
            try:
                document.resolve(node)
            except LookupError:
                yield node.pointer, f"$ref {reference} leads nowhere; expected a pointer into this document"


def ambiguous_operations(document: Document) -> Iterator[tuple[str, str]]:
    """Yield operations without an id, with the id of another, or on the path of another."""
    ids: dict[str, str] = {}
    paths: dict[tuple[str, str], str] = {}
    for path, node in operation_nodes(document):
        name = node.value.get("operationId")
        if not isinstance(name, str):
            yield node.pointer, "has no operationId; every operation needs one of its own"
            continue
        if name in ids:
            yield node.pointer, f"operationId {name} is taken by {ids[name]}; give it one of its own"
        ids.setdefault(name, node.pointer)
        place = (str(node.tokens[-1]), re.sub(r"\{[^}]*\}", "{}", path))
        if place in paths:
            yield node.pointer, f"{name} answers the same method and path as {paths[place]}"
        paths.setdefault(place, name)


def undeclared_parameters(document: Document) -> Iterator[tuple[str, str]]:
    """Yield operations whose path has a placeholder that no parameter declares."""
    for path, node in operation_nodes(document):
        owner = Node(node.tokens[:-1], document.root["paths"][path])
        declared = {*_path_parameters(document, owner), *_path_parameters(document, node)}
        for placeholder in re.findall(r"\{([^}]*)\}", path):
            if placeholder not in declared:
                yield node.pointer, f"the path has {{{placeholder}}}, but no path parameter of that name is declared"


def _path_parameters(document: Document, owner: Node) -> Iterator[str]:
    for index in range(len(owner.value.get("parameters", ()))):
        try:
            parameter = document.resolve(owner.child("parameters", index)).value
        except LookupError:
            continue
        if parameter.get("in") == "path":
            yield parameter.get("name")

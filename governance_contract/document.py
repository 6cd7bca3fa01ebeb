"""The OpenAPI document: the single source that mock and suite are driven by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from governance_contract import pointers, yaml_source

ADDRESS = "urn:document"
"""Where the schema engine finds the document in its registry."""


@dataclass(frozen=True)
class Defect:
    """One thing wrong with a document: where it stands and what it is."""

    pointer: str
    line: int
    message: str


class DocumentError(Exception):
    """The document cannot be used; `str()` reports every defect with file, line and pointer."""

    def __init__(self, path: Path, defects: tuple[Defect, ...]) -> None:
        self.path = path
        self.defects = defects
        count = f"{len(defects)} defect{'s' if len(defects) != 1 else ''}"
        listing = "\n".join(f"{path}:{d.line}: {d.pointer or '/'}: {d.message}" for d in defects)
        super().__init__(f"the document cannot be used, {count}:\n{listing}")


@dataclass(frozen=True)
class Node:
    """A place in the document: its tokens from the root and the value there."""

    tokens: tuple[str | int, ...]
    value: Any

    @property
    def pointer(self) -> str:
        """The JSON Pointer of this place."""
        return pointers.join(*self.tokens)

    def child(self, *tokens: str | int) -> Node:
        """Return the place below this one that `tokens` lead to.

        Raises:
            LookupError: there is none.
        """
        return Node((*self.tokens, *tokens), pointers.get(self.value, tokens))

    def has(self, token: str) -> bool:
        """Return whether the value is a mapping with this member."""
        return isinstance(self.value, Mapping) and token in self.value


@dataclass(frozen=True)
class Document:
    """A parsed document that hands out its places and follows its local references."""

    path: Path
    text: str = field(repr=False)
    root: Mapping[str, Any] = field(repr=False)

    def at(self, pointer: str) -> Node:
        """Return the place at `pointer`, with or without a leading `#`.

        Raises:
            LookupError: there is none.
        """
        return Node((), self.root).child(*pointers.split(pointer))

    def resolve(self, node: Node) -> Node:
        """Return `node`, or where its `$ref` leads, however many references that takes.

        Raises:
            LookupError: a reference dangles or leads in a circle.
        """
        seen = set()
        while node.has("$ref"):
            if node.pointer in seen:
                raise LookupError(node.value["$ref"])
            seen.add(node.pointer)
            node = self.at(node.value["$ref"])
        return node

    def schema(self, name: str) -> Node:
        """Return the component schema called `name`.

        Raises:
            LookupError: there is none.
        """
        return self.at("").child("components", "schemas", name)

    def line(self, pointer: str) -> int:
        """Return the line, from 1, of the place at `pointer`, or of the nearest place above it."""
        while pointer not in self._lines:
            pointer = pointer.rpartition("/")[0]
        return self._lines[pointer]

    def walk(self) -> Iterator[Node]:
        """Yield every mapping of the document, outer ones first."""
        stack = [Node((), self.root)]
        while stack:
            node = stack.pop()
            if isinstance(node.value, Mapping):
                yield node
            stack.extend(reversed(tuple(_children(node))))

    @cached_property
    def registry(self) -> jsonschema_rs.Registry:
        """The document at `ADDRESS`, in the form in which the schema engine reads it; made once for all its schemas."""
        root = {key: value for key, value in self.root.items() if key != "x-rules"}
        return jsonschema_rs.Registry([(ADDRESS, root)])

    @cached_property
    def _lines(self) -> Mapping[str, int]:
        return yaml_source.lines(self.text)


def read_document(path: Path) -> Document:
    """Return the document in the YAML file `path`, parsed but not yet checked.

    Raises:
        DocumentError: the file cannot be read, is not YAML, or holds no mapping.
    """
    try:
        text = yaml_source.read_text(path)
        root = yaml_source.parse(text, path)
    except yaml_source.YamlError as error:
        raise DocumentError(path, (Defect("", error.line, str(error)),)) from error
    if not isinstance(root, Mapping):
        raise DocumentError(path, (Defect("", 1, "an OpenAPI document is a mapping; this file holds none"),))
    return Document(path, text, root)


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node.value, Mapping):
        yield from (Node((*node.tokens, key), value) for key, value in node.value.items())
    elif isinstance(node.value, list):
        yield from (Node((*node.tokens, index), value) for index, value in enumerate(node.value))

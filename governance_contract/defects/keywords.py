"""Defects in keywords: those that nobody knows, stand in the wrong place, or have a value of the wrong form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import jsonschema_rs

from governance_contract import places, pointers
from governance_contract.document import Document, Node
from governance_contract.keywords import KEYWORDS, STANDARD
from governance_contract.operations import operation_nodes, parameter_nodes, request_body
from governance_contract.vocabulary import VOCABULARY

_APPLICATORS = {"$ref", "properties", "items", "allOf", "anyOf", "if", "then", "else", "not"}
_ANNOTATIONS = {
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
}
_FORMS: Mapping[str, Any] = {
    **dict.fromkeys(("properties", "items", "if", "then", "else", "not"), Mapping),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "examples", "uniqueItemProperties"), list),
}
"""What the value of a keyword is that stands around other schemas, or around values."""

_FORM_NAMES: Mapping[Any, str] = {Mapping: "an object", list: "a list"}

KNOWN = _APPLICATORS | _ANNOTATIONS | set(KEYWORDS)
"""The schema keywords that mock and suite understand."""


def unknown_extensions(document: Document) -> Iterator[tuple[str, str]]:
    """Yield `x-` keywords outside the vocabulary, in a place where they mean nothing, or with a malformed value."""
    for place, node in places.objects(document):
        for name, value in node.value.items():
            if not str(name).startswith("x-"):
                continue
            where = f"{node.pointer}/{pointers.join(name)[1:]}"
            keyword = VOCABULARY.get(name)
            if keyword is None:
                yield where, f"the keyword {name} is unknown{_hint(name, VOCABULARY)}"
            elif keyword.place != place:
                yield where, f"the keyword {name} stands on a {keyword.place} only"
            else:
                for error in jsonschema_rs.iter_errors(dict(keyword.schema), value, validate_formats=True):
                    yield where + pointers.join(*error.instance_path), f"{name}: {error.message}"


def unknown_keywords(document: Document) -> Iterator[tuple[str, str]]:
    """Yield schema keywords that mock and suite would pass over, and values that JSON Schema does not allow."""
    for node in places.no_schemas(document):
        if not (node.tokens[-1] == "additionalProperties" and isinstance(node.value, bool)):
            yield node.pointer, f"is no schema; expected an object, not {node.value!r}"
    for node in places.schemas(document):
        for name in node.value:
            if name not in KNOWN and not str(name).startswith("x-"):
                yield node.pointer, f"the schema keyword {name} is not supported{_hint(name, KNOWN)}"
        for name, form in _FORMS.items():
            if name in node.value and not isinstance(node.value[name], form):
                yield node.pointer, f"{name} is {node.value[name]!r}; expected {_FORM_NAMES[form]}"
        own = {key: value for key, value in node.value.items() if key in STANDARD}
        try:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **own})
        except jsonschema_rs.ValidationError as error:
            yield node.pointer + pointers.join(*error.instance_path), f"is no JSON Schema: {error.message}"


_NUMERIC_FORMATS = frozenset({"int32", "int64", "float", "double"})
"""Formats that only say how a number is stored; its bounds are keywords of their own."""

_UNBREAKABLE = ("anyOf", "oneOf", "not", "else")


def unbreakable_keywords(document: Document) -> Iterator[tuple[str, str]]:
    """Yield keywords of request schemas that the suite cannot break alone: nobody would see who ignores them."""
    for node in _request_schemas(document):
        for name in _UNBREAKABLE:
            if node.has(name):
                yield node.pointer, f"the suite cannot break {name} in a request; say it by keywords that it can"
        name = node.value.get("format")
        if name is not None and name not in _NUMERIC_FORMATS:
            yield node.pointer, f"the suite cannot break the format {name} in a request; say it by a pattern"


def _request_schemas(document: Document) -> Iterator[Node]:
    """Yield every schema by which a request is judged, those that references lead to included."""
    waiting, seen = list(_roots(document)), set[str]()
    while waiting:
        node = document.resolve(waiting.pop())
        if node.pointer in seen or not isinstance(node.value, Mapping):
            continue
        seen.add(node.pointer)
        yield node
        waiting += [node.child("properties", name) for name in node.value.get("properties", {})]
        waiting += [node.child(name) for name in ("items", "additionalProperties") if node.has(name)]
        waiting += [node.child("allOf", index) for index in range(len(node.value.get("allOf", ())))]


def _roots(document: Document) -> Iterator[Node]:
    for path, operation in operation_nodes(document):
        body = request_body(document, operation)
        if body is not None:
            yield body.child("schema")
        yield from (parameter.child("schema") for _, parameter in parameter_nodes(document, path, operation))


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, tuple(known), 1)
    return f"; did you mean {close[0]}?" if close else ""

"""Defects in keywords: those that nobody knows, stand in the wrong place, or have a value of the wrong form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

import jsonschema_rs

from governance_contract import places, pointers
from governance_contract.document import Document
from governance_contract.keywords import KEYWORDS, STANDARD
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
                for error in jsonschema_rs.iter_errors(dict(keyword.schema), value):
                    yield where + pointers.join(*error.instance_path), f"{name}: {error.message}"


def unknown_keywords(document: Document) -> Iterator[tuple[str, str]]:
    """Yield schema keywords that mock and suite would pass over, and values that JSON Schema does not allow."""
    for node in places.schemas(document):
        for name in node.value:
            if name not in KNOWN and not str(name).startswith("x-"):
                yield node.pointer, f"the schema keyword {name} is not supported{_hint(name, KNOWN)}"
        own = {key: value for key, value in node.value.items() if key in STANDARD}
        try:
            jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **own})
        except jsonschema_rs.ValidationError as error:
            yield node.pointer + pointers.join(*error.instance_path), f"is no JSON Schema: {error.message}"


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, tuple(known), 1)
    return f"; did you mean {close[0]}?" if close else ""

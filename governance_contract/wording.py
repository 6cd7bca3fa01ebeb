"""What violations of standard keywords say to people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from governance_contract.kinds.schema import type_names

_ARTICLES = {"integer": "an integer", "array": "an array", "object": "an object", "null": "null"}

_EXPECTED: Mapping[str, Callable[[Any], str]] = {
    "type": lambda wanted: " or ".join(_ARTICLES.get(name, f"a {name}") for name in type_names(wanted)),
    "enum": lambda wanted: f"one of {', '.join(map(str, wanted))}",
    "const": lambda wanted: f"{wanted!r}",
    "minLength": lambda wanted: "not empty" if wanted == 1 else f"at least {wanted} characters long",
    "maxLength": lambda wanted: f"at most {wanted} characters long",
    "pattern": lambda wanted: f"a string that matches {wanted}",
    "minimum": lambda wanted: f"at least {wanted}",
    "maximum": lambda wanted: f"at most {wanted}",
    "exclusiveMinimum": lambda wanted: f"greater than {wanted}",
    "exclusiveMaximum": lambda wanted: f"less than {wanted}",
    "multipleOf": lambda wanted: f"a multiple of {wanted}",
    "minItems": lambda wanted: f"a list of at least {wanted}",
    "maxItems": lambda wanted: f"a list of at most {wanted}",
    "uniqueItems": lambda _: "a list without equal entries",
    "format": lambda wanted: f"a {wanted}",
    "not": lambda _: "another value",
}


def expected(keyword: str, schema: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    """Return what `keyword` of `schema` accepts, as the end of a sentence that begins with "must be"."""
    if keyword in ("required", "dependentRequired"):
        return f"a {path[-1]}"
    if keyword in ("pattern", "not") and "x-expected" in schema:
        return str(schema["x-expected"])
    return _EXPECTED.get(keyword, lambda value: f"valid by {keyword}: {value}")(schema.get(keyword))


def message(keyword: str, schema: Mapping[str, Any], path: tuple[str | int, ...], expectation: str) -> str:
    """Return the sentence that says what is wrong at `path`."""
    name = _name(path)
    if keyword == "required":
        return f"{name} is required"
    if keyword == "dependentRequired":
        asking = (member for member, needs in schema.get(keyword, {}).items() if name in needs)
        return f"{name} is required when {' or '.join(asking)} is sent"
    return f"{name} must be {expectation}"


def _name(path: tuple[str | int, ...]) -> str:
    if not path:
        return "the body"
    return path[-1] if isinstance(path[-1], str) else f"entry {path[-1]} of {_name(path[:-1])}"

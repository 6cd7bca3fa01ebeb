"""What violations of standard keywords say to people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from governance_contract.kinds.schema import type_names
from governance_contract.nearest import closest

_ARTICLES = {"integer": "an integer", "array": "an array", "object": "an object", "null": "null"}


def _with_article(noun: str | int) -> str:
    return f"{'an' if str(noun)[:1] in tuple('aeio') else 'a'} {noun}"


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
    "format": _with_article,
    "not": lambda _: "another value",
}


def expected(keyword: str, schema: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
    """Return what `keyword` of `schema` accepts, as the end of a sentence that begins with "must be"."""
    if keyword in ("required", "dependentRequired"):
        return _with_article(path[-1])
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


def unknown_member(name: str, known: Sequence[str]) -> tuple[str, str]:
    """Return what is expected in the place of a member that an object may not have, and what is wrong with it."""
    meant, expectation = closest(name, known), f"one of {', '.join(known)}"
    return expectation, f"{name} is unknown; " + (f"did you mean {meant}?" if meant else f"expected {expectation}")


def _name(path: tuple[str | int, ...]) -> str:
    if not path:
        return "the body"
    return path[-1] if isinstance(path[-1], str) else f"entry {path[-1]} of {_name(path[:-1])}"

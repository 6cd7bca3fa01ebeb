"""The keyword `type`."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema
from governance_contract.values import is_number

_SAMPLES: Mapping[str, tuple[tuple[str, str, Any], ...]] = {
    "string": (("text", "a text", "text"), ("empty-text", "an empty text", "")),
    "integer": (("number", "a number", 7),),
    "number": (("fraction", "a fraction", 1.5),),
    "boolean": (("true", "true", True), ("false", "false", False)),
    "array": (("empty-array", "an empty array", []), ("array", "an array", ["text"])),
    "object": (("empty-object", "an empty object", {}), ("object", "an object", {"text": 1})),
}
"""For each type, values of it: the name of the edit that puts it in, words for it, and the value."""

_ARTICLES = {"integer": "an integer", "array": "an array", "object": "an object", "null": "null"}

_DEEPEST = 100
"""Objects and lists that a text may hold which is read as JSON; schema engine and JSON writer bear little more."""


def type_names(wanted: Any) -> tuple[str, ...]:
    """Return the value of `type` as a tuple, be it one name or several."""
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _mutate(value: Any, schema: Schema) -> Iterator[Mutation]:
    names = type_names(schema["type"])
    wanted = " or ".join(names)
    if isinstance(value, list) and isinstance(next(iter(value), None), dict) and "object" not in names:
        yield Mutation("type", "entry-alone", value[0], "one entry instead of the array", wanted)
    for name, samples in _SAMPLES.items():
        if name in names or (name == "integer" and "number" in names):
            continue
        for edit, told, sample in samples:
            yield Mutation("type", edit, sample, f"{told} instead of {wanted}", wanted)
    if {"integer", "number"} & set(names) and "string" not in names:
        yield Mutation("type", "numeral", "7", "a number as text", wanted)


def _explain(schema: Schema, _path: Path) -> str:
    return " or ".join(_ARTICLES.get(name, f"a {name}") for name in type_names(schema["type"]))


def _fix(value: Any, wanted: Any) -> Iterator[Any]:
    names = type_names(wanted)
    if isinstance(value, str):
        yield from _read_json(value)
    if isinstance(value, float):
        yield from (math.floor(value), math.ceil(value))
    if is_number(value) and "string" in names:
        yield json.dumps(value)
    if isinstance(value, list) and len(value) == 1:
        yield value[0]
    if "array" in names:
        yield [value]


def _read_json(text: str) -> Iterator[Any]:
    """Yield what a text says as JSON: a number in quotes, a body that was encoded twice."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        with contextlib.suppress(orjson.JSONDecodeError):
            yield orjson.loads(text)


TYPE = Keyword("type", _mutate, _explain, _fix)

"""The keywords of texts: `minLength`, `maxLength`, `pattern`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema


def _mutate_min_length(_value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["minLength"]
    if wanted == 1:
        yield Mutation("minLength", "empty", "", "empty")
    elif wanted:
        yield Mutation("minLength", "too-short", "a" * (wanted - 1), "one character too short")


def _explain_min_length(schema: Schema, _path: Path) -> str:
    return "not empty" if schema["minLength"] == 1 else f"at least {schema['minLength']} characters long"


def _mutate_max_length(value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["maxLength"]
    longer = (str(value) + "a" * (wanted + 1))[: wanted + 1]
    yield Mutation("maxLength", "too-long", longer, "one character too long")


def _explain_max_length(schema: Schema, _path: Path) -> str:
    return f"at most {schema['maxLength']} characters long"


def _fix_max_length(value: str, wanted: int) -> Iterator[str]:
    yield value[:wanted]


def _mutate_pattern(value: Any, schema: Schema) -> Iterator[Mutation]:
    named = schema.get("x-counterexamples", ())
    for text in (each for each in named if isinstance(each, str)):
        yield Mutation("pattern", "counterexample", text, f"{text!r}", text)
    if isinstance(value, str) and not named:
        yield Mutation("pattern", "blank", " ", "only a blank")
        yield Mutation("pattern", "white-space", " \t\n", "only white space")


def _explain_pattern(schema: Schema, _path: Path) -> str:
    return str(schema.get("x-expected", f"a string that matches {schema['pattern']}"))


def _fix_pattern(value: Any, _wanted: str) -> Iterator[str]:
    if isinstance(value, str):
        bare = "".join(value.split()).strip("+-'\"")
        yield from (value.strip(), bare, bare.lower(), bare.upper())


MIN_LENGTH = Keyword("minLength", _mutate_min_length, _explain_min_length)
MAX_LENGTH = Keyword("maxLength", _mutate_max_length, _explain_max_length, _fix_max_length)
PATTERN = Keyword("pattern", _mutate_pattern, _explain_pattern, _fix_pattern)

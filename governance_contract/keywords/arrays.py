"""The keywords of arrays: `minItems`, `maxItems`, `uniqueItems`, `items`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema
from governance_contract.values import first_of_each


def _mutate_min_items(value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["minItems"]
    if isinstance(value, list) and wanted:
        yield Mutation("minItems", "too-few", value[: wanted - 1], "one entry too few")


def _explain_min_items(schema: Schema, _path: Path) -> str:
    return f"a list of at least {schema['minItems']}"


def _mutate_max_items(value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["maxItems"]
    if isinstance(value, list) and value:
        yield Mutation("maxItems", "too-many", (value * (wanted + 1))[: wanted + 1], "one entry too many")


def _explain_max_items(schema: Schema, _path: Path) -> str:
    return f"a list of at most {schema['maxItems']}"


def _fix_max_items(value: list[Any], wanted: int) -> Iterator[list[Any]]:
    yield value[:wanted]


def _mutate_unique_items(value: Any, schema: Schema) -> Iterator[Mutation]:
    if schema["uniqueItems"] and isinstance(value, list) and value:
        yield Mutation("uniqueItems", "again", [*value, value[0]], "the first entry again")
        yield Mutation("uniqueItems", "twice", [value[0], value[0]], "only one entry, twice")


def _explain_unique_items(_schema: Schema, _path: Path) -> str:
    return "a list without equal entries"


def _fix_unique_items(value: list[Any], _wanted: Any) -> Iterator[list[Any]]:
    yield first_of_each(value)


def _mutate_items(value: Any, _schema: Schema) -> Iterator[Mutation]:
    if isinstance(value, list):
        yield Mutation("items", "null-entry", [*value, None], "null behind the last entry")


MIN_ITEMS = Keyword("minItems", _mutate_min_items, _explain_min_items)
MAX_ITEMS = Keyword("maxItems", _mutate_max_items, _explain_max_items, _fix_max_items)
UNIQUE_ITEMS = Keyword("uniqueItems", _mutate_unique_items, _explain_unique_items, _fix_unique_items)
ITEMS = Keyword("items", _mutate_items)

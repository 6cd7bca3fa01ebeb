"""The keywords of numbers: bounds, and `multipleOf`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from governance_contract.keywords.keyword import Keyword, Mutation, Path, Schema
from governance_contract.keywords.types import type_names
from governance_contract.values import is_number


def _mutate_minimum(_value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["minimum"]
    below = (("below", "just below the minimum", wanted - 1), ("zero", "zero", 0), ("negative", "negative", -1))
    yield from (Mutation("minimum", edit, number, told) for edit, told, number in below if number < wanted)
    if "number" in type_names(schema.get("type", ())):
        nearest = math.nextafter(wanted, -math.inf)
        yield Mutation("minimum", "nearest-below", nearest, "the greatest number below the minimum")


def _mutate_exclusive_minimum(_value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["exclusiveMinimum"]
    yield Mutation("exclusiveMinimum", "bound", wanted, f"{wanted}, the excluded bound")
    below = (
        ("negative", "negative", -1),
        ("negative-fraction", "a negative fraction", -0.01),
        ("very-negative", "very negative", -(10**12)),
    )
    yield from (Mutation("exclusiveMinimum", edit, number, told) for edit, told, number in below if number < wanted)


def _mutate_maximum(_value: Any, schema: Schema) -> Iterator[Mutation]:
    yield Mutation("maximum", "above", schema["maximum"] + 1, "just above the maximum")


def _mutate_exclusive_maximum(_value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["exclusiveMaximum"]
    yield Mutation("exclusiveMaximum", "bound", wanted, f"{wanted}, the excluded bound")


def _mutate_multiple_of(value: Any, schema: Schema) -> Iterator[Mutation]:
    wanted = schema["multipleOf"]
    if is_number(value):
        step = 1 if isinstance(wanted, int) and wanted > 1 else wanted / 2
        yield Mutation("multipleOf", "between", value + step, f"between two multiples of {wanted}")


def _at(keyword: str, words: str) -> Any:
    def explain(schema: Schema, _path: Path) -> str:
        return f"{words} {schema[keyword]}"

    return explain


def _fix_bound(_value: Any, wanted: Any) -> Iterator[Any]:
    yield wanted


def _fix_above(value: Any, wanted: Any) -> Iterator[Any]:
    yield from (abs(value), wanted)


def _fix_below(value: Any, wanted: Any) -> Iterator[Any]:
    yield from (-abs(value), wanted)


def _fix_multiple(value: Any, wanted: Any) -> Iterator[Any]:
    yield value // wanted * wanted


MINIMUM = Keyword("minimum", _mutate_minimum, _at("minimum", "at least"), _fix_bound)
MAXIMUM = Keyword("maximum", _mutate_maximum, _at("maximum", "at most"), _fix_bound)
EXCLUSIVE_MINIMUM = Keyword(
    "exclusiveMinimum", _mutate_exclusive_minimum, _at("exclusiveMinimum", "greater than"), _fix_above
)
EXCLUSIVE_MAXIMUM = Keyword(
    "exclusiveMaximum", _mutate_exclusive_maximum, _at("exclusiveMaximum", "less than"), _fix_below
)
MULTIPLE_OF = Keyword("multipleOf", _mutate_multiple_of, _at("multipleOf", "a multiple of"), _fix_multiple)

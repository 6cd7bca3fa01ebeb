"""A standard JSON Schema keyword of a request holds; how to break each keyword alone, by the smallest edits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from governance_contract.kinds.kind import Variant, is_number, without

Schema = Mapping[str, Any]
Breaker = Callable[[Any, Any, Schema], Iterator[Variant]]

_SAMPLES: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "string": (("a text", "text"), ("an empty text", "")),
    "integer": (("a number", 7),),
    "number": (("a fraction", 1.5),),
    "boolean": (("true", True), ("false", False)),
    "array": (("an empty array", []), ("an array", ["text"])),
    "object": (("an empty object", {}), ("an object", {"text": 1})),
}


def break_keyword(keyword: str, value: Any, schema: Schema) -> Iterator[Variant]:
    """Yield variants of the valid `value` that break `keyword` of `schema`; nothing where no way is known."""
    breaker = BREAKERS.get(keyword)
    if breaker is not None:
        yield from breaker(value, schema[keyword], schema)


def type_names(wanted: Any) -> tuple[str, ...]:
    """Return the value of `type` as a tuple, be it one name or several."""
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _break_type(value: Any, wanted: Any, _schema: Schema) -> Iterator[Variant]:
    names = set(type_names(wanted))
    if isinstance(value, list) and isinstance(next(iter(value), None), dict) and "object" not in names:
        yield Variant("one entry instead of the array", value[0])
    for name, samples in _SAMPLES.items():
        if name in names or (name == "integer" and "number" in names):
            continue
        for label, sample in samples:
            yield Variant(f"{label} instead of {' or '.join(type_names(wanted))}", sample)
    if names & {"integer", "number"} and "string" not in names:
        yield Variant("a number as text", "7")


def _break_required(value: Any, wanted: Sequence[str], _schema: Schema) -> Iterator[Variant]:
    for member in wanted:
        yield Variant(f"without {member}", without(value, member))
        yield Variant(f"{member} null", {**value, member: None})


def _break_enum(_value: Any, wanted: Sequence[Any], _schema: Schema) -> Iterator[Variant]:
    texts = [choice for choice in wanted if isinstance(choice, str)]
    for choice in texts:
        for label, text in _misspelt(choice):
            if text not in texts:
                yield Variant(f"{choice} {label}", text)
    for label, text in (("empty", ""), ("another word", "something_else")):
        if texts and text not in texts:
            yield Variant(label, text)


def _misspelt(choice: str) -> Iterator[tuple[str, str]]:
    yield "in capitals", choice.upper()
    yield "with a capital", choice.capitalize()
    yield "with a blank before", f" {choice}"
    yield "with a blank behind", f"{choice} "
    yield "cut short", choice[:-1]
    yield "with a letter more", f"{choice}x"


def _break_min_length(_value: Any, wanted: int, _schema: Schema) -> Iterator[Variant]:
    if wanted:
        yield Variant("empty" if wanted == 1 else "one character too short", "a" * (wanted - 1))


def _break_max_length(value: Any, wanted: int, _schema: Schema) -> Iterator[Variant]:
    yield Variant("one character too long", (str(value) + "a" * (wanted + 1))[: wanted + 1])


def _break_pattern(value: Any, _wanted: str, schema: Schema) -> Iterator[Variant]:
    named = schema.get("x-counterexamples", ())
    yield from (Variant(f"{text!r}", text) for text in named if isinstance(text, str))
    if isinstance(value, str) and not named:
        yield Variant("only a blank", " ")
        yield Variant("only white space", " \t\n")


def _break_minimum(_value: Any, wanted: float, schema: Schema) -> Iterator[Variant]:
    for label, number in (("just below the minimum", wanted - 1), ("zero", 0), ("negative", -1)):
        if number < wanted:
            yield Variant(label, number)
    if "number" in type_names(schema.get("type", ())):
        yield Variant("the greatest number below the minimum", math.nextafter(wanted, -math.inf))


def _break_exclusive_minimum(_value: Any, wanted: float, _schema: Schema) -> Iterator[Variant]:
    yield Variant(f"{wanted}, the excluded bound", wanted)
    for label, number in (("negative", -1), ("a negative fraction", -0.01), ("very negative", -(10**12))):
        if number < wanted:
            yield Variant(label, number)


def _break_maximum(_value: Any, wanted: float, _schema: Schema) -> Iterator[Variant]:
    yield Variant("just above the maximum", wanted + 1)


def _break_exclusive_maximum(_value: Any, wanted: float, _schema: Schema) -> Iterator[Variant]:
    yield Variant(f"{wanted}, the excluded bound", wanted)


def _break_multiple_of(value: Any, wanted: float, _schema: Schema) -> Iterator[Variant]:
    if is_number(value):
        step = 1 if isinstance(wanted, int) and wanted > 1 else wanted / 2
        yield Variant(f"between two multiples of {wanted}", value + step)


def _break_min_items(value: Any, wanted: int, _schema: Schema) -> Iterator[Variant]:
    if isinstance(value, list) and wanted:
        yield Variant("one entry too few", value[: wanted - 1])


def _break_max_items(value: Any, wanted: int, _schema: Schema) -> Iterator[Variant]:
    if isinstance(value, list) and value:
        yield Variant("one entry too many", (value * (wanted + 1))[: wanted + 1])


def _break_unique_items(value: Any, wanted: bool, _schema: Schema) -> Iterator[Variant]:
    if wanted and isinstance(value, list) and value:
        yield Variant("the first entry again", [*value, value[0]])
        yield Variant("only one entry, twice", [value[0], value[0]])


def _break_items(value: Any, _wanted: Schema, _schema: Schema) -> Iterator[Variant]:
    if isinstance(value, list):
        yield Variant("null behind the last entry", [*value, None])


def _break_additional_properties(value: Any, wanted: Any, schema: Schema) -> Iterator[Variant]:
    if wanted is False and isinstance(value, dict) and "something_else" not in schema.get("properties", {}):
        yield Variant("an unknown member", {**value, "something_else": 1})


BREAKERS: Mapping[str, Breaker] = {
    "type": _break_type,
    "required": _break_required,
    "enum": _break_enum,
    "minLength": _break_min_length,
    "maxLength": _break_max_length,
    "pattern": _break_pattern,
    "minimum": _break_minimum,
    "exclusiveMinimum": _break_exclusive_minimum,
    "maximum": _break_maximum,
    "exclusiveMaximum": _break_exclusive_maximum,
    "multipleOf": _break_multiple_of,
    "minItems": _break_min_items,
    "maxItems": _break_max_items,
    "uniqueItems": _break_unique_items,
    "items": _break_items,
    "additionalProperties": _break_additional_properties,
}
"""For each standard keyword that a request schema may use: how to break it."""

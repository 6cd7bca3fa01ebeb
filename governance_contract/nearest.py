"""For each standard JSON Schema keyword the values nearest to one that it refuses, the nearest first."""

from __future__ import annotations

import contextlib
import difflib
import json
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from governance_contract.kinds.kind import comparable, is_number
from governance_contract.kinds.schema import type_names

_LONGEST = 10_000
"""Characters of a text that are looked at; what is longer was no slip of the pen."""

_DEEPEST = 100
"""Objects and lists that a text may hold which is read as JSON; schema engine and JSON writer bear little more."""

Nearest = Callable[[Any, Any], Iterator[Any]]


def nearest(keyword: str, value: Any, wanted: Any) -> Iterator[Any]:
    """Yield values near to `value`, which `keyword: wanted` refuses; the caller judges whether one may stand."""
    if keyword in _NEAREST and not (isinstance(value, str) and len(value) > _LONGEST):
        yield from _NEAREST[keyword](value, wanted)


def closest(text: str, choices: Sequence[str], cutoff: float = 0.6) -> str | None:
    """Return the choice that is most like `text`, regardless of case, if one is like it at all."""
    return _closest(text[:200].strip().casefold(), tuple(choices), cutoff)


@lru_cache(maxsize=256)
def _closest(folded_text: str, choices: tuple[str, ...], cutoff: float) -> str | None:
    """Return what `closest` does; the same slip is made again and again, and looking for it takes its time."""
    folded = {choice.casefold(): choice for choice in reversed(choices)}
    found = difflib.get_close_matches(folded_text, folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else None


def _of_type(value: Any, wanted: Any) -> Iterator[Any]:
    names = type_names(wanted)
    if isinstance(value, str):
        yield from _read(value)
    if isinstance(value, float):
        yield from (math.floor(value), math.ceil(value))
    if is_number(value) and "string" in names:
        yield json.dumps(value)
    if isinstance(value, list) and len(value) == 1:
        yield value[0]
    if "array" in names:
        yield [value]


def _read(text: str) -> Iterator[Any]:
    """Yield what a text says as JSON: a number in quotes, a body that was encoded twice."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        with contextlib.suppress(orjson.JSONDecodeError):
            yield orjson.loads(text)


def _of_enum(value: Any, wanted: Sequence[Any]) -> Iterator[Any]:
    texts = [choice for choice in wanted if isinstance(choice, str)]
    found = closest(value, texts) if isinstance(value, str) else None
    if found is not None:
        yield found


def _of_pattern(value: Any, _wanted: str) -> Iterator[Any]:
    if isinstance(value, str):
        bare = "".join(value.split()).strip("+-'\"")
        yield from (value.strip(), bare, bare.lower(), bare.upper())


def _above(value: Any, wanted: Any) -> Iterator[Any]:
    yield from (abs(value), wanted)


def _below(value: Any, wanted: Any) -> Iterator[Any]:
    yield from (-abs(value), wanted)


def _multiple(value: Any, wanted: Any) -> Iterator[Any]:
    yield value // wanted * wanted


def _distinct(value: Any, _wanted: Any) -> Iterator[Any]:
    found: dict[Hashable, Any] = {}
    for entry in value:
        found.setdefault(comparable(entry), entry)
    yield list(found.values())


_NEAREST: Mapping[str, Nearest] = {
    "type": _of_type,
    "enum": _of_enum,
    "const": lambda _, wanted: iter((wanted,)),
    "pattern": _of_pattern,
    "maxLength": lambda value, wanted: iter((value[:wanted],)),
    "minimum": lambda _, wanted: iter((wanted,)),
    "maximum": lambda _, wanted: iter((wanted,)),
    "exclusiveMinimum": _above,
    "exclusiveMaximum": _below,
    "multipleOf": _multiple,
    "maxItems": lambda value, wanted: iter((value[:wanted],)),
    "uniqueItems": _distinct,
}

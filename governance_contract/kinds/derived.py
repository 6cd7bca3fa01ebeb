"""A member follows from another member of the same resource (`x-derived`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, is_number, same, without


@dataclass(frozen=True)
class FirstOf:
    """`member` equals the first entry of the list `source`; where there is none it is absent or null."""

    member: str
    source: str


def explain(value: Any, params: FirstOf) -> tuple[Fault, ...]:
    """Return a fault when the resource `value` sends the member and it is not the first of the list."""
    given = value.get(params.member)
    first = _first(value, params, None)
    if given is None or same(given, first):
        return ()
    expected = f"the first of {params.source}"
    return (Fault((params.member,), given, expected, f"{params.member}, where it is sent, must be {expected}"),)


def repair(value: Any, params: FirstOf) -> Any:
    """Return `value` with the first of the list as member, or without the member where the list is empty."""
    first = _first(value, params, ABSENT)
    return without(value, params.member) if first is ABSENT else {**value, params.member: first}


def violate(value: Any, params: FirstOf) -> Iterator[Variant]:
    """Yield resources whose member is another entry, an entry with another number, or there without any entry."""
    for label, changes in _distorted(_entries(value, params), params):
        made = {**value, **changes}
        if explain(made, params):
            yield Variant(label, made)


def _distorted(entries: list[Any], params: FirstOf) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, other in enumerate(entries[1:], 1):
        yield f"{params.member} is entry {index}", {params.member: other}
    for first in entries[:1]:
        numbers = (key for key, item in first.items() if is_number(item)) if isinstance(first, dict) else ()
        for key in numbers:
            yield f"{params.member} has another {key}", {params.member: {**first, key: first[key] + 1}}
        yield f"{params.member} without {params.source}", {params.source: [], params.member: first}


def _entries(value: Any, params: FirstOf) -> list[Any]:
    source = value.get(params.source)
    return source if isinstance(source, list) else []


def _first(value: Any, params: FirstOf, otherwise: Any) -> Any:
    return next(iter(_entries(value, params)), otherwise)


KIND = Kind("derived", "x-derived", explain, repair, violate)

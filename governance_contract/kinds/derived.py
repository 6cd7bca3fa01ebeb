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
    first = next(iter(value.get(params.source) or ()), None)
    if given is None or same(given, first):
        return ()
    expected = f"the first of {params.source}"
    return (Fault((params.member,), given, expected, f"{params.member}, where it is sent, must be {expected}"),)


def repair(value: Any, params: FirstOf) -> Any:
    """Return `value` with the first of the list as member, or without the member where the list is empty."""
    first = next(iter(value.get(params.source) or ()), ABSENT)
    return without(value, params.member) if first is ABSENT else {**value, params.member: first}


def violate(value: Any, params: FirstOf) -> Iterator[Variant]:
    """Yield resources whose member is another entry, an entry with another number, or there without any entry."""
    entries = value.get(params.source) or []
    for other in entries[1:]:
        if not same(other, entries[0]):
            yield Variant(f"{params.member} is another entry", {**value, params.member: other})
    for first in entries[:1]:
        for key in (key for key, item in first.items() if is_number(item)):
            changed = {**first, key: first[key] + 1}
            yield Variant(f"{params.member} has another {key}", {**value, params.member: changed})
        yield Variant(f"{params.member} without {params.source}", {**value, params.source: [], params.member: first})


KIND = Kind("derived", "x-derived", explain, repair, violate)

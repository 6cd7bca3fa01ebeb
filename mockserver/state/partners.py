"""Which entry of a list an entry of an update continues (PUT-03)."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from typing import Any

from governance_contract.values import comparable


def partners(entries: list[Any], before: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Return for each entry the one of `before` that it continues, or None; none is continued twice.

    All entries are asked by the first key before any by the next, as an `id` tells more than a duration (PUT-03).
    """
    found: dict[int, int] = {}
    for key in keys:
        holders = _holders(before, key, set(found.values()))
        for index, entry in enumerate(entries):
            waiting = holders.get(comparable(entry.get(key))) if entry.get(key) is not None else None
            if index not in found and waiting:
                found[index] = waiting.popleft()
    return [before[found[index]] if index in found else None for index in range(len(entries))]


def _holders(before: list[Any], key: str, taken: set[int]) -> dict[Hashable, deque[int]]:
    """Return where in `before` each value of `key` stands, less the places that are taken."""
    holders: dict[Hashable, deque[int]] = {}
    for position, old in enumerate(before):
        if position not in taken and isinstance(old, dict):
            holders.setdefault(comparable(old.get(key)), deque()).append(position)
    return holders

"""JSON values: when two are equal, and a stand-in for a member that is not there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeGuard

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "absent", "__bool__": lambda _: False})()
"""Stands for a member that is not there, which JSON has no value for."""


def without(value: dict[str, Any], member: str) -> dict[str, Any]:
    """Return a copy of `value` that lacks `member`."""
    return {key: entry for key, entry in value.items() if key != member}


def is_number(value: Any) -> TypeGuard[int | float]:
    """Return whether `value` is a JSON number, which a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def comparable(value: Any) -> Hashable:
    """Return a stand-in that can be looked up: those of two JSON values are equal where the values are the `same`."""
    if isinstance(value, dict):
        return dict, frozenset((key, comparable(item)) for key, item in value.items())
    if isinstance(value, list):
        return list, tuple(map(comparable, value))
    return isinstance(value, bool), value


def first_of_each(entries: Iterable[Any], tell_apart: Callable[[Any], Hashable] = comparable) -> list[Any]:
    """Return entries without those that `tell_apart` takes for an earlier one."""
    found: dict[Hashable, Any] = {}
    for entry in entries:
        found.setdefault(tell_apart(entry), entry)
    return list(found.values())


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal; `1` and `1.0` are, `1` and `true` are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)

"""What a rule kind is: a few pure functions over JSON values, all with the same signature."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "absent", "__bool__": lambda _: False})()
"""Stands for a member that is not there, which JSON has no value for."""

Params = Any
"""What the document says beside a rule's keyword; each kind states the form that it reads."""

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """One place inside a value that breaks a rule, what stands there and what should."""

    path: Path
    received: Any
    expected: str
    message: str


@dataclass(frozen=True)
class Variant:
    """A value with a label that says in a few words how it differs from the valid one it was made of."""

    label: str
    value: Any


@dataclass(frozen=True)
class Kind:
    """A kind of rule.

    `explain(value, params)` returns every fault; `repair(value, params)` returns a value without any;
    `violate(value, params)` yields variants of a valid value, each with faults of this rule alone.
    """

    name: str
    keyword: str
    explain: Callable[[Any, Params], tuple[Fault, ...]]
    repair: Callable[[Any, Params], Any]
    violate: Callable[[Any, Params], Iterator[Variant]]

    def holds(self, value: Any, params: Params) -> bool:
        """Return whether `value` keeps a rule of this kind."""
        return not self.explain(value, params)


def without(value: dict[str, Any], member: str) -> dict[str, Any]:
    """Return a copy of `value` that lacks `member`."""
    return {key: entry for key, entry in value.items() if key != member}


def is_number(value: Any) -> bool:
    """Return whether `value` is a JSON number, which a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def comparable(value: Any) -> Hashable:
    """Return a stand-in that can be looked up: those of two JSON values are equal where the values are the `same`."""
    if isinstance(value, dict):
        return dict, frozenset((key, comparable(item)) for key, item in value.items())
    if isinstance(value, list):
        return list, tuple(map(comparable, value))
    return isinstance(value, bool), value


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal; `1` and `1.0` are, `1` and `true` are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def as_double(value: Any) -> Any:
    """Return a number as the nearest double, beyond their range as infinity; any other value as it is."""
    if not is_number(value):
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def same_double(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal, numbers where they are the same double."""
    return same(as_double(left), as_double(right))

"""JSON values as the oracle compares them: what is unknown, what counts as nothing, and when two are the same."""

from __future__ import annotations

import json
import math
from typing import Any

from governance_contract.values import ABSENT, is_number

UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda _: "unknown", "__bool__": lambda _: False})()
"""Stands for a value that the oracle does not know; every value agrees with it."""


def is_nothing(value: Any) -> bool:
    """Return whether a field has no value: absent, null, an empty list, or an object without values."""
    if value is ABSENT or value is None:
        return True
    if isinstance(value, dict):
        return all(map(is_nothing, value.values()))
    return value == [] if isinstance(value, list) else False


def same_scalar(left: Any, right: Any, *, is_double: bool = False) -> bool:
    """Return whether two values without parts are equal; numbers of double precision where they are one double."""
    if left is UNKNOWN or right is UNKNOWN:
        return True
    if is_nothing(left) or is_nothing(right):
        return is_nothing(left) and is_nothing(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right) and is_double:
        return as_double(left) == as_double(right)
    return bool(left == right)


def as_double(value: float) -> float:
    """Return the double next to a number; beyond their range infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def shown(value: Any, length: int = 200) -> str:
    """Return a value as a message shows it: as JSON where it is JSON, and not longer than it reads."""
    text = "absent" if value is ABSENT else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= length else f"{text[: length - 1]}…"

"""Excerpts of large values, so that what is wrong with them can be told without naming a million places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WHOLE = 128
"""Entries of each list in the first excerpt; a value without longer lists is that excerpt."""

_MORE = 4
"""How many times as many each further excerpt has."""


def excerpts(value: Any) -> Iterator[Any]:
    """Yield `value` with its long lists cut short, less so each time; the last excerpt is the value itself."""
    entries, length = longest(value), WHOLE
    while length < entries:
        yield cut(value, length)
        length *= _MORE
    yield value


def longest(value: Any) -> int:
    """Return how many entries the longest list in `value` has, 0 where there is none."""
    if isinstance(value, list):
        return max(len(value), max(map(longest, value), default=0))
    return max(map(longest, value.values()), default=0) if isinstance(value, dict) else 0


def cut(value: Any, length: int) -> Any:
    """Return `value` with no more than the first `length` entries of each list."""
    if isinstance(value, list):
        return [cut(item, length) for item in value[:length]]
    return {name: cut(item, length) for name, item in value.items()} if isinstance(value, dict) else value

"""A persistent sequence: every change makes a new one and shares what did not change with the old."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import Any

_CHUNK = 512
"""Entries a chunk; a change copies one chunk and the list of chunks, some microseconds at a million entries."""

Place = Any
"""What entries are ordered by: numbers, or instants with numbers."""

Entry = tuple[Place, str]
"""Place and key; places rise from entry to entry."""


@dataclass(frozen=True)
class Ordering:
    """Keys in the order of their places."""

    chunks: tuple[tuple[Entry, ...], ...] = ()
    length: int = 0

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[str]:
        return (key for _, key in chain.from_iterable(self.chunks))

    def appended(self, place: Place, key: str) -> Ordering:
        """Return this sequence with `key` at its end; `place` is greater than all before."""
        if self.chunks and len(self.chunks[-1]) < _CHUNK:
            return Ordering((*self.chunks[:-1], (*self.chunks[-1], (place, key))), self.length + 1)
        return Ordering((*self.chunks, ((place, key),)), self.length + 1)

    def inserted(self, place: Place, key: str) -> Ordering:
        """Return this sequence with `key` at a place that is free, wherever that is."""
        if not self.chunks or place > self.chunks[-1][-1][0]:
            return self.appended(place, key)
        at = bisect_left(self.chunks, place, key=_last)
        chunk = self.chunks[at]
        within = bisect_left(chunk, place, key=_place)
        longer = (*chunk[:within], (place, key), *chunk[within:])
        half = len(longer) // 2
        pieces = (longer,) if len(longer) <= _CHUNK else (longer[:half], longer[half:])
        return Ordering((*self.chunks[:at], *pieces, *self.chunks[at + 1 :]), self.length + 1)

    def removed(self, place: Place) -> Ordering:
        """Return this sequence without the entry at `place`, which must be there."""
        at = bisect_left(self.chunks, place, key=_last)
        chunk = self.chunks[at]
        within = bisect_left(chunk, place, key=_place)
        rest = (*chunk[:within], *chunk[within + 1 :])
        return Ordering((*self.chunks[:at], *((rest,) if rest else ()), *self.chunks[at + 1 :]), self.length - 1)

    def page(self, offset: int, limit: int) -> list[str]:
        """Return up to `limit` keys after the first `offset`."""
        if offset >= self.length:
            return []
        ends = list(accumulate(map(len, self.chunks)))
        first = bisect_right(ends, offset)
        within = offset - (ends[first - 1] if first else 0)
        entries = chain.from_iterable(self.chunks[first:])
        return [key for _, key in islice(entries, within, within + limit)]


def _place(entry: Entry) -> Place:
    return entry[0]


def _last(chunk: tuple[Entry, ...]) -> Place:
    return chunk[-1][0]

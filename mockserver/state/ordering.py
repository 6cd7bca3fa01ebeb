"""A persistent sequence: every change makes a new one and shares what did not change with the old."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import Any, Generic, TypeVar

_CHUNK = 512
"""Entries a chunk; a change copies one chunk and the list of chunks, some microseconds at a million entries."""

_TAIL = 32
"""Entries that are appended to a chunk one by one, so that most appends copy few; then it joins the one before."""

Place = Any
"""What entries are ordered by: numbers, or instants with numbers."""

Item = TypeVar("Item")
"""What is put in order."""

Entry = tuple[Place, Item]
"""A place and what stands there; places rise from entry to entry."""


@dataclass(frozen=True)
class Ordering(Generic[Item]):
    """Items, such as keys, in the order of their places."""

    chunks: tuple[tuple[Entry[Item], ...], ...] = ()
    length: int = 0

    @classmethod
    def of(cls, entries: Sequence[Entry[Item]]) -> Ordering[Item]:
        """Return the sequence of these entries, whose places rise."""
        starts = range(0, len(entries), _CHUNK)
        return cls(tuple(tuple(entries[start : start + _CHUNK]) for start in starts), len(entries))

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Item]:
        return (item for _, item in self.entries())

    def entries(self) -> Iterator[Entry[Item]]:
        """Yield each item with its place."""
        return chain.from_iterable(self.chunks)

    def appended(self, place: Place, item: Item) -> Ordering[Item]:
        """Return this sequence with `item` at its end; `place` is greater than all before."""
        *others, last = self.chunks or ((),)
        if len(last) < _TAIL:
            return Ordering((*others, (*last, (place, item))), self.length + 1)
        if others and len(others[-1]) + len(last) <= _CHUNK:
            others[-1] += last
        else:
            others.append(last)
        return Ordering((*others, ((place, item),)), self.length + 1)

    def inserted(self, place: Place, item: Item) -> Ordering[Item]:
        """Return this sequence with `item` at a place that is free, wherever that is."""
        if not self.chunks or place > self.chunks[-1][-1][0]:
            return self.appended(place, item)
        at = bisect_left(self.chunks, place, key=_last)
        chunk = self.chunks[at]
        within = bisect_left(chunk, place, key=_place)
        longer = (*chunk[:within], (place, item), *chunk[within:])
        half = len(longer) // 2
        pieces = (longer,) if len(longer) <= _CHUNK else (longer[:half], longer[half:])
        return Ordering((*self.chunks[:at], *pieces, *self.chunks[at + 1 :]), self.length + 1)

    def removed(self, place: Place) -> Ordering[Item]:
        """Return this sequence without the entry at `place`, which must be there."""
        at = bisect_left(self.chunks, place, key=_last)
        chunk = self.chunks[at]
        within = bisect_left(chunk, place, key=_place)
        rest = (*chunk[:within], *chunk[within + 1 :])
        return Ordering((*self.chunks[:at], *((rest,) if rest else ()), *self.chunks[at + 1 :]), self.length - 1)

    def page(self, offset: int, limit: int) -> list[Item]:
        """Return up to `limit` items after the first `offset`."""
        if offset >= self.length:
            return []
        ends = list(accumulate(map(len, self.chunks)))
        first = bisect_right(ends, offset)
        within = offset - (ends[first - 1] if first else 0)
        entries = chain.from_iterable(self.chunks[first:])
        return [item for _, item in islice(entries, within, within + limit)]


def _place(entry: Entry[Any]) -> Place:
    return entry[0]


def _last(chunk: tuple[Entry[Any], ...]) -> Place:
    return chunk[-1][0]

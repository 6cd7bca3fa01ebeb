"""A persistent sequence: every change makes a new one and shares what did not change with the old."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

_CHUNK = 512
"""Entries a chunk; a change copies one chunk and the list of chunks, some microseconds at a million entries."""

Entry = tuple[int, str]
"""Sequence number and key; numbers rise from entry to entry."""


@dataclass(frozen=True)
class Ordering:
    """Keys in the order in which they were appended."""

    chunks: tuple[tuple[Entry, ...], ...] = ()
    length: int = 0

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[str]:
        return (key for _, key in chain.from_iterable(self.chunks))

    def appended(self, number: int, key: str) -> Ordering:
        """Return this sequence with `key` at its end; `number` is greater than all before."""
        if self.chunks and len(self.chunks[-1]) < _CHUNK:
            return Ordering((*self.chunks[:-1], (*self.chunks[-1], (number, key))), self.length + 1)
        return Ordering((*self.chunks, ((number, key),)), self.length + 1)

    def removed(self, number: int) -> Ordering:
        """Return this sequence without the entry `number`, which must be there."""
        at = bisect_left(self.chunks, number, key=lambda chunk: chunk[-1][0])
        chunk = self.chunks[at]
        within = bisect_left(chunk, number, key=lambda entry: entry[0])
        rest = (*chunk[:within], *chunk[within + 1 :])
        return Ordering((*self.chunks[:at], *((rest,) if rest else ()), *self.chunks[at + 1 :]), self.length - 1)

    def page(self, offset: int, limit: int) -> list[str]:
        """Return up to `limit` keys after the first `offset`."""
        if offset >= self.length:
            return []
        first = 0
        while offset >= len(self.chunks[first]):
            offset -= len(self.chunks[first])
            first += 1
        entries = chain.from_iterable(self.chunks[first:])
        return [key for _, key in islice(entries, offset, offset + limit)]

"""The state of the mock in memory: immutable values, exchanged as a whole under a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from rpds import HashTrieMap

from mockserver.clock import REAL_TIME, Timing
from mockserver.ordering import Ordering

Resource = Mapping[str, Any]
Identity = tuple[Any, ...]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Record:
    """A stored resource with its key, and its identity where it has one.

    `number` is its place in the order of its collection, `due` the instant from which it must be rolled over.
    """

    number: int
    key: str
    identity: Identity | None
    resource: Resource
    due: datetime


@dataclass(frozen=True)
class Collection:
    """Resources of one kind by key, by identity, and in the order in which they were created."""

    records: HashTrieMap[str, Record] = field(default_factory=HashTrieMap)
    identities: HashTrieMap[Identity, str] = field(default_factory=HashTrieMap)
    ordering: Ordering = field(default_factory=Ordering)
    next_number: int = 0

    def __len__(self) -> int:
        return len(self.ordering)

    def __contains__(self, key: object) -> bool:
        return key in self.records

    def get(self, key: str) -> Record | None:
        """Return the record with this key, if there is one."""
        return self.records.get(key)

    def all(self) -> Iterator[Record]:
        """Yield every record, oldest first."""
        return (self.records[key] for key in self.ordering)

    def page(self, offset: int, limit: int) -> list[Record]:
        """Return up to `limit` records after the `offset` oldest."""
        return [self.records[key] for key in self.ordering.page(offset, limit)]

    def holder(self, identity: Identity) -> str | None:
        """Return the key of the record with this identity, if there is one."""
        return self.identities.get(identity)

    def inserted(self, key: str, identity: Identity | None, resource: Resource, due: datetime) -> Collection:
        """Return this collection with a new record; key and identity must be free."""
        record = Record(self.next_number, key, identity, resource, due)
        return Collection(
            records=self.records.insert(key, record),
            identities=self.identities if identity is None else self.identities.insert(identity, key),
            ordering=self.ordering.appended(record.number, key),
            next_number=self.next_number + 1,
        )

    def replaced(self, record: Record, identity: Identity | None, resource: Resource, due: datetime) -> Collection:
        """Return this collection with another resource in the place of `record`; the identity must be its or free."""
        identities = self.identities
        if identity != record.identity:
            identities = identities if record.identity is None else identities.remove(record.identity)
            identities = identities if identity is None else identities.insert(identity, record.key)
        changed = replace(record, identity=identity, resource=resource, due=due)
        return replace(self, records=self.records.insert(record.key, changed), identities=identities)

    def removed(self, record: Record) -> Collection:
        """Return this collection without `record`."""
        identities = self.identities if record.identity is None else self.identities.remove(record.identity)
        return replace(
            self,
            records=self.records.remove(record.key),
            identities=identities,
            ordering=self.ordering.removed(record.number),
        )


@dataclass(frozen=True)
class State:
    """All collections by name, and how the clock runs; a name that was never used is an empty collection."""

    collections: HashTrieMap[str, Collection] = field(default_factory=HashTrieMap)
    timing: Timing = REAL_TIME

    def __getitem__(self, name: str) -> Collection:
        return self.collections.get(name, _EMPTY)

    def with_collection(self, name: str, collection: Collection) -> State:
        """Return this state with another collection under `name`."""
        return replace(self, collections=self.collections.insert(name, collection))

    def with_timing(self, timing: Timing) -> State:
        """Return this state with a clock that runs otherwise."""
        return replace(self, timing=timing)


_EMPTY = Collection()


class Store:
    """Holds the present state. Reading needs no lock: a state never changes once it is there."""

    def __init__(self, state: State | None = None) -> None:
        self._lock = threading.Lock()
        self._state = state or State()

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    def change(self, step: Callable[[State], tuple[State, Result]]) -> Result:
        """Exchange the state for what `step` makes of it and return its result; an exception changes nothing."""
        with self._lock:
            self._state, result = step(self._state)
            return result

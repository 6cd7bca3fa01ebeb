"""The state of the mock in memory: immutable values, exchanged as a whole under a lock."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from rpds import HashTrieMap

from mockserver.state.clock import REAL_TIME, Timing
from mockserver.state.lookups import Lookups, Values
from mockserver.state.ordering import Ordering
from mockserver.state.records import Identity, Item, Key, Record
from mockserver.state.windows import NEVER

Result = TypeVar("Result")

_REMEMBERED = 64
"""How many changes a collection remembers, so that a small step is kept without a look at all records."""


@dataclass(frozen=True)
class Collection:
    """Resources of one kind by key, by identity, in the order in which they were created, and by when they are due.

    `mark` tells this collection from every other; `recent` are the latest changes that led to it, oldest first: the
    mark of the collection that was changed, and the key of the record. `lookups` are made when they are asked for.
    """

    records: HashTrieMap[Key, Record] = field(default_factory=HashTrieMap)
    identities: HashTrieMap[Identity, Key] = field(default_factory=HashTrieMap)
    ordering: Ordering[Key] = field(default_factory=Ordering)
    schedule: Ordering[Key] = field(default_factory=Ordering)
    next_number: int = 0
    mark: object = field(default_factory=object, compare=False, repr=False)
    recent: tuple[tuple[object, Key], ...] = field(default=(), compare=False, repr=False)
    lookups: Lookups = field(default_factory=Lookups, compare=False, repr=False)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Collection:
        """Return the collection of these records, whose numbers rise and whose identities differ."""
        held = tuple(records)
        due = sorted(((record.due, record.number), record.key) for record in held if record.due != NEVER)
        return cls(
            records=HashTrieMap({record.key: record for record in held}),
            identities=HashTrieMap({record.identity: record.key for record in held if record.identity is not None}),
            ordering=Ordering.of([(record.number, record.key) for record in held]),
            schedule=Ordering.of(due),
            next_number=held[-1].number + 1 if held else 0,
        )

    def __len__(self) -> int:
        return len(self.ordering)

    def __contains__(self, key: object) -> bool:
        return key in self.records

    def get(self, key: Key) -> Record | None:
        """Return the record with this key, if there is one."""
        return self.records.get(key)

    def all(self) -> Iterator[Record]:
        """Yield every record, oldest first."""
        return (self.records[key] for key in self.ordering)

    def by_due(self) -> Iterator[Record]:
        """Yield the records that will have to be rolled over, that which is due first first."""
        return (self.records[key] for key in self.schedule)

    def page(self, offset: int, limit: int) -> list[Record]:
        """Return up to `limit` records after the `offset` oldest."""
        return self.those(self.ordering.page(offset, limit))

    def those(self, keys: Iterable[Key]) -> list[Record]:
        """Return the records with these keys."""
        return [self.records[key] for key in keys]

    def holder(self, identity: Identity) -> Key | None:
        """Return the key of the record with this identity, if there is one."""
        return self.identities.get(identity)

    def having(self, members: tuple[str, ...], values: Values) -> Ordering[Key]:
        """Return the keys of the records that have `values` in `members`, oldest first."""
        return self.lookups.groups(members, self.all()).of(values)

    def containing(self, member: str, part: str) -> Ordering[Key]:
        """Return the keys of the records whose `member` contains `part` regardless of case, oldest first."""
        return self.lookups.texts(member, self.all()).containing(part)

    def inserted(self, key: Key, identity: Identity | None, resource: Item, due: datetime) -> Collection:
        """Return this collection with a new record; key and identity must be free."""
        record = Record(self.next_number, key, identity, resource, due)
        return Collection(
            records=self.records.insert(key, record),
            identities=self.identities if identity is None else self.identities.insert(identity, key),
            ordering=self.ordering.appended(record.number, key),
            schedule=_scheduled(self.schedule, record),
            next_number=self.next_number + 1,
            recent=self._with_recent(key),
            lookups=self.lookups.changed(None, record),
        )

    def replaced(self, record: Record, identity: Identity | None, resource: Item, due: datetime) -> Collection:
        """Return this collection with another resource in the place of `record`; the identity must be its or free."""
        identities = self.identities
        if identity != record.identity:
            identities = identities if record.identity is None else identities.remove(record.identity)
            identities = identities if identity is None else identities.insert(identity, record.key)
        changed = Record(record.number, record.key, identity, resource, due)
        return Collection(
            records=self.records.insert(record.key, changed),
            identities=identities,
            ordering=self.ordering,
            schedule=self.schedule if record.due == due else _scheduled(_unscheduled(self.schedule, record), changed),
            next_number=self.next_number,
            recent=self._with_recent(record.key),
            lookups=self.lookups.changed(record, changed),
        )

    def removed(self, record: Record) -> Collection:
        """Return this collection without `record`."""
        identities = self.identities if record.identity is None else self.identities.remove(record.identity)
        return Collection(
            records=self.records.remove(record.key),
            identities=identities,
            ordering=self.ordering.removed(record.number),
            schedule=_unscheduled(self.schedule, record),
            next_number=self.next_number,
            recent=self._with_recent(record.key),
            lookups=self.lookups.changed(record, None),
        )

    def changed_since(self, earlier: Collection) -> Iterable[Key]:
        """Return the keys of all records that are not as in `earlier`, new and removed ones, too.

        Few changes are found at once; after more of them, or where this collection did not come from the earlier
        one, all records are looked at.
        """
        if self is earlier:
            return ()
        for place, (mark, _) in enumerate(self.recent):
            if mark is earlier.mark:
                return dict.fromkeys(key for _, key in self.recent[place:])
        made = (record.key for record in self.records.values() if earlier.get(record.key) is not record)
        return itertools.chain(made, (key for key in earlier.records if key not in self))

    def _with_recent(self, key: Key) -> tuple[tuple[object, Key], ...]:
        return (*self.recent[1 - _REMEMBERED :], (self.mark, key))


def _scheduled(schedule: Ordering[Key], record: Record) -> Ordering[Key]:
    return schedule if record.due == NEVER else schedule.inserted((record.due, record.number), record.key)


def _unscheduled(schedule: Ordering[Key], record: Record) -> Ordering[Key]:
    return schedule if record.due == NEVER else schedule.removed((record.due, record.number))


@dataclass(frozen=True)
class State:
    """All collections by name, and how the clock runs; a name that was never used is an empty collection.

    `scenario` is that from which the state came, whatever was changed since.
    """

    collections: Mapping[str, Collection] = field(default_factory=dict)
    timing: Timing = REAL_TIME
    scenario: str | None = None

    def __getitem__(self, name: str) -> Collection:
        return self.collections.get(name, _EMPTY)

    def with_collection(self, name: str, collection: Collection) -> State:
        """Return this state with another collection under `name`."""
        return State({**self.collections, name: collection}, self.timing, self.scenario)

    def without_collection(self, name: str) -> State:
        """Return this state without the collection `name`, which must be there."""
        return replace(self, collections={each: held for each, held in self.collections.items() if each != name})

    def with_timing(self, timing: Timing) -> State:
        """Return this state with a clock that runs otherwise."""
        return replace(self, timing=timing)


_EMPTY = Collection()


Keep = Callable[[State, State], None]
"""Is told the present state and its successor before that takes its place; if it fails, nothing has changed."""


Step = Callable[[State], tuple[State, Result]]
"""A pure change: makes of a state its successor, and a result."""


class Store(Protocol):
    """Where the state lies. All that anybody can do is read it whole, and exchange it by one step.

    A step may be called several times, also at once with others; one of its calls takes effect, as a whole and after
    all that took effect before. So a store may lie in memory, or be shared by processes.
    """

    @property
    def state(self) -> State:
        """The present state; it never changes once it is there."""

    def change(self, step: Step[Result]) -> Result:
        """Exchange the state for what `step` makes of it and return its result; an exception changes nothing."""


class MemoryStore:
    """A store in the memory of this process. Reading needs no lock."""

    def __init__(self, state: State | None = None, keep: Keep = lambda _old, _new: None) -> None:
        self._lock = threading.Lock()
        self._state = state or State()
        self._keep = keep

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    def change(self, step: Step[Result]) -> Result:
        """Exchange the state for what `step` makes of it and return its result; an exception changes nothing."""
        with self._lock:
            state, result = step(self._state)
            self._keep(self._state, state)
            self._state = state
            return result

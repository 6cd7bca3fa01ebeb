"""What is known of a target, as an immutable value: its resources, those that are gone, and what is uncertain."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rpds import HashTrieMap
from rpds import List as RpdsList

from contract_tests.exchange import Exchange
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.prediction import View, unknown_view
from contract_tests.oracle.values import UNKNOWN, is_nothing
from governance_contract.resources import Resource
from governance_contract.values import comparable

Place = tuple[str, str]
"""The name of a resource and a key."""

Identity = tuple[Any, ...]

Owns = Callable[[Resource, Mapping[str, Any]], bool]
"""Says whether nobody but the suite makes or changes resources like this one."""


@dataclass(frozen=True)
class Seen:
    """A value that a field was shown with, and what was observed of that."""

    value: Any = field(repr=False)
    observations: tuple[Observation, ...] = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """What is known of one resource.

    `views` are the states that it can be in; `may_be_gone` says that it can also be deleted. `made` and `written` are
    the create and the last write. `refused` is the last refused write since a read agreed with what is known.
    `agreed` has, for each operation that shows resources, how many writes there had been when it last agreed.

    What was observed since the last write is observed again whenever it shows again: `changed` are the fields that are
    not as they were, `mislisted` those that lists alone show otherwise; `absence` is that it is not found, `presence`
    that it is there at all.
    """

    key: str
    views: tuple[View, ...]
    may_be_gone: bool = False
    made: Exchange | None = None
    written: Exchange | None = None
    refused: Exchange | None = None
    agreed: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    changed: HashTrieMap[str, Seen] = field(default_factory=HashTrieMap)
    mislisted: HashTrieMap[str, Seen] = field(default_factory=HashTrieMap)
    absence: tuple[Observation, ...] = ()
    presence: tuple[Observation, ...] = ()

    @property
    def view(self) -> View:
        """The state that it is most likely in."""
        return self.views[0]

    @property
    def settled(self) -> float:
        """When the last write ended."""
        return self.written.ended if self.written else 0.0

    @property
    def evidence(self) -> tuple[Exchange, ...]:
        """The exchanges that made it what it is."""
        found = [each for each in (self.made, self.written) if each is not None]
        return tuple(found if len(found) < 2 or found[0] is not found[1] else found[:1])


@dataclass(frozen=True)
class LostCreate:
    """A create whose response did not say what became of it: there may be such a resource, under an unknown key."""

    resource: str
    view: View = field(repr=False)
    exchange: Exchange = field(repr=False)


@dataclass(frozen=True)
class Doubt:
    """A field that a list or an update shows otherwise than expected, until a get tells what is the matter.

    `seen` is what it is shown with. `if_kept` is what is observed where get shows the field as expected, since the
    response was wrong; `if_changed` is what is observed where it does not, or where nothing tells.
    """

    place: Place
    name: str
    expected: Any = field(repr=False)
    seen: Any = field(repr=False)
    if_kept: tuple[Observation, ...] = field(repr=False)
    if_changed: tuple[Observation, ...] = field(repr=False)


@dataclass(frozen=True)
class Positions:
    """Which resources stood where in a list, by position, and how many writes there had been.

    `whole` are the keys of the list where one page held all of it. `pending` is what was observed since, which counts
    once another whole page shows that nobody else changed the list meanwhile.
    """

    writes: int
    keys: HashTrieMap[int, str] = field(default_factory=HashTrieMap)
    whole: tuple[str, ...] | None = None
    pending: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Flight:
    """A write that was sent and is not answered yet: what it is about, as far as it can be told from the call."""

    number: int
    resource: str
    key: str | None


@dataclass(frozen=True)
class Model:
    """What is known of all resources of a target.

    `gone` are deleted ones, with the exchange that says so; `never` are keys that nobody has. `owners` says which
    resource a generated id inside it belongs to. `tried` are identities that refused creates and updates asked for;
    `refused` are the refused creates, the latest first; `refusals` what their effects would break, by operation.
    `left` are identities that a resource gave up, by a rename or a delete. `targets` are keys of look-ups that exist.
    `positions` are those of lists that nobody else changes, by operation and filters. `filled` are the greatest numbers
    of entries that pages without and with filters had. `mangled` are the fields, by
    resource, that responses are known to show wrongly: what follows from that is no news. `kinds` are the sorts of
    defects that were observed so far, `accepted` the rules that should have refused a create and did not.
    """

    entries: HashTrieMap[Place, Entry] = field(default_factory=HashTrieMap)
    gone: HashTrieMap[Place, Exchange] = field(default_factory=HashTrieMap)
    never: HashTrieMap[Place, bool] = field(default_factory=HashTrieMap)
    owners: HashTrieMap[tuple[str, str], Place] = field(default_factory=HashTrieMap)
    tried: HashTrieMap[tuple[str, Identity], Exchange] = field(default_factory=HashTrieMap)
    left: HashTrieMap[tuple[str, Identity], Exchange] = field(default_factory=HashTrieMap)
    targets: HashTrieMap[Place, bool] = field(default_factory=HashTrieMap)
    refused: RpdsList[LostCreate] = field(default_factory=RpdsList)
    refusals: frozenset[tuple[str, str]] = frozenset()
    lost: tuple[LostCreate, ...] = ()
    flights: tuple[Flight, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    positions: HashTrieMap[Hashable, Positions] = field(default_factory=HashTrieMap)
    filled: HashTrieMap[bool, int] = field(default_factory=HashTrieMap)
    mangled: frozenset[Place] = frozenset()
    kinds: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    writes: int = 0
    latest_write: Exchange | None = None

    def entry(self, resource: Resource, key: str | None) -> Entry | None:
        """Return what is known of a resource with a key, None where nothing is."""
        return self.entries.get((resource.name, key)) if key is not None else None

    def entries_of(self, resource: Resource) -> Iterator[Entry]:
        """Yield what is known of each resource of a kind."""
        return (entry for (name, _), entry in self.entries.items() if name == resource.name)

    def mangled_of(self, resource: Resource) -> frozenset[str]:
        """Return the fields of a resource that responses are known to show wrongly."""
        return frozenset(field for name, field in self.mangled if name == resource.name)

    def is_gone(self, resource: Resource, key: str | None) -> bool:
        """Return whether there is surely no resource with a key: it was deleted, or nobody ever had it."""
        place = (resource.name, key or "")
        return key is not None and place not in self.entries and (place in self.gone or place in self.never)

    def with_entry(self, resource: Resource, entry: Entry) -> Model:
        """Return the model that knows this of a resource."""
        place = (resource.name, entry.key)
        owners = self.owners
        for view in entry.views:
            for generated in ids_within(resource, view):
                owners = owners.insert(generated, place)
        gone = self.gone.remove(place) if place in self.gone else self.gone
        return replace(self, entries=self.entries.insert(place, entry), owners=owners, gone=gone)

    def without_entry(self, resource: Resource, key: str, exchange: Exchange) -> Model:
        """Return the model in which a resource was deleted by an exchange."""
        place = (resource.name, key)
        entry, model = self.entries.get(place), self
        if entry is not None:
            model = model.with_left(resource, entry.view, exchange)
            model = replace(model, entries=model.entries.remove(place))
        return replace(model, gone=model.gone.insert(place, exchange))

    def forgetting(self, resource: Resource, key: str) -> Model:
        """Return the model that knows of a resource nothing but that there was one."""
        entry = self.entries.get((resource.name, key))
        if entry is None:
            return self
        return self.with_entry(resource, replace(entry, views=(unknown_view(resource),), may_be_gone=True))

    def with_doubt(self, doubt: Doubt) -> Model:
        """Return the model that doubts whether a response is wrong or a resource has changed."""
        return replace(self, doubts=(*self.doubts, doubt))

    def with_left(self, resource: Resource, view: View, exchange: Exchange) -> Model:
        """Return the model that remembers that a resource gave up its identity."""
        identity = identity_of(resource, view)
        if identity is None:
            return self
        return replace(self, left=self.left.insert((resource.name, identity), exchange))

    def with_tried(self, resource: Resource, identity: Identity | None, exchange: Exchange) -> Model:
        """Return the model that remembers which identity a refused write asked for."""
        if identity is None:
            return self
        return replace(self, tried=self.tried.insert((resource.name, identity), exchange))

    def noting_write(self, exchange: Exchange) -> Model:
        """Return the model that counts one write more."""
        return replace(self, writes=self.writes + 1, latest_write=exchange)

    def holders(self, resource: Resource, identity: Identity, but: str | None = None) -> tuple[list[Entry], bool]:
        """Return the entries that surely have an identity, and whether another one may have it."""
        sure: list[Entry] = []
        is_possible = any(
            each.resource == resource.name and may_be(identity, identity_of(resource, each.view)) for each in self.lost
        )
        is_possible |= any(each.resource == resource.name for each in self.flights)
        for entry in self.entries_of(resource):
            if entry.key == but:
                continue
            found = [identity_of(resource, view) for view in entry.views]
            if not (entry.may_be_gone or entry.presence) and all(each == identity for each in found):
                sure.append(entry)
            elif any(may_be(identity, each) for each in found):
                is_possible = True
        return sure, is_possible


def identity_of(resource: Resource, view: View) -> Identity | None:
    """Return the values that identify a resource, None where one of them is unknown or it has no identity."""
    if not resource.identity:
        return None
    values = [view.get(name) for name in resource.identity]
    if any(value is UNKNOWN for value in values):
        return None
    return tuple(None if is_nothing(value) else comparable(value) for value in values)


def may_be(wanted: Identity, found: Identity | None) -> bool:
    """Return whether an identity can be the wanted one; an unknown one can."""
    return found is None or found == wanted


def ids_within(resource: Resource, view: View) -> Iterator[tuple[str, str]]:
    """Yield the fields and generated ids of the parts of a resource; parts of two sorts may have the same id."""
    for each in resource.shape.fields:
        value = view.get(each.name)
        if each.shape is None or each.derived:
            continue
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, dict):
                yield from ((each.name, part[name]) for name in each.shape.ids if isinstance(part.get(name), str))

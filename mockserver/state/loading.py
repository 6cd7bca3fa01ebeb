"""Whole resources put into a state, by fixtures and imports: each keeps the document and stays as it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rpds import HashTrieMap

from governance_contract import pointers
from governance_contract.resources import Resource, Shape
from governance_contract.validation import Violation
from mockserver.actions import Blueprint, World
from mockserver.bodies import defaults_of
from mockserver.state import clock, resources, rollover
from mockserver.state.identity import identity_of
from mockserver.state.records import Item, Record
from mockserver.state.store import Collection, State

Entries = Sequence[Mapping[str, Any]]

_PAST_LAST = timedelta(hours=1)
"""How far past the end of the clock an instant may be: each update is a tick later, also where that stands (PUT-06)."""


class UnfitEntry(Exception):
    """An entry that cannot be in a state; the message names the collection, the place in it and the cause.

    `place` is the collection and the number of the entry in it, where it is one.
    """

    place: tuple[str, int] | None = None


def filled(blueprint: Blueprint, world: World, state: State, collections: Mapping[str, Entries]) -> State:
    """Return `state` with these collections in the place of its own.

    Members that an entry leaves out get what the server would give them; ids and instants may be given.

    Raises:
        UnfitEntry: a collection is unknown, or an entry breaks the document or contradicts another one.
    """
    loaders = _loaders(blueprint, world)
    for name in collections:
        if name not in loaders:
            raise UnfitEntry(f"the collection {name} is unknown; expected one of {', '.join(loaders)}")
    for name, loader in loaders.items():
        if name in collections:
            state = loader.filled(state, collections[name])
    return state


def refitted(blueprint: Blueprint, world: World, state: State) -> tuple[State, tuple[str, ...]]:
    """Return what of `state` the document of the blueprint allows, and for each entry that it does not, which and why.

    A collection that the document changes nothing of stays the very same.
    """
    loaders = _loaders(blueprint, world)
    fitted, dropped = replace(state, collections=HashTrieMap()), list[str]()
    for name, loader in loaders.items():
        fitted = loader.refitted(fitted, state[name], dropped)
    for name in state.collections:
        if name not in loaders and len(state[name]):
            dropped.append(f"{name}: the collection is unknown now, with {len(state[name])} entries")
    return fitted, tuple(dropped)


def _loaders(blueprint: Blueprint, world: World) -> dict[str, _Loader]:
    """Return the loaders by collection, those first whose resources others refer to."""
    loaders = (_Loader(blueprint, world, shape) for shape in blueprint.shapes.values())
    return {each.collection: each for each in sorted(loaders, key=lambda each: each.is_creatable)}


class _Loader:
    """Loads resources of one kind; those that others refer to cannot be created, and are loaded first."""

    def __init__(self, blueprint: Blueprint, world: World, shape: Resource) -> None:
        contract = blueprint.contract
        creating = (o for o in contract.operations if o.verb == "create" and o.resource == shape.name)
        operation = next(creating, None)
        self.collection = shape.collection
        self.is_creatable = operation is not None
        self._blueprint = blueprint
        self._world = world
        self._shape = shape
        self._validator = contract.validator(contract.resources[shape.name].node)
        self._request_validator = contract.request_validator(operation) if operation else None
        self._defaults = defaults_of(contract.request_properties(operation)) if operation else {}

    def filled(self, state: State, entries: Entries) -> State:
        state = state.with_collection(self.collection, Collection())
        for index, entry in enumerate(entries):
            try:
                state = self._with_entry(state, entry)
            except UnfitEntry as error:
                unfit = UnfitEntry(f"{self.collection}[{index}]: {error}")
                unfit.place = self.collection, index
                raise unfit from error
        return state

    def refitted(self, state: State, old: Collection, dropped: list[str]) -> State:
        """Return `state` with those records of `old` that fit, and add to `dropped` which do not, and why."""
        state = state.with_collection(self.collection, Collection())
        for record in old.all():
            try:
                state = self._with_entry(state, record.resource)
            except UnfitEntry as error:
                dropped.append(f"{self.collection} {record.key}: {error}")
        is_same = list(map(_judged, state[self.collection].all())) == list(map(_judged, old.all()))
        return state.with_collection(self.collection, old) if is_same else state

    def _with_entry(self, state: State, entry: Mapping[str, Any]) -> State:
        self._refuse_broken(entry)
        making = self._blueprint.making(self._world, state, trusted=True)
        resource = resources.create(self._shape.shape, {**self._defaults, **entry}, making)
        _refuse(self._validator.violations(resource))
        _refuse_lost(entry, resource)
        _refuse_instants(self._shape.shape, resource)
        if self.is_creatable:
            _refuse(self._blueprint.references.violations(state, resource))
        return state.with_collection(self.collection, self._inserted(state[self.collection], resource))

    def _refuse_broken(self, entry: Mapping[str, Any]) -> None:
        # What the server would give may be missing, but what is there must be of the documented kind.
        found = self._validator.violations(entry)
        _refuse(tuple(each for each in found if not each.keyword.endswith("/required")))
        if self._request_validator:
            _refuse(self._request_validator.violations(entry))

    def _inserted(self, collection: Collection, resource: Item) -> Collection:
        key = resource[self._shape.key]
        identity = identity_of(resource, self._shape.identity) if self._shape.identity else None
        if key in collection:
            raise UnfitEntry(f"an earlier entry has the same {self._shape.key} {key!r}")
        if identity is not None and collection.holder(identity) is not None:
            if self._blueprint.dialect.may_repeat_identities:
                return collection.inserted(key, None, resource, rollover.next_rollover(self._shape.shape, resource))
            raise UnfitEntry(f"an earlier entry has the same {', '.join(self._shape.identity)}: {list(identity)}")
        return collection.inserted(key, identity, resource, rollover.next_rollover(self._shape.shape, resource))


def _judged(record: Record) -> tuple[Any, ...]:
    """Return what of a record follows from the document."""
    return record.key, record.identity, record.resource, record.due


def _refuse(violations: tuple[Violation, ...]) -> None:
    if violations:
        raise UnfitEntry("; ".join(f"{each.pointer or '/'}: {each.message}" for each in violations))


def _refuse_lost(entry: Mapping[str, Any], resource: Item) -> None:
    lost = [pointers.join(*path) for path in _lost(entry, resource, ())]
    if lost:
        raise UnfitEntry(f"{lost[0]}: is unknown to the document, or contradicts another member")


def _lost(given: Any, kept: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yield where `given` has what did not come into `kept`."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        for name, value in given.items():
            yield from _lost(value, kept.get(name), (*path, name))
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for index, (value, other) in enumerate(zip(given, kept, strict=True)):
            yield from _lost(value, other, (*path, index))
    elif given is not None and given != kept and not (given in ({}, []) and not kept):
        yield path


def _refuse_instants(shape: Shape, resource: Item) -> None:
    for name, text in _instants(shape, resource):
        try:
            is_usable = clock.parse_timestamp(text) <= clock.LAST + _PAST_LAST
        except (ValueError, OverflowError):
            is_usable = False
        if not is_usable:
            raise UnfitEntry(f"{name}: {text!r} is no instant that the clock can show")


def _instants(shape: Shape, owner: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each instant that the server gives, nested ones too."""
    for member in shape.fields:
        value = owner.get(member.name)
        if member.generated not in (None, "id") and value is not None:
            yield member.name, value
        elif member.shape is not None and value:
            for entry in value if member.is_list else (value,):
                yield from _instants(member.shape, entry)

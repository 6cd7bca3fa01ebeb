"""Whole resources put into a state, by fixtures and imports: each keeps the document and stays as it was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from governance_contract import pointers, wording
from governance_contract.resources import Resource, Shape
from governance_contract.validation import Violation
from governance_contract.values import first_of_each
from mockserver.actions import Api, World
from mockserver.bodies import defaults_of
from mockserver.state import clock, resources, rollover
from mockserver.state.identity import identity_of
from mockserver.state.records import Item, Record
from mockserver.state.store import Collection, State

Entries = Sequence[Mapping[str, Any]]
Path = tuple[str | int, ...]

_MOST_UNFIT = 100
"""After how many entries that do not fit a collection is looked at no further."""

_TOLD = 20
"""How many causes a message tells."""

_PAST_LAST = timedelta(hours=1)
"""How far past the end of the clock an instant may be: each update is a tick later, also where that stands (PUT-06)."""


class Cause(NamedTuple):
    """One thing that is wrong with the entries of a state: a JSON Pointer into them, and a sentence."""

    pointer: str
    message: str


class UnfitEntry(Exception):
    """Entries that cannot be in a state; the message names each collection, the place in it and the cause.

    `place` is the collection and the number of the first such entry, where it is one.
    """

    def __init__(self, *causes: Cause, place: tuple[str, int] | None = None) -> None:
        self.causes = causes
        self.place = place
        shown = [f"{each.pointer or '/'}: {each.message}" for each in causes[:_TOLD]]
        more = len(causes) - len(shown)
        super().__init__("; ".join([*shown, *([f"and {more} more"] if more else [])]))


def filled(api: Api, world: World, state: State, collections: Mapping[str, Entries]) -> State:
    """Return `state` with these collections in the place of its own.

    Members that an entry leaves out get what the server would give them; ids and instants may be given.

    Raises:
        UnfitEntry: a collection is unknown, or an entry breaks the document or contradicts another one.
    """
    loaders = _loaders(api, world, collections)
    known = [shape.collection for shape in api.shapes.values()]
    causes = [_unknown(pointers.join(name), name, known) for name in collections if name not in loaders]
    place = None
    for name, loader in loaders.items():
        state, found = loader.filled(state, collections.get(name), is_whole=not causes)
        for index, error in found:
            place = place or (name, index)
            causes += [Cause(pointers.join(name, index) + each.pointer, each.message) for each in error.causes]
    if causes:
        raise UnfitEntry(*causes, place=place)
    return state


def fitted(api: Api, world: World, state: State, collections: Mapping[str, Entries]) -> tuple[State, list[UnfitEntry]]:
    """Return `state` with what fits of these collections in the place of its own, and what does not fit."""
    loaders, unfit = _loaders(api, world, collections), list[UnfitEntry]()
    for name, entries in collections.items():
        if name not in loaders:
            message = f"the document has no such collection; {len(entries)} entries are left out"
            unfit.append(UnfitEntry(Cause(pointers.join(name), message)))
    for name, loader in loaders.items():
        entries = collections.get(name, ())
        state, found = loader.filled(state, entries, is_whole=True, most=len(entries) + 1)
        for index, error in found:
            causes = (Cause(pointers.join(name, index) + each.pointer, each.message) for each in error.causes)
            unfit.append(UnfitEntry(*causes, place=(name, index)))
    return state, unfit


def restored(api: Api, collections: Mapping[str, Entries], numbers: Mapping[str, Sequence[int]]) -> State:
    """Return the state of resources that were loaded before by the same document, with the numbers that they had."""
    state = State()
    for name, resources_of_it in collections.items():
        shape = api.places.resource_in(name)
        if shape is not None:
            entries = zip(numbers.get(name, ()), resources_of_it, strict=True)
            state = state.with_collection(name, Collection.of(_records(shape, entries)))
    return state


def _records(shape: Resource, entries: Iterable[tuple[int, Item]]) -> Iterator[Record]:
    """Yield the record of each resource; an identity belongs to the first that has it."""
    taken = set()
    for number, resource in entries:
        identity = identity_of(resource, shape.identity) if shape.identity else None
        due = rollover.next_rollover(shape.shape, resource)
        yield Record(number, resource[shape.key], None if identity in taken else identity, resource, due)
        taken.add(identity)


def refitted(api: Api, world: World, state: State) -> tuple[State, tuple[str, ...]]:
    """Return what of `state` the document of `api` allows, and for each entry that it does not, which and why.

    A collection that the document changes nothing of stays the very same.
    """
    loaders = _loaders(api, world, state.collections)
    fitted, dropped = replace(state, collections={}), list[str]()
    for name, loader in loaders.items():
        fitted = loader.refitted(fitted, state[name], dropped)
    for name in state.collections:
        if name not in loaders and len(state[name]):
            dropped.append(f"{name}: the collection is unknown now, with {len(state[name])} entries")
    return fitted, tuple(dropped)


def _loaders(api: Api, world: World, names: Iterable[str]) -> dict[str, _Loader]:
    """Return the loaders by collection, in the order in which they can be loaded.

    Resources that others refer to come first, those that lie within others after these; `names` are those of the
    collections that are to be loaded.
    """
    loaders: dict[str, _Loader] = {}
    nested = [(name, shape) for name in sorted(names) if (shape := api.places.resource_in(name)) and shape.parents]
    plain = [(shape.collection, shape) for shape in _in_order(api) if not shape.parents]
    for name, shape in (*plain, *sorted(nested, key=lambda each: len(each[1].parents))):
        loaders[name] = _Loader(api, world, shape, name)
    return loaders


def _in_order(api: Api) -> list[Resource]:
    """Return the resources of a document, each after those that it refers to, as far as they refer in no circle."""
    ordered: dict[str, Resource] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name not in ordered and name not in above:
            for target in sorted(api.references.targets_of(name)):
                add(target, (*above, name))
            ordered[name] = api.shapes[name]

    for name in api.shapes:
        add(name, ())
    return list(ordered.values())


class _Loader:
    """Loads the resources of one collection."""

    def __init__(self, api: Api, world: World, shape: Resource, collection: str) -> None:
        contract = api.contract
        creating = (o for o in contract.operations if o.verb == "create" and o.resource == shape.name)
        operation = next(creating, None)
        self.collection = collection
        self._api = api
        self._world = world
        self._shape = shape
        self._validator = contract.validator(contract.resources[shape.name].node)
        self._request_validator = contract.request_validator(operation) if operation else None
        self._defaults = defaults_of(contract.request_properties(operation)) if operation else {}

    def filled(
        self, state: State, entries: Entries | None, *, is_whole: bool, most: int = _MOST_UNFIT
    ) -> tuple[State, list[tuple[int, UnfitEntry]]]:
        """Return `state` with these entries as its collection, where there are any, and those that do not fit.

        Where the collections before are not `is_whole`, nothing is said of references to them. An entry that is no
        object is passed over.
        """
        found: list[tuple[int, UnfitEntry]] = []
        if entries is None:
            return state, found
        state = state.with_collection(self.collection, Collection())
        for index, entry in _objects_of(entries):
            try:
                state = self._with_entry(state, entry, is_whole=is_whole)
            except UnfitEntry as error:
                found.append((index, error))
                if len(found) == most:
                    break
        return state, found

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

    def _with_entry(self, state: State, entry: Mapping[str, Any], *, is_whole: bool = True) -> State:
        self._refuse_broken(state, entry, is_whole=is_whole)
        making = self._api.making(self._world, state, self._shape, self.collection, trusted=True)
        resource = resources.create(self._shape.shape, {**self._defaults, **entry}, making)
        _refuse(
            *_causes(self._validator.violations(resource)),
            *_lost(entry, resource, ()),
            *_unusable_instants(self._shape.shape, resource, ()),
        )
        return state.with_collection(self.collection, self._inserted(state[self.collection], resource))

    def _refuse_broken(self, state: State, entry: Mapping[str, Any], *, is_whole: bool) -> None:
        # What the server would give may be missing, but what is there must be of the documented kind.
        found = [each for each in self._validator.violations(entry) if not each.keyword.endswith("/required")]
        if self._request_validator:
            found += self._request_validator.violations(entry)
        if is_whole:
            found += self._api.references.violations(state, self._shape.name, {**self._defaults, **entry})
        causes = [*_causes(found), *_unknown_members(self._shape.shape, entry, ())]
        _refuse(*first_of_each(causes, lambda each: each.pointer))

    def _inserted(self, collection: Collection, resource: Item) -> Collection:
        key = resource[self._shape.key]
        identity = identity_of(resource, self._shape.identity) if self._shape.identity else None
        if key in collection:
            raise UnfitEntry(Cause(f"/{self._shape.key}", f"an earlier entry has the same {self._shape.key} {key}"))
        if identity is not None and collection.holder(identity) is not None:
            if self._api.dialect.may_repeat_identities:
                return collection.inserted(key, None, resource, rollover.next_rollover(self._shape.shape, resource))
            given = (f"{n} {resource[n]}" for n in self._shape.identity if resource.get(n) is not None)
            shared = ", ".join(self._shape.identity)
            raise UnfitEntry(Cause("", f"an earlier entry has the same {shared}: {', '.join(given)}"))
        return collection.inserted(key, identity, resource, rollover.next_rollover(self._shape.shape, resource))


def _judged(record: Record) -> tuple[Any, ...]:
    """Return what of a record follows from the document."""
    return record.key, record.identity, record.resource, record.due


def _refuse(*causes: Cause) -> None:
    if causes:
        raise UnfitEntry(*causes)


def _causes(violations: Iterable[Violation]) -> Iterator[Cause]:
    return (Cause(each.pointer, each.message) for each in violations)


def _unknown(pointer: str, name: str, known: Iterable[str]) -> Cause:
    _, message = wording.unknown_member(name, tuple(known))
    return Cause(pointer, message)


def _unknown_members(shape: Shape, entry: Mapping[str, Any], path: Path) -> Iterator[Cause]:
    """Yield the members of an entry, nested ones too, that no resource of its kind has, whatever their values."""
    for name, value in entry.items():
        field = shape.by_name.get(name)
        if field is None:
            yield _unknown(pointers.join(*path, name), name, shape.by_name)
        elif field.shape is not None:
            for place, each in _objects_in(value):
                yield from _unknown_members(field.shape, each, (*path, name, *place))


def _objects_in(value: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield a value that is an object, or those in a list, each with its place."""
    if isinstance(value, Mapping):
        yield (), value
    elif isinstance(value, list):
        yield from (((index,), each) for index, each in _objects_of(value))


def _objects_of(entries: Sequence[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((index, each) for index, each in enumerate(entries) if isinstance(each, Mapping))


def _lost(given: Any, kept: Any, path: Path) -> Iterator[Cause]:
    """Yield where `given` has what did not come into `kept`."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        for name, value in given.items():
            yield from _lost(value, kept.get(name), (*path, name))
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for index, (value, other) in enumerate(zip(given, kept, strict=True)):
            yield from _lost(value, other, (*path, index))
    elif given is not None and given != kept and not (given in ({}, []) and not kept):
        yield Cause(pointers.join(*path), "contradicts another member, and would be dropped")


def _unusable_instants(shape: Shape, resource: Item, path: Path) -> Iterator[Cause]:
    for place, text in _instants(shape, resource, path):
        try:
            is_usable = clock.parse_timestamp(text) <= clock.LAST + _PAST_LAST
        except (ValueError, OverflowError):
            is_usable = False
        if not is_usable:
            yield Cause(pointers.join(*place), f"{text} is no instant that the clock can show")


def _instants(shape: Shape, owner: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    """Yield place and value of each instant that the server gives, nested ones too."""
    for member in shape.fields:
        value = owner.get(member.name)
        if member.generated not in (None, "id") and value is not None:
            yield (*path, member.name), value
        elif member.shape is not None and value:
            for place, each in _objects_in(value):
                yield from _instants(member.shape, each, (*path, member.name, *place))

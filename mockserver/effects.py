"""What operations do to fields and counters of a resource, or of an entry in one: set, clear, reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from governance_contract import pointers, wording
from governance_contract.operations import Operation
from governance_contract.resources import Effect, Resource, Shape
from mockserver import problems
from mockserver.actions import Action, Api, World, present, record_of
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.state import resources, rollover
from mockserver.state.records import Item, Record
from mockserver.state.store import Collection, State

Path = tuple[str | int, ...]
Change = Callable[[Shape, Item, Mapping[str, Any]], Item]
"""Returns an object changed by the members of a body."""


def setting(api: Api, operation: Operation) -> Action:
    """Return the action that sets fields to what the body has for them."""
    effect = api.contract.action_of(operation).effect
    return _acting(api, operation, lambda _, owner, body: _set(effect, owner, body))


def clearing(api: Api, operation: Operation) -> Action:
    """Return the action that removes fields."""
    clears = api.contract.action_of(operation).effect.clears
    return _acting(api, operation, lambda _, owner, _body: _without(owner, clears))


def resetting(api: Api, operation: Operation) -> Action:
    """Return the action that lets counters return to 0."""
    return _acting(api, operation, lambda shape, owner, _body: resources.reset(shape, owner))


def _acting(api: Api, operation: Operation, change: Change) -> Action:
    contract, shape = api.contract, api.shapes[operation.resource]
    effect = contract.action_of(operation).effect
    reader = BodyReader(contract, operation) if operation.request_schema is not None else None

    def act(world: World, request: Request) -> Outcome:
        _found(api, shape, effect, world.store.state, request)
        body = reader.read(request.body) if reader is not None else {}

        def step(state: State) -> tuple[State, Outcome]:
            place, record, path, below = _found(api, shape, effect, state, request)
            making = api.making(world, state, shape, place)
            resource = present(shape, record, making.now)
            changed = change(below, pointers.get(resource, path), body)
            resource = pointers.replaced(resource, path, changed) if path else changed
            resource = resources.touched(shape.shape, resource, path, making)
            due = rollover.next_rollover(shape.shape, resource)
            collection = state[place].replaced(record, record.identity, resource, due)
            entry = pointers.get(resource, path) if path else None
            return state.with_collection(place, collection), Outcome(item=resource, entry=entry, key=record.key)

        return world.store.change(step)

    return act


def _found(
    api: Api, shape: Resource, effect: Effect, state: State, request: Request
) -> tuple[str, Record, Path, Shape]:
    """Return the collection and record that a request is about, and place and shape of the object in it.

    Raises:
        Problem: there is none (LIFE-03).
    """
    parameters = request.path_parameters
    place = shape.collection if effect.where else api.collection(state, shape, request)
    records = list(_records(shape, effect, state[place], parameters))
    if effect.list_field is None or effect.entry_parameter is None:
        if not records:
            raise problems.unknown_key(wording.noun(shape.name), _shown(parameters))
        return place, records[0], (), shape.shape
    below = shape.shape.by_name[effect.list_field].shape
    key = parameters[effect.entry_parameter]
    for record in records:
        for index, entry in enumerate(record.resource.get(effect.list_field) or ()):
            if below is not None and any(str(entry.get(name)) == key for name in below.ids):
                return place, record, (effect.list_field, index), below
    raise problems.unknown_key(f"entry of {effect.list_field}", key)


def _records(
    shape: Resource, effect: Effect, collection: Collection, parameters: Mapping[str, str]
) -> Iterator[Record]:
    """Yield the records that the path leads to: those of some values, or that of a key.

    Raises:
        Problem: nothing has the key (LIFE-03).
    """
    if effect.where:
        members = tuple(effect.where)
        values = tuple(parameters[e["parameter"]] if "parameter" in e else e["value"] for e in effect.where.values())
        yield from collection.those(collection.having(members, values))
        return
    *_, text = (text for name, text in parameters.items() if name != effect.entry_parameter)
    yield record_of(collection, shape, text)


def _set(effect: Effect, owner: Item, body: Mapping[str, Any]) -> Item:
    fields = {field: body[name] for name, named in effect.sets.items() if name in body for field in named}
    copied = {field: owner[source] for field, source in effect.copies.items() if source in owner}
    every = [field for named in effect.sets.values() for field in named]
    return {**_without(owner, (*every, *effect.copies)), **fields, **copied}


def _without(owner: Item, names: tuple[str, ...]) -> Item:
    return {name: value for name, value in owner.items() if name not in names}


def _shown(parameters: Mapping[str, str]) -> str:
    return ", ".join(parameters.values())

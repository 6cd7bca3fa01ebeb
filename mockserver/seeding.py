"""Sample data: the state that a scenario of the fixtures describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from governance_contract.fixtures import FixtureError, read_fixture
from governance_contract.kinds.identity import identity_of
from mockserver import clock, resources, rollover, windows
from mockserver.actions import Blueprint, World
from mockserver.shapes import ResourceShape
from mockserver.store import State

_AGO = re.compile(r"-([1-9][0-9]*[smhdwMY])", re.ASCII)


def seeded_state(blueprint: Blueprint, world: World, scenario: str) -> State:
    """Return the state that the scenario of this name describes, its relative instants counted from now.

    Raises:
        FixtureError: there is no such scenario, or an entry breaks the document.
    """
    fixture = read_fixture("scenarios", scenario)
    lookups = read_fixture("lookups", fixture.value.get("lookups", "gateway")).value["collections"]
    state = State()
    for collection, entries in {**lookups, **fixture.value["collections"]}.items():
        shape = _shape_of(blueprint, collection, scenario)
        for index, entry in enumerate(entries):
            state = _with_entry(blueprint, world, state, shape, entry, f"{scenario}: {collection}[{index}]")
    return state


def _with_entry(
    blueprint: Blueprint, world: World, state: State, shape: ResourceShape, entry: Mapping[str, Any], where: str
) -> State:
    making = blueprint.making(world, state, trusted=True)
    resource = resources.create(shape.shape, _dated(entry, making.now), making)
    violations = blueprint.contract.validator(blueprint.contract.resources[shape.name]).violations(resource)
    if violations:
        listed = "; ".join(f"{violation.pointer}: {violation.message}" for violation in violations)
        raise FixtureError(f"{where} is no valid {shape.name}: {listed}")
    collection = state[shape.collection]
    identity = identity_of(resource, shape.identity) if shape.identity else None
    if identity is not None and collection.holder(identity) is not None:
        raise FixtureError(f"{where} has the identity of an earlier entry: {identity}")
    due = rollover.next_rollover(shape.shape, resource)
    return state.with_collection(shape.collection, collection.inserted(resource[shape.key], identity, resource, due))


def _shape_of(blueprint: Blueprint, collection: str, scenario: str) -> ResourceShape:
    by_collection = {shape.collection: shape for shape in blueprint.shapes.values()}
    if collection not in by_collection:
        known = ", ".join(by_collection)
        raise FixtureError(f"{scenario} fills the collection {collection}, which is unknown; expected one of {known}")
    return by_collection[collection]


def _dated(value: Any, now: datetime) -> Any:
    """Return `value` with each relative instant, such as `-2h`, replaced by the timestamp so long before `now`."""
    if isinstance(value, Mapping):
        return {name: _dated(item, now) for name, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, now) for item in value]
    match = _AGO.fullmatch(value) if isinstance(value, str) else None
    return clock.timestamp(windows.later(now, match[1], -1)) if match else value

"""Sample data: the state that a scenario of the fixtures describes, and the instant at which it plays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from governance_contract import pointers
from governance_contract.fixtures import Fixture, FixtureError, read_fixture
from mockserver.actions import Api, World
from mockserver.state import clock, loading, windows
from mockserver.state.clock import REAL_TIME, Timepiece
from mockserver.state.store import State

_AGO = re.compile(r"-([1-9][0-9]*[smhdwMY])", re.ASCII)
_NUMBER = "{n}"
_LOOKUPS = "gateway"
"""The look-ups of a scenario that names none."""


@dataclass(frozen=True)
class Recipe:
    """What a scenario is made of: entries by collection, the instant at which it plays, and their files."""

    name: str
    collections: Mapping[str, list[Mapping[str, Any]]]
    instant: str | None
    sources: Mapping[str, Fixture] = field(compare=False, repr=False)
    implied: frozenset[str] = frozenset()
    """The collections that nobody asked for: look-ups that every scenario has whose document knows them."""


def read_recipe(scenario: str, fixtures: Path | None = None) -> Recipe:
    """Return what the scenario of this name is made of, its look-ups included; `fixtures` is a folder of one's own.

    Raises:
        FixtureError: there is no such scenario, or a file breaks the schema of its kind.
    """
    own = read_fixture("scenarios", scenario, fixtures)
    lookups = read_fixture("lookups", own.value.get("lookups", _LOOKUPS), fixtures)
    sources = {name: fixture for fixture in (lookups, own) for name in fixture.value["collections"]}
    collections = {name: fixture.value["collections"][name] for name, fixture in sources.items()}
    implied = frozenset() if "lookups" in own.value else frozenset(lookups.value["collections"])
    return Recipe(scenario, collections, own.value.get("clock"), sources, implied - set(own.value["collections"]))


Dropping = Callable[[str], None]
"""Is told of each thing in a scenario that the document does not allow, and that is left out for that."""


def seeded_state(api: Api, world: World, recipe: Recipe, dropping: Dropping | None = None) -> State:
    """Return the state that a scenario describes, its relative instants counted from now.

    Raises:
        FixtureError: an entry breaks the document, and nobody is told of what is left out.
    """
    now, known = world.clock(), {shape.collection for shape in api.shapes.values()}
    collections = {
        name: [_dated(each, now) for entry in entries for each in repeated(entry)]
        for name, entries in recipe.collections.items()
        if name in known or name not in recipe.implied
    }
    state = State(scenario=recipe.name)
    if dropping is not None:
        state, unfit = loading.fitted(api, world, state, collections)
        for error in unfit:
            dropping(f"{_where(recipe, error)}{error}")
        return state
    try:
        return loading.filled(api, world, state, collections)
    except loading.UnfitEntry as error:
        raise FixtureError(f"{_where(recipe, error)}{error}") from error


def scene(
    api: Api,
    world: World,
    timepiece: Timepiece,
    recipe: Recipe,
    dropping: Dropping | None = None,
) -> State:
    """Return the state of a scenario, its clock at the instant at which it plays.

    A scenario that names no instant plays at the one that `timepiece` shows.

    Raises:
        FixtureError: an entry breaks the document, and nobody is told of what is left out.
    """
    timing = timepiece.timing
    if recipe.instant is not None:
        timing = clock.anchored(REAL_TIME, timepiece.machine(), clock.parse_timestamp(recipe.instant))
    then = replace(world, clock=Timepiece(timepiece.machine, lambda: timing))
    return seeded_state(api, then, recipe, dropping).with_timing(timing)


def repeated(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield `entry` as often as its member `repeat` says, `{n}` in texts replaced by the number of the turn."""
    times = entry.get("repeat")
    if times is None:
        yield entry
        return
    template = {name: value for name, value in entry.items() if name != "repeat"}
    width = len(str(times))
    yield from (_numbered(template, f"{number:0{width}}") for number in range(1, times + 1))


def _where(recipe: Recipe, error: loading.UnfitEntry) -> str:
    """Return file and line of the entry that does not fit."""
    if error.place is None:
        return ""
    name, number = error.place
    source = recipe.sources[name]
    numbers = [index for index, entry in enumerate(recipe.collections[name]) for _ in repeated(entry)]
    return f"{source.path}:{source.lines[pointers.join('collections', name, numbers[number])]}: "


def _numbered(value: Any, number: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbered(item, number) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbered(item, number) for item in value]
    return value.replace(_NUMBER, number) if isinstance(value, str) else value


def _dated(value: Any, now: datetime) -> Any:
    """Return `value` with each relative instant, such as `-2h`, replaced by the timestamp so long before `now`."""
    if isinstance(value, Mapping):
        return {name: _dated(item, now) for name, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, now) for item in value]
    match = _AGO.fullmatch(value) if isinstance(value, str) else None
    return clock.timestamp(windows.later(now, match[1], -1)) if match else value

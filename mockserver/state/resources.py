"""How resources come into being and change: defaults, generated and derived members, by the document."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from governance_contract.resources import ANY, Field, Shape, UpdateMode
from mockserver.state import clock
from mockserver.state.partners import partners

Body = Mapping[str, Any]
Modes = Mapping[str, UpdateMode]
NO_MODES: Modes = {}

_INT64 = 2.0**63


@dataclass(frozen=True)
class Making:
    """What a resource is made with: the present instant, new ids, and names of what is referred to.

    `name_of` gets the place of the reference and the object that has it; `parents` are the keys of the resources that
    the new one lies in, by path parameter.
    """

    now: datetime
    new_id: Callable[[], str]
    name_of: Callable[[tuple[str, ...], Body], str | None]
    new_number: Callable[[], int] = itertools.count(1).__next__
    """Makes an id that is a whole number: the next key of the collection at first."""
    parents: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    """Whether the body may set members that only the server gives, as fixtures and imports do."""
    newcomer: Callable[[Shape, Body, list[Any]], Body] | None = None
    """What a new entry of a list takes over from the old ones, where it takes over anything."""

    stamp: str = field(init=False)
    """The present instant as it is sent; a new resource has it many times."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "stamp", clock.timestamp(self.now))


def create(shape: Shape, body: Body, making: Making) -> dict[str, Any]:
    """Return the resource that a valid request body asks for (REQ-04, BUD-08, RATE-05)."""
    return _derived(shape, _settled(shape, body, {}, making), making)


def update(
    shape: Shape, resource: Body, body: Body, modes: Modes, making: Making, *, null_removes: bool = False
) -> dict[str, Any]:
    """Return `resource` changed by a valid request body (PUT-01 to PUT-06); a null leaves a member, or removes it."""
    changed = {**shape.blank, **resource}
    for name in shape.updated:
        changed[name] = _moved_on(resource.get(name), making)
    for member in shape.settable:
        given = body.get(member.name)
        if given is not None:
            changed[member.name] = _updated(member, resource, given, modes.get(member.name), making)
        elif null_removes and member.name in body:
            changed[member.name] = member.default if member.has_default else None
    return _derived(shape, changed, making)


def merged(shape: Shape, resource: Body, patch: Body) -> dict[str, Any]:
    """Return a body in which objects of a merge-patch are whole: what it says, and what else a request could set.

    Lists are replaced, and a null removes (RFC 7396).
    """
    found = {**patch}
    for member, below in shape.holders:
        given, old = patch.get(member.name), resource.get(member.name)
        if not member.is_list and isinstance(given, Mapping) and isinstance(old, Mapping):
            kept = {each.name: old[each.name] for each in below.settable if each.name in old}
            found[member.name] = {n: v for n, v in {**kept, **merged(below, old, given)}.items() if v is not None}
    return found


def reset(shape: Shape, owner: Body) -> dict[str, Any]:
    """Return an object with its counters, and those of what it holds, at 0; their windows go on."""
    found = {**owner, **{each.member: 0 for each in shape.counters if owner.get(each.member) is not None}}
    for member, below in shape.holders:
        value = owner.get(member.name)
        if value and member.is_list:
            found[member.name] = [reset(below, entry) for entry in value]
        elif value:
            found[member.name] = reset(below, value)
    return found


def reset_list(shape: Shape, resource: Body, name: str) -> dict[str, Any]:
    """Return `resource` with the counters of one of its lists at 0."""
    below = shape.by_name[name].shape
    if below is None:
        return {**resource}
    entries = [reset(below, entry) for entry in resource.get(name) or ()]
    return _mirrored(shape, {**shape.blank, **resource, name: entries})


def touched(shape: Shape, resource: Body, path: tuple[str | int, ...], making: Making) -> dict[str, Any]:
    """Return `resource` after a change at `path`: everything on the way there was updated now, and is derived anew."""
    return _derived(shape, {**shape.blank, **_touched(shape, resource, path, making)}, making)


def _touched(shape: Shape, owner: Any, path: tuple[str | int, ...], making: Making) -> Any:
    if isinstance(owner, list):
        index, rest = path[0], path[1:]
        return [_touched(shape, each, rest, making) if place == index else each for place, each in enumerate(owner)]
    found = {**owner, **{name: _moved_on(owner[name], making) for name in shape.updated if name in owner}}
    if path:
        name = str(path[0])
        below = shape.by_name[name].shape
        found[name] = _touched(below, owner[name], path[1:], making) if below is not None else owner[name]
    return found


def rederived(shape: Shape, resource: Body, making: Making) -> dict[str, Any]:
    """Return `resource` with the members anew that follow from others, such as names of what it refers to."""
    return _derived(shape, {**shape.blank, **resource}, making)


def _settled(shape: Shape, body: Body, old: Body, making: Making, modes: Modes = NO_MODES) -> dict[str, Any]:
    """Return an object with all its members, None where there is nothing; `old` has what only the server gives."""
    made = {**shape.defaults}
    for name in shape.stamped:
        made[name] = making.stamp
    if old:
        made.update({name: old[name] for name in shape.kept if name in old})
        made.update({name: _moved_on(old[name], making) for name in shape.updated if name in old})
    for name in shape.ids:
        given = body.get(name) if making.trusted else None
        if made[name] is None:
            made[name] = given or (making.new_number() if name in shape.numbers else making.new_id())
    taken = shape.by_name if making.trusted else shape.settable_by_name
    for name, member in taken.items():
        given = body.get(name)
        if given is None:
            continue
        mode = modes.get(name)
        if mode is not None and old:
            made[name] = _updated(member, old, given, mode, making)
        else:
            made[name] = given if member.is_stored_as_sent else _built(member, given, making)
    return made


def _built(member: Field, given: Any, making: Making) -> Any:
    if member.shape is not None and member.is_list:
        return [_settled(member.shape, entry, {}, making) for entry in given]
    if member.shape is not None:
        return _present(_settled(member.shape, given, {}, making)) if given else None
    return _whole(given) if member.is_integer else given


def _whole(given: Any) -> Any:
    """Return `1.0` and `1e3` as integers; beyond 64 bits a number stays a float, which JSON can be made of."""
    return int(given) if isinstance(given, float) and abs(given) < _INT64 else given


def _updated(member: Field, resource: Body, given: Any, mode: UpdateMode | None, making: Making) -> Any:
    old = resource.get(member.name)
    if member.shape is None or mode is None:
        return _built(member, given, making)
    if mode.entries:
        return list(_continued(member.shape, given, old or [], mode, making))
    if mode.whole:
        return _present(_settled(member.shape, given, old or {}, making, mode.below)) if given else None
    return _built(member, given, making) if member.is_list else _set(member.shape, given, old or {}, mode, making)


def _set(shape: Shape, given: Body, old: Body, mode: UpdateMode, making: Making) -> dict[str, Any] | None:
    """Return an object that is simply set, but for the members below of which `mode` says how they go on."""
    made = _settled(shape, given, {}, making)
    for name, below in mode.below.items():
        if given.get(name) is not None:
            made[name] = _updated(shape.by_name[name], old, given[name], below, making)
    return _present(made) if given else None


def _continued(
    shape: Shape, entries: list[Body], old: list[Any], mode: UpdateMode, making: Making
) -> Iterator[dict[str, Any]]:
    """Yield the desired entries; one that stays keeps what only the server gives (PUT-03)."""
    newcomer = making.newcomer or (lambda *_: {})
    for entry, partner in zip(entries, partners(list(entries), old, mode.entries), strict=True):
        before = newcomer(shape, entry, old) if partner is None else partner
        yield _settled(shape, entry, before, making, mode.below)


def mirrored(shape: Shape, resource: Body) -> dict[str, Any]:
    """Return `resource` with the members that mirror the first entry of a list (BUD-09), in the documented order."""
    return _mirrored(shape, {**shape.blank, **resource})


def _mirrored(shape: Shape, made: dict[str, Any]) -> dict[str, Any]:
    for name, source in shape.mirrors.items():
        made[name] = next(iter(made.get(source) or ()), None)
    return _present(made)


def _derived(
    shape: Shape, made: dict[str, Any], making: Making, path: tuple[str, ...] = (), owners: tuple[Body, ...] = ()
) -> dict[str, Any]:
    """Return an object with the members that follow from others, in it and in what it holds.

    `path` leads to it, `owners` are the objects that it lies in, the nearest first.
    """
    for name, source in shape.names.items():
        made[name] = making.name_of((*path, source), made) or made[name]
    for name, parameter in shape.parents.items():
        made[name] = making.parents.get(parameter, made[name])
    for name, source in shape.copies.items():
        made[name] = next((owner[source] for owner in owners if owner.get(source) is not None), made[name])
    for member, below in shape.holders:
        value = made[member.name]
        if member.is_list and value:
            way, above = (*path, member.name, ANY), (made, *owners)
            made[member.name] = [_derived(below, {**below.blank, **each}, making, way, above) for each in value]
        elif value and below.is_derived:
            way, above = (*path, member.name), (made, *owners)
            made[member.name] = _derived(below, {**below.blank, **value}, making, way, above)
    return _mirrored(shape, made)


def _present(made: Body) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in made.items() if value is not None}


def _moved_on(old: str | None, making: Making) -> str:
    """Return the present instant, or that next to `old` where the clock has not moved since (PUT-06)."""
    following = None if old is None else clock.parse_timestamp(old) + clock.TICK
    return making.stamp if following is None or following <= making.now else clock.timestamp(following)

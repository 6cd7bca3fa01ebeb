"""How resources come into being and change: defaults, generated and derived members, by the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from governance_contract.resources import Field, Shape
from mockserver.state import clock
from mockserver.state.partners import partners

Body = Mapping[str, Any]

_INT64 = 2.0**63


@dataclass(frozen=True)
class Making:
    """What a resource is made with: the present instant, new ids, and names of referenced entries."""

    now: datetime
    new_id: Callable[[], str]
    name_of: Callable[[Body, str], str | None]
    trusted: bool = False
    """Whether the body may set members that only the server gives, as fixtures and imports do."""
    newcomer: Callable[[Shape, Body, list[Any]], Body] | None = None
    """What a new entry of a list takes over from the old ones, where it takes over anything."""

    @cached_property
    def stamp(self) -> str:
        """The present instant as it is sent; a new resource has it many times."""
        return clock.timestamp(self.now)


def create(shape: Shape, body: Body, making: Making) -> dict[str, Any]:
    """Return the resource that a valid request body asks for (REQ-04, BUD-08, RATE-05)."""
    return _derived(shape, _settled(shape, body, {}, making), making)


def update(shape: Shape, resource: Body, body: Body, modes: Mapping[str, Any], making: Making) -> dict[str, Any]:
    """Return `resource` changed by a valid request body; `modes` are the `x-update` of members (PUT-01 to PUT-06)."""
    changed = {**shape.blank, **resource}
    for name in shape.updated:
        changed[name] = _moved_on(resource.get(name), making)
    for member in shape.settable:
        given = body.get(member.name)
        if given is not None:
            changed[member.name] = _updated(member, resource, given, modes, making)
    return _derived(shape, changed, making)


def _settled(shape: Shape, body: Body, old: Body, making: Making) -> dict[str, Any]:
    """Return an object with all its members, None where there is nothing; `old` has what only the server gives."""
    made = {**shape.defaults}
    for name in shape.stamped:
        made[name] = making.stamp
    if old:
        made.update({name: old[name] for name in shape.kept if name in old})
        made.update({name: _moved_on(old[name], making) for name in shape.updated if name in old})
    for name in shape.ids:
        made[name] = made[name] or (making.trusted and body.get(name)) or making.new_id()
    for member in shape.fields if making.trusted else shape.settable:
        given = body.get(member.name)
        if given is not None:
            made[member.name] = given if member.is_stored_as_sent else _built(member, given, making)
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


def _updated(member: Field, resource: Body, given: Any, modes: Mapping[str, Any], making: Making) -> Any:
    mode, old = modes.get(member.name), resource.get(member.name)
    if member.shape is None or mode is None:
        return _built(member, given, making)
    if mode == "whole":
        return _present(_settled(member.shape, given, old or {}, making)) if given else None
    return list(_continued(member.shape, given, old or [], tuple(mode["entries"]), making))


def _continued(
    shape: Shape, entries: list[Body], old: list[Any], keys: tuple[str, ...], making: Making
) -> Iterator[dict[str, Any]]:
    """Yield the desired entries; one that stays keeps what only the server gives (PUT-03)."""
    newcomer = making.newcomer or (lambda *_: {})
    for entry, partner in zip(entries, partners(list(entries), old, keys), strict=True):
        yield _settled(shape, entry, newcomer(shape, entry, old) if partner is None else partner, making)


def mirrored(shape: Shape, resource: Body) -> dict[str, Any]:
    """Return `resource` with the members that mirror the first entry of a list (BUD-09), in the documented order."""
    return _mirrored(shape, {**shape.blank, **resource})


def _mirrored(shape: Shape, made: dict[str, Any]) -> dict[str, Any]:
    for name, source in shape.mirrors.items():
        made[name] = next(iter(made.get(source) or ()), None)
    return _present(made)


def _derived(shape: Shape, made: dict[str, Any], making: Making) -> dict[str, Any]:
    """Return an object with the members that follow from others, in it and in the entries of its lists."""
    for name, source in shape.names.items():
        made[name] = making.name_of(made, source) or made[name]
    for member, below in shape.holders:
        if member.is_list and made[member.name]:
            copied = {name: made[source] for name, source in below.copies.items() if made.get(source) is not None}
            made[member.name] = [
                _derived(below, {**below.blank, **entry, **copied}, making) for entry in made[member.name]
            ]
    return _mirrored(shape, made)


def _present(made: Body) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in made.items() if value is not None}


def _moved_on(old: str | None, making: Making) -> str:
    """Return the present instant, or that next to `old` where the clock has not moved since (PUT-06)."""
    following = None if old is None else clock.parse_timestamp(old) + clock.TICK
    return making.stamp if following is None or following <= making.now else clock.timestamp(following)

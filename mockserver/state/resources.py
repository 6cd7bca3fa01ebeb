"""How resources come into being and change: defaults, generated and derived members, by the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from governance_contract.kinds.update import partners
from mockserver.state import clock
from mockserver.state.shapes import UNSET, Member, Shape

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
    changed = {**resource}
    for member in shape.members:
        if member.generated == "updated":
            changed[member.name] = _moved_on(resource.get(member.name), making.now)
        elif not member.read_only and body.get(member.name) is not None:
            _set(changed, member, _updated(member, resource, body[member.name], modes, making))
    return _derived(shape, changed, making)


def _settled(shape: Shape, body: Body, old: Body, making: Making) -> dict[str, Any]:
    """Return an object with all members but the derived ones, those that only the server gives taken from `old`."""
    made: dict[str, Any] = {}
    for member in shape.members:
        if member.derived and not making.trusted:
            continue
        given = body.get(member.name)
        if given is not None and (making.trusted or not member.read_only):
            value = given if member.is_stored_as_sent else _built(member, given, making)
        else:
            value = None if member.is_only_sent else _given_by_server(member, old, making)
        if value is not None:
            made[member.name] = value
    return made


def _given_by_server(member: Member, old: Body, making: Making) -> Any:
    if member.read_only and member.name in old:
        return _moved_on(old[member.name], making.now) if member.generated == "updated" else old[member.name]
    if member.generated is not None:
        return making.new_id() if member.generated == "id" else making.stamp
    return None if member.default is UNSET else member.default


def _built(member: Member, given: Any, making: Making) -> Any:
    if member.shape is not None and member.is_list:
        return [_derived(member.shape, _settled(member.shape, entry, {}, making), making) for entry in given]
    if member.shape is not None:
        return _settled(member.shape, given, {}, making) if given else None
    return _whole(given) if member.is_integer else given


def _whole(given: Any) -> Any:
    """Return `1.0` and `1e3` as integers; beyond 64 bits a number stays a float, which JSON can be made of."""
    return int(given) if isinstance(given, float) and abs(given) < _INT64 else given


def _updated(member: Member, resource: Body, given: Any, modes: Mapping[str, Any], making: Making) -> Any:
    mode, old = modes.get(member.name), resource.get(member.name)
    if member.shape is None or mode is None:
        return _built(member, given, making)
    if mode == "whole":
        return _settled(member.shape, given, old or {}, making) if given else None
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
    made = {**resource}
    for member in shape.members:
        if "first-of" in member.derived:
            _set(made, member, next(iter(made.get(member.derived["first-of"]) or ()), None))
    return {member.name: made[member.name] for member in shape.members if member.name in made}


def _derived(shape: Shape, made: dict[str, Any], making: Making) -> dict[str, Any]:
    for member in shape.members:
        if "name-of" in member.derived:
            _set(made, member, making.name_of(made, member.derived["name-of"]) or made.get(member.name))
        elif member.shape is not None and member.is_list and not member.derived:
            _set(made, member, _copied_down(member.shape, made, made.get(member.name)))
    return mirrored(shape, made)


def _copied_down(shape: Shape, owner: Body, entries: list[Body] | None) -> list[Body] | None:
    """Return `entries` with the members that copy one of their owner."""
    sources = {member.name: member.derived["copy-of"] for member in shape.members if "copy-of" in member.derived}
    copied = {name: owner[source] for name, source in sources.items() if source in owner}
    return [mirrored(shape, {**entry, **copied}) for entry in entries] if entries else entries


def _set(made: dict[str, Any], member: Member, value: Any) -> None:
    if value is None:
        made.pop(member.name, None)
    else:
        made[member.name] = value


def _moved_on(old: str | None, now: datetime) -> str:
    """Return `now`, or the instant next to `old` where the clock has not moved since (PUT-06)."""
    if old is None:
        return clock.timestamp(now)
    return clock.timestamp(max(now, clock.parse_timestamp(old) + clock.TICK))

"""Counters return to 0 when their window has passed (TIME-01 to TIME-03)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance_contract import pointers
from governance_contract.resources import Counter, Shape
from mockserver.state import clock, resources, windows

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Rollover:
    """A counter that returned to 0: where, what it had counted, and the window it left and entered."""

    path: Path
    usage: float
    old_reset: str
    new_reset: str


@dataclass(frozen=True)
class WindowEnd:
    """When a window ends: its counter's path, and what that has counted."""

    at: datetime
    path: Path
    usage: float


def window_ends(shape: Shape, resource: Mapping[str, Any]) -> Iterator[WindowEnd]:
    """Yield when each window of `resource` ends."""
    for path, owner, counter in _ending(shape, resource):
        last = clock.parse_timestamp(owner[counter.since])
        at = windows.window_end(counter, owner, last, aligned=_is_aligned(counter, resource))
        yield WindowEnd(at, (*path, counter.member), owner[counter.member])


def next_rollover(shape: Shape, resource: Mapping[str, Any]) -> datetime:
    """Return when the first window of `resource` ends; `windows.NEVER` where it has none."""
    ends: list[datetime] = []
    _add_ends(ends, shape, resource, resource)
    return min(ends, default=windows.NEVER)


def _is_aligned(counter: Counter, resource: Mapping[str, Any]) -> bool:
    """Return whether the windows of a counter follow the calendar."""
    return counter.aligned is not None and bool(resource.get(counter.aligned))


def _add_ends(ends: list[datetime], shape: Shape, owner: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
    """Add the window ends of an object and of those below it to `ends`; each create asks for them."""
    for counter in shape.counters:
        if windows.has_window(counter, owner):
            last = clock.parse_timestamp(owner[counter.since])
            ends.append(windows.window_end(counter, owner, last, aligned=_is_aligned(counter, resource)))
    for member, below in shape.holders:
        if value := owner.get(member.name):
            for entry in value if member.is_list else (value,):
                _add_ends(ends, below, entry, resource)


def rolled_over(
    shape: Shape, resource: Mapping[str, Any], now: datetime
) -> tuple[Mapping[str, Any], tuple[Rollover, ...]]:
    """Return `resource` as it is at `now` and what rolled over; the same object where nothing did."""
    changes = []
    for path, owner, counter in _ending(shape, resource):
        last = clock.parse_timestamp(owner[counter.since])
        start, ended = windows.window_start(counter, owner, last, now, aligned=_is_aligned(counter, resource))
        if start > last:
            old = (owner[counter.member], owner[counter.since])
            changes.append((path, counter, ended, Rollover((*path, counter.member), *old, clock.timestamp(start))))
    for path, counter, ended, change in changes:
        resource = pointers.replaced(resource, (*path, counter.member), 0)
        resource = pointers.replaced(resource, (*path, counter.since), change.new_reset)
        resource = _counted_down(shape, resource, path, counter, ended)
    found = tuple(change for _, _, _, change in changes)
    return (resources.mirrored(shape, resource) if found else resource), found


def _counted_down(
    shape: Shape, resource: Mapping[str, Any], path: Path, counter: Counter, ended: int
) -> Mapping[str, Any]:
    """Return `resource` after so many windows of a counter have ended."""
    owner, holder = _at(shape, path), pointers.get(resource, path)
    for each in owner.countdowns:
        left = holder.get(each.member)
        if each.of != counter.member or left is None:
            continue
        if left > ended:
            changed = {**holder, each.member: left - ended}
        else:
            changed = {name: value for name, value in holder.items() if name not in each.clears}
        resource, holder = pointers.replaced(resource, path, changed) if path else changed, changed
    return resource


def _at(shape: Shape, path: Path) -> Shape:
    """Return the shape of the object to which a path leads."""
    for step in path:
        below = shape.by_name[step].shape if isinstance(step, str) else shape
        shape = below or shape
    return shape


def _ending(shape: Shape, resource: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any], Counter]]:
    """Yield what `counting` does, less the windows that no duration ends, as lenient requests leave them."""
    found = counting(shape, resource, ())
    return (each for each in found if windows.has_window(each[2], each[1]))


def counting(shape: Shape, owner: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any], Counter]]:
    """Yield each counter of a resource that has a window, with the object that holds it and the path there."""
    yield from ((path, owner, counter) for counter in shape.counters if owner.get(counter.window))
    for member, below in shape.holders:
        value = owner.get(member.name)
        if not value:
            continue
        if member.is_list:
            for index, entry in enumerate(value):
                yield from counting(below, entry, (*path, member.name, index))
        else:
            yield from counting(below, value, (*path, member.name))

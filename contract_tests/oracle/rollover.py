"""What the passing of time does to counters (TIME-01 to TIME-03): for servers whose clock can be moved and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contract_tests.oracle.instants import read_instant
from contract_tests.oracle.notes import Defect, Notes
from contract_tests.oracle.prediction import View
from contract_tests.oracle.values import same_scalar, shown
from governance_contract import durations
from governance_contract.durations import Length
from governance_contract.resources import Counter, Resource, Shape
from governance_contract.rules import Carried


@dataclass(frozen=True)
class Passage:
    """A resource before and after time has passed in which nothing else happened; `now` is the target's time after.

    With `is_aligned` windows of a day and more begin at calendar boundaries in UTC.
    """

    before: View
    after: View
    now: datetime
    is_aligned: bool = False


def judge_passage(notes: Notes, resource: Resource, passage: Passage) -> None:
    """Judge that each counter is at 0 if and only if its window has ended, and that the window begins where it should.

    A counter whose window the contract does not time is not judged.
    """
    for count in _counts(resource.shape, passage.before, passage.after, ""):
        window = _window_of(count, passage)
        if window is None:
            continue
        carried = tuple(_carried(notes, count, is_aligned=window.boundary is not None))
        notes.hold_rules(carried)
        _judge_usage(notes, count, window, carried)
        _judge_beginning(notes, count, window, carried)


@dataclass(frozen=True)
class _Count:
    """A counter in an object at a place, before and after."""

    counter: Counter
    shape: Shape
    place: str
    before: View
    after: View


@dataclass(frozen=True)
class _Window:
    """When a window began, whether it has ended since, and the calendar boundary before now where it is aligned."""

    begun: datetime
    has_ended: bool
    boundary: datetime | None = None


def _counts(shape: Shape, before: View, after: View, place: str) -> Iterator[_Count]:
    yield from (_Count(counter, shape, place, before, after) for counter in shape.counters)
    for field in shape.fields:
        old, new = before.get(field.name), after.get(field.name)
        if field.shape is None or field.derived:
            continue
        if isinstance(old, list) and isinstance(new, list) and field.shape.counters:
            window = field.shape.counters[0].window
            entries = {str(entry.get(window)): entry for entry in new if isinstance(entry, dict)}
            for entry in old:
                found = entries.get(str(entry.get(window)), {})
                yield from _counts(field.shape, entry, found, f"{place}/{field.name}/*")
        elif isinstance(old, dict):
            yield from _counts(field.shape, old, new if isinstance(new, dict) else {}, f"{place}/{field.name}")


def _window_of(count: _Count, passage: Passage) -> _Window | None:
    begun = read_instant(count.before.get(count.counter.since))
    length = durations.read_length(count.counter.units, count.before.get(count.counter.window))
    if begun is None or length is None:
        return None
    if passage.is_aligned and not length.seconds:
        boundary = _boundary(length, passage.now)
        return _Window(begun, boundary > begun, boundary) if boundary else None
    if length.months:
        return None
    return _Window(begun, passage.now - begun >= timedelta(seconds=length.shortest))


def _boundary(length: Length, now: datetime) -> datetime | None:
    """Return the last boundary of the calendar for windows of a day, a week, a month or a year; None for others."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        Length(days=1): day,
        Length(days=7): day - timedelta(days=day.weekday()),
        Length(months=1): day.replace(day=1),
        Length(months=12): day.replace(month=1, day=1),
    }.get(length)


def _carried(notes: Notes, count: _Count, *, is_aligned: bool) -> Iterator[Carried]:
    """Yield the rules on a counter, without that on windows of the other kind."""
    other = "rolling-window" if is_aligned else "calendar-window"
    for each in notes.carried_by(count.shape.by_name[count.counter.member].node, "x-counter"):
        if notes.contract.rules[each.rule].aspect != other:
            yield each


def _judge_usage(notes: Notes, count: _Count, window: _Window, carried: tuple[Carried, ...]) -> None:
    name = count.counter.member
    wanted, given = 0 if window.has_ended else count.before.get(name), count.after.get(name)
    if not same_scalar(wanted, given, is_double=True):
        place, text = f"{count.place}/{name}", count.before[count.counter.window]
        expected = f"{shown(wanted)}, since the window of {text} has {'ended' if window.has_ended else 'not ended'}"
        notes.broken_rules(
            carried, Defect("usage", f"{place} does not follow its window", expected, shown(given), place)
        )


def _judge_beginning(notes: Notes, count: _Count, window: _Window, carried: tuple[Carried, ...]) -> None:
    name = count.counter.since
    given = read_instant(count.after.get(name))
    if window.has_ended:
        is_right = given is not None and (given == window.boundary if window.boundary else given > window.begun)
        expected = window.boundary.isoformat() if window.boundary else f"later than {window.begun.isoformat()}"
    else:
        is_right, expected = given == window.begun, window.begun.isoformat()
    if not is_right:
        place, received = f"{count.place}/{name}", shown(count.after.get(name))
        notes.broken_rules(
            carried, Defect("window", f"{place} is not when its window began", expected, received, place)
        )

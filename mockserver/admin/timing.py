"""The clock of a session: what it shows, moving it, and what rolls over by that."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count, islice, repeat, takewhile
from operator import itemgetter
from typing import Any

from governance_contract import Contract, pointers
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from mockserver import problems
from mockserver.actions import Api, present
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.queries import QueryReader
from mockserver.sessions import Session
from mockserver.state import clock, rollover, windows
from mockserver.state.clock import REAL_TIME, Timepiece, Timing
from mockserver.state.records import Record
from mockserver.state.store import State

Command = Mapping[str, Any]
"""The body of a request to move the clock."""


def reading(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers what the clock shows."""
    return lambda session, _request: Outcome(item=_shown(session.timepiece))


def moving(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that moves the clock and answers what rolled over (TIME-01 to TIME-03)."""
    reader = BodyReader(control, operation)

    def act(session: Session, request: Request) -> Outcome:
        command = reader.read(request.body)
        found = moved(service.api, session, lambda state: _timing(service.api, session, state, command))
        return Outcome(item={**_shown(session.timepiece), "rollovers": found})

    return act


def listing_upcoming(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that answers the next roll-overs."""
    reader = QueryReader(control, operation)

    def act(session: Session, request: Request) -> Outcome:
        limit = reader.values(request.query).get("limit", 100)
        now = session.timepiece()
        found = islice(upcoming(service.api, session.world.store.state, now), limit)
        told = [{**each, "at": clock.timestamp(each["at"])} for each in found]
        return Outcome(item={"now": clock.timestamp(now), "upcoming": told})

    return act


def moved(api: Api, session: Session, timing_of: Callable[[State], Timing]) -> list[dict[str, Any]]:
    """Give the clock the timing that `timing_of` answers for the present state; return what rolled over by that.

    Raises:
        Problem: the clock cannot be moved so.
    """

    def step(state: State) -> tuple[State, list[dict[str, Any]]]:
        timing = timing_of(state)
        changed, found = rolled(api, state, timing.at(session.timepiece.machine()))
        return changed.with_timing(timing), found

    return session.world.store.change(step)


def rolled(api: Api, state: State, now: datetime) -> tuple[State, list[dict[str, Any]]]:
    """Return `state` with everything rolled over that is due at `now`, and what that was, by collection and age."""
    found = []
    for place, shape in list(api.places.all(state)):
        overdue = takewhile(lambda record: record.due <= now, state[place].by_due())
        for record in sorted(overdue, key=lambda record: record.number):
            resource, rollovers = rollover.rolled_over(shape.shape, record.resource, now)
            due = rollover.next_rollover(shape.shape, resource)
            collection = state[place].replaced(record, record.identity, resource, due)
            state = state.with_collection(place, collection)
            found += [_rollover(place, record, each) for each in rollovers]
    return state, found


def upcoming(api: Api, state: State, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield every roll-over that the calendar still has, the next one first; what is not asked for is not looked at."""
    waiting: list[tuple[datetime, int, dict[str, Any]]] = []
    numbers = count()
    for place, shape, record in _by_due(api, state):
        while waiting and waiting[0][0] <= record.due:
            yield heapq.heappop(waiting)[2]
        for end in rollover.window_ends(shape.shape, present(shape, record, now)):
            if end.at <= clock.LAST:
                counter = {"collection": place, "key": record.key, "pointer": pointers.join(*end.path)}
                told = {"at": end.at, **counter, "usage": end.usage}
                heapq.heappush(waiting, (end.at, next(numbers), told))
    yield from (told for _, _, told in sorted(waiting, key=itemgetter(0, 1)))


def _timing(api: Api, session: Session, state: State, command: Command) -> Timing:
    timing, machine = state.timing, session.timepiece.machine()
    action = command["action"]
    if action == "reset":
        return REAL_TIME
    if action == "freeze":
        return clock.frozen(timing, machine)
    if action == "scale":
        return clock.scaled(timing, machine, command["factor"])
    try:
        return clock.moved_to(timing, machine, _instant(api, state, timing.at(machine), command))
    except (ValueError, OverflowError) as error:
        raise problems.unfit_clock(f"the clock was not moved: {error}") from error


def _instant(api: Api, state: State, now: datetime, command: Command) -> datetime:
    """Return where the clock is to be moved.

    Raises:
        ValueError: nothing is there to move to, or the instant cannot be read.
    """
    if command["action"] == "advance":
        return windows.later(now, command["duration"])
    if command["action"] == "set":
        return clock.parse_timestamp(command["instant"])
    first = next(upcoming(api, state, now), None)
    if first is None:
        raise ValueError("no counter will ever return to 0, so there is no next instant")
    return _at(first)


def _by_due(api: Api, state: State) -> Iterator[tuple[str, Resource, Record]]:
    places = api.places.all(state)
    lines = (zip(repeat(place), repeat(shape), state[place].by_due()) for place, shape in places)
    return heapq.merge(*lines, key=lambda each: each[2].due)


def _at(entry: Mapping[str, Any]) -> datetime:
    at: datetime = entry["at"]
    return at


def _rollover(place: str, record: Record, change: rollover.Rollover) -> dict[str, Any]:
    return {
        "collection": place,
        "key": record.key,
        "pointer": pointers.join(*change.path),
        "old_usage": change.usage,
        "old_reset": change.old_reset,
        "new_reset": change.new_reset,
    }


def _shown(timepiece: Timepiece) -> dict[str, Any]:
    timing = timepiece.timing
    return {
        "now": clock.timestamp(timepiece()),
        "machine": clock.timestamp(timepiece.machine()),
        "frozen": timing.frozen,
        "factor": timing.factor,
    }

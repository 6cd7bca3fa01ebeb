"""Snapshots of a session: states that are kept, restored and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from governance_contract import Contract, pointers
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from governance_contract.values import ABSENT
from mockserver import problems
from mockserver.actions import present
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.sessions import MOST_SNAPSHOTS, Session, Snapshot
from mockserver.state import clock
from mockserver.state.store import State


def listing(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers all snapshots."""
    return lambda session, _request: Outcome(
        item={"snapshots": [_shown(name, snapshot) for name, snapshot in session.snapshots.items()]}
    )


def saving(_service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that keeps the present state under a name."""
    (parameter,) = operation.parameters_in("path")
    validator = control.validator(parameter.schema)

    def act(session: Session, request: Request) -> Outcome:
        name = request.path_parameters["name"]
        if not validator.is_valid(name):
            raise problems.malformed_name("snapshot", name)
        if name not in session.snapshots and len(session.snapshots) >= MOST_SNAPSHOTS:
            raise problems.too_many("snapshots", MOST_SNAPSHOTS)
        session.snapshots[name] = session.snapshot()
        return Outcome(item=_shown(name, session.snapshots[name]))

    return act


def restoring(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that goes back to a snapshot."""

    def act(session: Session, request: Request) -> Outcome:
        name, snapshot = _named(session, request)
        session.restore(snapshot)
        return Outcome(item=_shown(name, snapshot))

    return act


def deleting(_service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that forgets a snapshot."""

    def act(session: Session, request: Request) -> Outcome:
        name, _ = _named(session, request)
        session.snapshots.pop(name, None)
        return Outcome(item={"message": f"snapshot {name} is deleted"})

    return act


def comparing(service: Service, _control: Contract, _operation: Operation) -> Act:
    """Return the action that answers what changed since a snapshot."""

    def act(session: Session, request: Request) -> Outcome:
        _, snapshot = _named(session, request)
        moments = (snapshot.state, snapshot.saved_at), (session.world.store.state, session.timepiece())
        item: dict[str, list[Any]] = {"added": [], "removed": [], "changed": []}
        places = dict(place for state, _ in moments for place in service.api.places.all(state))
        for place, shape in places.items():
            for kind, change in _changes(shape, place, *moments):
                item[kind].append({"collection": place, **change})
        return Outcome(item=item)

    return act


Moment = tuple[State, datetime]
"""A state and the instant at which it is looked at."""


def _changes(shape: Resource, place: str, before: Moment, after: Moment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what differs in one collection, and how; what both moments share is passed over."""
    old, new = before[0][place], after[0][place]
    yield from (("removed", {"key": record.key}) for record in old.all() if record.key not in new)
    for record in new.all():
        earlier = old.get(record.key)
        if earlier is None:
            yield "added", {"key": record.key}
        elif earlier is not record or after[1] >= record.due:
            pair = present(shape, earlier, before[1]), present(shape, record, after[1])
            yield from (("changed", {"key": record.key, **each}) for each in _differences(*pair, ()))


def _differences(old: Any, new: Any, path: tuple[str | int, ...]) -> Iterator[dict[str, Any]]:
    """Yield each place below which two values differ, with both."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _differences(old.get(name, ABSENT), new.get(name, ABSENT), (*path, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from _differences(*pair, (*path, index))
    elif old != new:
        values = {"before": old, "after": new}
        yield {"pointer": pointers.join(*path), **{n: value for n, value in values.items() if value is not ABSENT}}


def _named(session: Session, request: Request) -> tuple[str, Snapshot]:
    name = request.path_parameters["name"]
    if name not in session.snapshots:
        raise problems.unknown_name("snapshot", name, session.snapshots)
    return name, session.snapshots[name]


def _shown(name: str, snapshot: Snapshot) -> dict[str, Any]:
    return {"name": name, "saved_at": clock.timestamp(snapshot.saved_at)}

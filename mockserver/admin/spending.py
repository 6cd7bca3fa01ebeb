"""Spending on the configs of a session: one charge, or days of simulated traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any

from governance_contract import Contract, pointers, reading, wording
from governance_contract.edits import Edit, Fix
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import problems
from mockserver.actions import present
from mockserver.admin import timing
from mockserver.admin.action import Act
from mockserver.admin.service import Service
from mockserver.admin.violations import Members
from mockserver.bodies import BodyReader
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.sessions import Session
from mockserver.state import clock, rollover, spend, traffic
from mockserver.state.records import Key, Record
from mockserver.state.spend import Amounts, Call
from mockserver.state.store import Collection, State
from mockserver.state.traffic import Part, Plan

MOST_CALLS = 20_000
"""How many calls are simulated at once, which takes some seconds."""


def spending(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that charges what a call costs, and says which limits would have refused it."""
    reader, charged = BodyReader(control, operation), spend.chargeable(service.api.shapes)
    find = partial(_unclear_target, Members(control, operation), _example_call(control, operation))

    def act(session: Session, request: Request) -> Outcome:
        shape, body = _needed(charged), reader.read(request.body, find)
        amounts = Amounts(body["cost"], int(body["tokens"]), int(body["requests"]))  # 3.0 is an integer, too

        def step(state: State) -> tuple[State, dict[str, Any]]:
            collection = state[shape.collection]
            records = _addressed(shape, collection, body)
            collection, answer = _charged(shape, collection, records, amounts, session)
            return state.with_collection(shape.collection, collection), answer

        return Outcome(item=session.world.store.change(step))

    return act


def simulating(service: Service, control: Contract, operation: Operation) -> Act:
    """Return the action that lets days of traffic pass."""
    reader, charged = BodyReader(control, operation), spend.chargeable(service.api.shapes)
    find = partial(_too_many_calls, Members(control, operation))

    def act(session: Session, request: Request) -> Outcome:
        shape, body = _needed(charged), reader.read(request.body, find)

        def step(state: State) -> tuple[State, dict[str, Any]]:
            collection, machine = state[shape.collection], session.timepiece.machine()
            parts = tuple(map(_part, body.get("mix", ()))) or traffic.parts_of(collection)
            start = state.timing.at(machine)
            plan = Plan(start, int(body["days"]), int(body["calls_per_hour"]), parts, int(body["seed"]))
            try:
                moved = clock.moved_to(state.timing, machine, start + timedelta(days=plan.days))
            except (ValueError, OverflowError) as error:
                raise problems.unfit_clock(f"no traffic was simulated: {error}") from error
            collection, days = traffic.simulated(shape, collection, plan)
            changed, _ = timing.rolled(
                service.api, state.with_collection(shape.collection, collection), moved.at(machine)
            )
            told = [{**asdict(day), "day": clock.timestamp(day.day), "cost": round(day.cost, 6)} for day in days]
            return changed.with_timing(moved), {
                "now": clock.timestamp(moved.at(machine)),
                "calls": sum(d.calls for d in days),
                "days": told,
            }

        return Outcome(item=session.world.store.change(step))

    return act


def _addressed(shape: Resource, collection: Collection, body: dict[str, Any]) -> list[Record]:
    key, call = body.get("model_config_id"), body.get("call")
    if call is not None:
        return list(spend.matching(shape, collection, _call(call)))
    record = collection.get(str(key))
    if record is None:
        raise problems.unknown_key(wording.noun(shape.name), str(key))
    return [record]


def _charged(
    shape: Resource, collection: Collection, records: list[Record], amounts: Amounts, session: Session
) -> tuple[Collection, dict[str, Any]]:
    """Return `collection` with all `records` charged, and the documented answer."""
    now, refused, charges = session.timepiece(), {}, []
    for record in records:
        resource = present(shape, record, now)
        refused[record.key] = spend.refusals(shape.shape, resource)
        changed, made = spend.charged(shape.shape, resource, amounts)
        charges += [(record.key, charge) for charge in made]
        collection = collection.replaced(record, record.identity, changed, rollover.next_rollover(shape.shape, changed))
    listed = [
        {"model_config_id": key, "pointer": pointers.join(*each.path), "status": each.status, "reason": each.reason}
        for key, each in spend.decisive(refused)
    ]
    first = listed[0] if listed else {"status": 200, "reason": None}
    return collection, {
        "allowed": not listed,
        "status": first["status"],
        "reason": first["reason"],
        "refusals": listed,
        "charges": [_charge(key, charge) for key, charge in charges],
    }


def _needed(shape: Resource | None) -> Resource:
    """Return the resource that calls are charged to.

    Raises:
        Problem: the document has none.
    """
    if shape is None:
        raise problems.nothing_to_charge()
    return shape


def _charge(key: Key, charge: spend.Charge) -> dict[str, Any]:
    return {
        "model_config_id": key,
        "pointer": pointers.join(*charge.path),
        "of": charge.of,
        "limit": charge.limit,
        "old_usage": charge.old_usage,
        "new_usage": charge.new_usage,
    }


def _unclear_target(members: Members, call: Any, body: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Return the violation of a body that says of none or of two what to charge; `call` is an example."""
    given = [name for name in _TARGETS if body.get(name) is not None]
    if len(given) == 1:
        return ()
    expected = "either model_config_id or call"
    if given:
        fix, message = Fix("leave call out", (Edit("remove", "/call"),)), f"call is not allowed beside {_TARGETS[0]}"
        return (members.told("/call", body["call"], expected, message, fix),)
    fix = Fix("say which config or call to charge", (Edit("add", "/call", call),))
    return (members.told("", ABSENT, expected, f"the body must have {expected}", fix),)


_TARGETS = ("model_config_id", "call")


def _example_call(control: Contract, operation: Operation) -> Any:
    examples = reading.request_examples(control.document, control.request_schema(operation))
    return next(each["call"] for each in examples if "call" in each)


def _too_many_calls(members: Members, body: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Return the violation of a body that asks for more calls than are simulated at once."""
    days, hourly = body.get("days"), body.get("calls_per_hour")
    if not isinstance(days, int) or not isinstance(hourly, int) or days * 24 * hourly <= MOST_CALLS:
        return ()
    limit = f"where {MOST_CALLS} calls are simulated at once"
    if (most := MOST_CALLS // (24 * hourly)) > 0:
        return (members.violation("days", days, f"at most {most}, {limit} and calls_per_hour is {hourly}", most),)
    most = max(1, MOST_CALLS // (24 * days))
    return (members.violation("calls_per_hour", hourly, f"at most {most}, {limit} and days is {days}", most),)


def _call(given: dict[str, Any]) -> Call:
    return Call(given["model"], given.get("provider"), given.get("virtual_key_id"), given.get("user_id"))


def _part(given: dict[str, Any]) -> Part:
    return Part(
        _call(given), given.get("weight", 1), given.get("cost_per_call", 0.02), int(given.get("tokens_per_call", 1500))
    )

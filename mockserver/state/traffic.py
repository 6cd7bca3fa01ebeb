"""Simulated traffic: days of calls drawn from a seed, each charged unless a limit refuses it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance_contract.resources import Resource
from mockserver.actions import present
from mockserver.state import rollover, spend
from mockserver.state.records import Item
from mockserver.state.spend import Amounts, Call
from mockserver.state.store import Collection

_SPREAD = 0.6
"""Standard deviation of the logarithm of cost and tokens of a call."""

_BUSY_HOURS = range(8, 19)
_QUIET = 0.3
"""How much of the traffic of a busy hour a quiet one has."""

_HOLDERS: Mapping[str, tuple[str, ...]] = {"global": (), "virtual_key": ("virtual_key_id",), "user": ("user_id",)}
"""For each scope the member of a call that holds its `scope_id`; a lenient request may have left another scope."""


@dataclass(frozen=True)
class Part:
    """One kind of call in the traffic, how often it is beside the others, and what it uses on average."""

    call: Call
    weight: float = 1
    cost: float = 0.02
    tokens: int = 1500


@dataclass
class Day:
    """What happened on one simulated day."""

    day: datetime
    calls: int = 0
    refused_402: int = 0
    refused_429: int = 0
    cost: float = 0
    tokens: int = 0

    def add(self, amounts: Amounts, status: int) -> None:
        """Count one call that was answered with this status."""
        self.calls += 1
        self.refused_402 += status == 402
        self.refused_429 += status == 429
        if status == 200:
            self.cost += amounts.cost
            self.tokens += amounts.tokens


@dataclass(frozen=True)
class Plan:
    """What to simulate: so many days from `start`, so many calls in a busy hour, of these parts."""

    start: datetime
    days: int
    calls_per_hour: int
    parts: tuple[Part, ...]
    seed: int


def simulated(shape: Resource, collection: Collection, plan: Plan) -> tuple[Collection, list[Day]]:
    """Return `collection` after the planned traffic, and what happened on each day."""
    source = random.Random(plan.seed)  # noqa: S311 - charts need no secrets
    days = [Day(plan.start + timedelta(days=number)) for number in range(plan.days)]
    for day in days:
        for instant in _instants(day.day, plan.calls_per_hour, source):
            (part,) = source.choices(plan.parts, [each.weight for each in plan.parts])
            amounts = _drawn(part, source)
            collection, status = _called(shape, collection, part.call, amounts, instant)
            day.add(amounts, status)
    return collection, days


def parts_of(collection: Collection) -> tuple[Part, ...]:
    """Return a part for each record: a call that falls under it, if there can be one."""
    calls = (_call_under(record.resource) for record in collection.all())
    return tuple(Part(call) for call in calls if call is not None) or (Part(Call("gpt-4o")),)


def _called(
    shape: Resource, collection: Collection, call: Call, amounts: Amounts, now: datetime
) -> tuple[Collection, int]:
    """Return `collection` after one call, and how that was answered; a refused call costs nothing."""
    held = [(record, present(shape, record, now)) for record in spend.matching(shape, collection, call)]
    refused = spend.decisive({record.key: spend.refusals(shape.shape, resource) for record, resource in held})
    if refused:
        return collection, refused[0][1].status
    for record, resource in held:
        changed, _ = spend.charged(shape.shape, resource, amounts)
        due = record.due if now < record.due else rollover.next_rollover(shape.shape, changed)
        collection = collection.replaced(record, record.identity, changed, due)
    return collection, 200


def _instants(day: datetime, calls_per_hour: int, source: random.Random) -> Iterator[datetime]:
    """Yield the instants of the calls of one day, in order."""
    for hour in range(24):
        begin = day + timedelta(hours=hour)
        share = 1 if begin.hour in _BUSY_HOURS else _QUIET
        calls = max(round(calls_per_hour * share), 1)
        yield from (begin + timedelta(seconds=s) for s in sorted(source.uniform(0, 3600) for _ in range(calls)))


def _drawn(part: Part, source: random.Random) -> Amounts:
    factor = source.lognormvariate(-_SPREAD * _SPREAD / 2, _SPREAD)
    return Amounts(round(part.cost * factor, 6), round(part.tokens * factor))


def _call_under(resource: Item) -> Call | None:
    model, scope = resource.get("model_name"), resource["scope"]
    if model is None or scope not in _HOLDERS:
        return None
    holder = {name: resource.get("scope_id") for name in _HOLDERS[scope]}
    return Call("gpt-4o" if model == spend.ALL_MODELS else model, resource.get("provider"), **holder)

"""What operations do, by the verb in the document: list, create, get, update, delete, on any resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from governance_contract import Contract, wording
from governance_contract.edits import Fix
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from governance_contract.rules import Rule
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import authentication, bodies, problems
from mockserver.bodies import BodyReader, Finder, nothing_further
from mockserver.dialects.dialect import CONTRACT, Dialect
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.execution import Behaviours, Guard
from mockserver.queries import Filter, Page, QueryReader
from mockserver.state import resources, rollover
from mockserver.state.clock import Clock
from mockserver.state.identity import identity_of
from mockserver.state.ordering import Ordering
from mockserver.state.records import Identity, Item, Record
from mockserver.state.references import References
from mockserver.state.resources import Making
from mockserver.state.store import Collection, State, Store


@dataclass(frozen=True)
class World:
    """What requests act on: the store, the clock, and the source of new ids.

    `seen` is the state in which a request looks for what it must not repeat; None is the present one.
    """

    store: Store
    clock: Clock
    new_id: Callable[[], str]
    seen: State | None = None


class Blueprint:
    """What the document says of all resources, read once, and the dialect in which it is carried out."""

    def __init__(self, contract: Contract, dialect: Dialect = CONTRACT) -> None:
        self.contract = contract
        self.dialect = dialect
        self.shapes = contract.resources
        self.references = References(contract, self.shapes)

    def making(self, world: World, state: State, *, trusted: bool = False) -> Making:
        """Return what resources are made with at this moment."""

        def name_of(resource: Mapping[str, Any], member: str) -> str | None:
            return self.references.name_of(state, resource, member)

        new_id = partial(_unused_id, world.new_id, tuple(state.collections.values()))
        return Making(world.clock(), new_id, name_of, trusted)


def _unused_id(new_id: Callable[[], str], collections: tuple[Collection, ...]) -> str:
    """Return a new id; seeded ones may meet those of a state that was imported or restored."""
    while True:
        candidate = new_id()
        for held in collections:
            if candidate in held.records:
                break
        else:
            return candidate


Action = Callable[[World, Request], Outcome]
"""Carries an operation out; raises a `Problem` where the request is refused, and then changes nothing."""


def listing(blueprint: Blueprint, operation: Operation) -> Action:
    """Return the action that answers one page of a collection (LIST-01 to LIST-04)."""
    shape = blueprint.shapes[operation.resource]
    reader = QueryReader(blueprint.contract, operation)
    arranging = blueprint.dialect.arranging(operation)

    def act(world: World, request: Request) -> Outcome:
        page, passed = reader.salvage(request.query) if request.lenient else (reader.read(request.query), ())
        now, collection = world.clock(), world.store.state[shape.collection]
        arranged = arranging(collection, request.query) if arranging is not None else None
        records, total = _selected(collection, page, arranged)
        return Outcome(items=[present(shape, each, now) for each in records], total=total, page=page, passed=passed)

    return act


def getting(blueprint: Blueprint, operation: Operation) -> Action:
    """Return the action that answers one resource (LIFE-01, LIFE-03)."""
    shape = blueprint.shapes[operation.resource]

    def act(world: World, request: Request) -> Outcome:
        record = _record(world.store.state[shape.collection], shape, request)
        return Outcome(item=present(shape, record, world.clock()))

    return act


def creating(blueprint: Blueprint, operation: Operation) -> Action:
    """Return the action that makes a resource, unless its identity is taken or a reference dangles (IDN-01, REQ-06)."""
    shape = blueprint.shapes[operation.resource]
    reader = BodyReader(blueprint.contract, operation, blueprint.dialect.reading(blueprint.contract, operation))

    def act(world: World, request: Request) -> Outcome:
        body, passed = _taken(reader, request, partial(blueprint.references.violations, world.store.state))

        def step(state: State) -> tuple[State, Outcome]:
            dangling = blueprint.references.violations(state, body)
            if dangling and not request.lenient:
                raise problems.broken_rules(dangling, bodies.status_of(blueprint.contract.rules, dangling))
            resource = resources.create(shape.shape, body, blueprint.making(world, state))
            collection = state[shape.collection]
            identity = _free_identity(blueprint, operation, collection, resource, None, world.seen)
            due = rollover.next_rollover(shape.shape, resource)
            changed = collection.inserted(resource[shape.key], identity, resource, due)
            outcome = Outcome(item=resource, passed=(*passed, *dangling))
            return state.with_collection(shape.collection, changed), outcome

        return world.store.change(step)

    return act


def updating(blueprint: Blueprint, operation: Operation) -> Action:
    """Return the action that changes a resource (PUT-01 to PUT-08)."""
    shape = blueprint.shapes[operation.resource]
    reader = BodyReader(blueprint.contract, operation, blueprint.dialect.reading(blueprint.contract, operation))
    newcomer = blueprint.dialect.inheriting(operation)

    def act(world: World, request: Request) -> Outcome:
        _record(world.store.state[shape.collection], shape, request)
        body, passed = _taken(reader, request)

        def step(state: State) -> tuple[State, Item]:
            collection = state[shape.collection]
            record = _record(collection, shape, request)
            making = blueprint.making(world, state)
            making = making if newcomer is None else replace(making, newcomer=newcomer)
            found = present(shape, record, making.now)
            resource = resources.update(shape.shape, found, body, reader.update_modes, making)
            identity = _free_identity(blueprint, operation, collection, resource, record)
            due = rollover.next_rollover(shape.shape, resource)
            changed = collection.replaced(record, identity, resource, due)
            return state.with_collection(shape.collection, changed), resource

        return Outcome(item=world.store.change(step), passed=passed)

    return act


def deleting(blueprint: Blueprint, operation: Operation) -> Action:
    """Return the action that removes a resource for good (LIFE-04)."""
    shape = blueprint.shapes[operation.resource]

    def act(world: World, request: Request) -> Outcome:
        def step(state: State) -> tuple[State, Outcome]:
            collection = state[shape.collection]
            record = _record(collection, shape, request)
            return state.with_collection(shape.collection, collection.removed(record)), Outcome(item=record.resource)

        return world.store.change(step)

    return act


VERBS: Mapping[str, Callable[[Blueprint, Operation], Action]] = {
    "list": listing,
    "get": getting,
    "create": creating,
    "update": updating,
    "delete": deleting,
}
"""For each verb of `x-action` the maker of its action."""


def behaviours(blueprint: Blueprint) -> Behaviours[World]:
    """Return for each verb of the API what makes the action of an operation."""

    def maker(make: Callable[[Blueprint, Operation], Action]) -> Callable[[Operation], Action]:
        return lambda operation: blueprint.dialect.acting(operation, make(blueprint, operation))

    return {verb: maker(make) for verb, make in VERBS.items()}


def admission(api_key: str, dialect: Dialect = CONTRACT) -> Callable[[Operation], Guard]:
    """Return what makes the guard of an operation: requests with the management API key pass (AUTH-01 to AUTH-05)."""
    if dialect.is_open:
        return lambda _: lambda _request: None
    return lambda operation: authentication.guard(operation, api_key)


def present(shape: Resource, record: Record, now: datetime) -> Item:
    """Return the resource as it is at `now`, its counters rolled over."""
    if now < record.due:
        return record.resource
    resource, _ = rollover.rolled_over(shape.shape, record.resource, now)
    return resource


def _taken(
    reader: BodyReader, request: Request, further: Finder = nothing_further
) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    """Return the members of a body that count, and the violations that a lenient request is let pass with."""
    return reader.salvage(request.body) if request.lenient else (reader.read(request.body, further), ())


def _selected(collection: Collection, page: Page, arranged: Iterable[Record] | None) -> tuple[list[Record], int]:
    """Return the records of a page, oldest first or as is asked for or arranged, and how many match in all."""
    if page.order is not None:
        return _filtered(page.order.sorted(collection.all() if arranged is None else arranged), page.filters, page)
    if arranged is not None:
        return _filtered(list(arranged), page.filters, page)
    keys, further = _looked_up(collection, page.filters)
    if further:
        return _filtered(collection.those(keys), further, page)
    return collection.those(keys.page(page.offset, page.limit)), len(keys)


def _filtered(records: list[Record], filters: Iterable[Filter], page: Page) -> tuple[list[Record], int]:
    for each in filters:
        records = each.kept(records)
    return records[page.offset : page.offset + page.limit], len(records)


_TEXTS_EACH = 16
"""How many texts are searched in the time that it takes to look at one record."""


def _looked_up(collection: Collection, filters: tuple[Filter, ...]) -> tuple[Ordering[str], tuple[Filter, ...]]:
    """Return the keys of the records that some of the filters leave, and the filters that are still to be asked."""
    exact = tuple(each for each in filters if each.is_exact)
    further = tuple(each for each in filters if not each.is_exact)
    keys = collection.ordering
    if exact:
        keys = collection.having(tuple(each.member for each in exact), tuple(each.values[0] for each in exact))
    searched = next((each for each in further if each.part is not None), None)
    if searched is not None and searched.part is not None and len(keys) * _TEXTS_EACH > len(collection):
        rest = tuple(each for each in further if each is not searched)
        return collection.containing(searched.member, searched.part), (*exact, *rest)
    return keys, further


def _record(collection: Collection, shape: Resource, request: Request) -> Record:
    (key,) = request.path_parameters.values()
    record = collection.get(key)
    if record is None:
        raise problems.unknown_key(wording.noun(shape.name), key)
    return record


def _free_identity(
    blueprint: Blueprint,
    operation: Operation,
    collection: Collection,
    resource: Item,
    own: Record | None,
    seen: State | None = None,
) -> Identity | None:
    """Return the identity of `resource`, which no other resource of the collection has.

    In a dialect that lets two resources have one identity, the second is stored as one without.

    Raises:
        Problem: another resource has it.
    """
    shape = blueprint.shapes[operation.resource]
    if not shape.identity:
        return None
    identity = identity_of(resource, shape.identity)
    holder = collection.holder(identity)
    if holder not in (None, own.key if own else None):
        if _may_repeat(blueprint, operation, identity, own, seen):
            return None
        rule = _identity_rule(blueprint, operation)
        names = ", ".join(shape.identity)
        noun = wording.noun(shape.name)
        message = f"another {noun} has the same {names}"
        keyword = blueprint.contract.resources[shape.name].node.child("x-identity").pointer
        fix = Fix(f"change the {noun} {holder} instead, or one of {names}")
        violation = Violation(rule.id, rule.level, "", keyword, ABSENT, "an identity of its own", message, fix)
        raise problems.identity_taken(violation, rule.refusal.status if rule.refusal else 409)
    return identity


def _may_repeat(
    blueprint: Blueprint, operation: Operation, identity: Identity, own: Record | None, seen: State | None
) -> bool:
    """Return whether a resource may have an identity that another has: it had, or the dialect lets it."""
    shape = blueprint.shapes[operation.resource]
    is_old = own is not None and own.identity is None and identity_of(own.resource, shape.identity) == identity
    is_unseen = seen is not None and seen[shape.collection].holder(identity) is None
    return is_old or is_unseen or blueprint.dialect.shares_identity(operation)


def _identity_rule(blueprint: Blueprint, operation: Operation) -> Rule:
    """Return the rule that a taken identity breaks in this operation (IDN-01, PUT-07)."""
    schema = blueprint.contract.resources[operation.resource].node.value
    rules = (blueprint.contract.rules[each.rule] for each in blueprint.contract.rules.carried_by(schema, "x-identity"))
    return next(rule for rule in rules if operation.id in rule.operations and rule.refusal is not None)

"""What operations do, by the verb in the document: list, create, get, update, delete, on any resource."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import repeat
from operator import contains
from typing import Any

from governance_contract import Contract, pointers, wording
from governance_contract.edits import Fix
from governance_contract.operations import Operation
from governance_contract.resources import CASCADE, RESTRICT, Resource
from governance_contract.rules import Carried
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import authentication, bodies, problems
from mockserver.bodies import MERGE_PATCH, BodyReader, Finder, nothing_further
from mockserver.dialects.dialect import CONTRACT, Dialect
from mockserver.envelopes import Outcome
from mockserver.exchange import Request
from mockserver.execution import Guard
from mockserver.queries import Filter, Page, QueryReader
from mockserver.state import resources, rollover
from mockserver.state.clock import Clock
from mockserver.state.identity import identity_of
from mockserver.state.ordering import Ordering
from mockserver.state.places import NothingThere, Places, without_contents
from mockserver.state.records import Identity, Item, Key, Record
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


class Api:
    """The API: what the document says of all resources, read once, and the dialect in which it is carried out."""

    def __init__(self, contract: Contract, dialect: Dialect = CONTRACT) -> None:
        self.contract = contract
        self.dialect = dialect
        self.shapes = contract.resources
        self.places = Places(self.shapes)
        self.references = References(contract, self.shapes, self.places)

    def making(
        self, world: World, state: State, resource: Resource, collection: str, *, trusted: bool = False
    ) -> Making:
        """Return what resources of a collection are made with at this moment."""

        def name_of(path: tuple[str, ...], owner: Mapping[str, Any]) -> str | None:
            return self.references.name_of(state, resource.name, path, owner)

        new_id = partial(_unused_id, world.new_id, [each.records for each in state.collections.values()])
        new_number = _numbers(state[collection], world.new_id).__next__ if resource.shape.has_numbers else _no_number
        parents = self.places.parents_in(collection) if resource.parents else {}
        return Making(world.clock(), new_id, name_of, new_number, parents, trusted)

    def collection(self, state: State, resource: Resource, request: Request) -> str:
        """Return the name of the collection that a request is about.

        Raises:
            Problem: it lies in a resource that does not exist (LIFE-03).
        """
        if not resource.parents:
            return resource.collection
        try:
            return self.places.collection(state, resource, request.path_parameters)
        except NothingThere as error:
            raise problems.unknown_key(wording.noun(error.resource), error.text) from error


def _unused_id(new_id: Callable[[], str], held: Iterable[Container[Key]]) -> str:
    """Return a new id; seeded ones may meet those of a state that was imported or restored."""
    while True:
        candidate = new_id()
        if not any(map(contains, held, repeat(candidate))):
            return candidate


def _numbers(collection: Collection, new_id: Callable[[], str]) -> Iterator[int]:
    """Yield the next free key of a collection, and then numbers that are hardly ever the same."""
    number = collection.next_number + 1
    while number in collection.records:
        number += 1
    yield number
    while True:
        yield int(new_id().replace("-", "")[:_NUMBER_DIGITS], 16)


_NUMBER_DIGITS = 12
"""How many hexadecimal digits the numbers of entries have; JSON readers keep more than that exactly."""


def _no_number() -> int:
    raise LookupError("no id of the resource is a number")


Action = Callable[[World, Request], Outcome]
"""Carries an operation out; raises a `Problem` where the request is refused, and then changes nothing."""


def listing(api: Api, operation: Operation) -> Action:
    """Return the action that answers one page of a collection (LIST-01 to LIST-04)."""
    shape = api.shapes[operation.resource]
    reader = QueryReader(api.contract, operation)
    arranging = api.dialect.arranging(operation)

    def act(world: World, request: Request) -> Outcome:
        page, passed = reader.salvage(request.query) if request.lenient else (reader.read(request.query), ())
        state, now = world.store.state, world.clock()
        collection = state[api.collection(state, shape, request)]
        arranged = arranging(collection, request.query) if arranging is not None else None
        records, total = _selected(collection, page, arranged)
        return Outcome(items=[present(shape, each, now) for each in records], total=total, page=page, passed=passed)

    return act


def getting(api: Api, operation: Operation) -> Action:
    """Return the action that answers one resource (LIFE-01, LIFE-03)."""
    shape = api.shapes[operation.resource]

    def act(world: World, request: Request) -> Outcome:
        state = world.store.state
        record = _record(state[api.collection(state, shape, request)], shape, request)
        return Outcome(item=present(shape, record, world.clock()))

    return act


def creating(api: Api, operation: Operation) -> Action:
    """Return the action that makes a resource, unless its identity is taken or a reference dangles (IDN-01, REQ-06)."""
    shape = api.shapes[operation.resource]
    reader = BodyReader(api.contract, operation, api.dialect.reading(api.contract, operation))

    def act(world: World, request: Request) -> Outcome:
        now = world.store.state
        api.collection(now, shape, request)
        body, passed = _taken(reader, request, partial(api.references.violations, now, shape.name))

        def step(state: State) -> tuple[State, Outcome]:
            is_read_here = state is now and not request.lenient
            dangling = () if is_read_here else _refused_dangling(api, state, shape, body, request)
            place = api.collection(state, shape, request)
            resource = resources.create(shape.shape, body, api.making(world, state, shape, place))
            collection = state[place]
            seen = None if world.seen is None else world.seen[place]
            identity = _free_identity(api, operation, collection, resource, None, seen)
            due = rollover.next_rollover(shape.shape, resource)
            changed = collection.inserted(resource[shape.key], identity, resource, due)
            outcome = Outcome(item=resource, key=resource[shape.key], passed=(*passed, *dangling))
            return state.with_collection(place, changed), outcome

        return world.store.change(step)

    return act


def updating(api: Api, operation: Operation) -> Action:
    """Return the action that changes a resource (PUT-01 to PUT-08), a PATCH by a merge-patch."""
    shape, action = api.shapes[operation.resource], api.contract.action_of(operation)
    reader = BodyReader(api.contract, operation, api.dialect.reading(api.contract, operation))
    newcomer = api.dialect.inheriting(operation)
    refers, merges = bool(action.references), operation.method == MERGE_PATCH

    def act(world: World, request: Request) -> Outcome:
        now = world.store.state
        before = _record(now[api.collection(now, shape, request)], shape, request)
        further = partial(_dangling_after, api, now, shape, before) if refers else nothing_further
        body, passed = _taken(reader, request, further)

        def step(state: State) -> tuple[State, Outcome]:
            place = api.collection(state, shape, request)
            collection = state[place]
            record = _record(collection, shape, request)
            making = api.making(world, state, shape, place)
            making = making if newcomer is None else replace(making, newcomer=newcomer)
            found = present(shape, record, making.now)
            sent = resources.merged(shape.shape, found, body) if merges else body
            dangling = _refused_dangling(api, state, shape, {**found, **sent}, request) if refers else ()
            resource = resources.update(shape.shape, found, sent, action.modes, making, null_removes=merges)
            for name, listed in action.resets.items():
                if sent.get(name) is True and sent.get(listed):
                    resource = resources.reset_list(shape.shape, resource, listed)
            identity = _free_identity(api, operation, collection, resource, record)
            due = rollover.next_rollover(shape.shape, resource)
            changed = state.with_collection(place, collection.replaced(record, identity, resource, due))
            outcome = Outcome(item=resource, key=record.key, passed=(*passed, *dangling))
            return _renamed(api, world, changed, shape, record, resource), outcome

        return world.store.change(step)

    return act


def deleting(api: Api, operation: Operation) -> Action:
    """Return the action that removes a resource for good, with what lies in it (LIFE-04)."""
    shape = api.shapes[operation.resource]

    def act(world: World, request: Request) -> Outcome:
        def step(state: State) -> tuple[State, Outcome]:
            place = api.collection(state, shape, request)
            record = _record(state[place], shape, request)
            return _without(api, state, place, shape, record), Outcome(item=record.resource, key=record.key)

        return world.store.change(step)

    return act


def _dangling_after(
    api: Api, state: State, shape: Resource, before: Record, members: Mapping[str, Any]
) -> tuple[Violation, ...]:
    """Return the references that lead nowhere once an update has set these members, as far as it sets them."""
    found = api.references.violations(state, shape.name, {**before.resource, **members})
    return tuple(each for each in found if pointers.split(each.pointer)[0] in members)


def _refused_dangling(
    api: Api, state: State, shape: Resource, body: Mapping[str, Any], request: Request
) -> tuple[Violation, ...]:
    """Return the references that lead nowhere in a lenient request; another one is refused for them.

    Only the state in which the body was read need not be asked again.
    """
    dangling = api.references.violations(state, shape.name, body)
    if dangling and not request.lenient:
        raise problems.broken_rules(dangling, bodies.status_of(api.contract.rules, dangling))
    return dangling


def _renamed(api: Api, world: World, state: State, shape: Resource, old: Record, resource: Item) -> State:
    """Return `state` in which those that refer to a resource show its new name."""
    name = shape.name_field
    if old.resource.get(name) == resource.get(name) or not api.references.is_named(shape.name):
        return state
    for holder in list(api.references.holders(state, shape, old.key)):
        collection = state[holder.collection]
        record = collection.records[holder.record.key]
        making = api.making(world, state, holder.resource, holder.collection)
        named = resources.rederived(holder.resource.shape, record.resource, making)
        state = state.with_collection(
            holder.collection, collection.replaced(record, record.identity, named, record.due)
        )
    return state


def _without(api: Api, state: State, place: str, shape: Resource, record: Record) -> State:
    """Return `state` without a resource, what lies in it, and what goes with it.

    Raises:
        Problem: another resource refers to it, and forbids its delete.
    """
    holders = list(api.references.holders(state, shape, record.key))
    forbidding = [each for each in holders if each.on_delete == RESTRICT]
    if forbidding:
        first = forbidding[0]
        noun, other = wording.noun(shape.name), wording.noun(first.resource.name)
        raise problems.still_needed(noun, str(record.key), f"{other} {first.record.key}", len(forbidding) - 1)
    state = state.with_collection(place, state[place].removed(record))
    state = without_contents(state, place, record.key)
    for holder in holders:
        still = state[holder.collection].get(holder.record.key)
        if holder.on_delete == CASCADE and still is not None:
            state = _without(api, state, holder.collection, holder.resource, still)
    return state


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


def _looked_up(collection: Collection, filters: tuple[Filter, ...]) -> tuple[Ordering[Key], tuple[Filter, ...]]:
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
    *_, text = request.path_parameters.values()  # the key is the last parameter of a path
    return record_of(collection, shape, text)


def record_of(collection: Collection, shape: Resource, text: str) -> Record:
    """Return the record with the key that a text in a path means.

    Raises:
        Problem: there is none (LIFE-03).
    """
    key = shape.key_of(text)
    record = None if key is None else collection.get(key)
    if record is None:
        raise problems.unknown_key(wording.noun(shape.name), text)
    return record


def _free_identity(
    api: Api,
    operation: Operation,
    collection: Collection,
    resource: Item,
    own: Record | None,
    seen: Collection | None = None,
) -> Identity | None:
    """Return the identity of `resource`, which no other resource of the collection has.

    In a dialect that lets two resources have one identity, the second is stored as one without.

    Raises:
        Problem: another resource has it.
    """
    shape = api.shapes[operation.resource]
    if not shape.identity:
        return None
    identity = identity_of(resource, shape.identity)
    holder = collection.holder(identity)
    if holder not in (None, own.key if own else None):
        if _may_repeat(api, operation, identity, own, seen):
            return None
        rule, status = _identity_rule(api, operation)
        names = ", ".join(shape.identity)
        noun = wording.noun(shape.name)
        message = f"another {noun} has the same {names}"
        keyword = api.contract.resources[shape.name].node.child("x-identity").pointer
        fix = Fix(f"change the {noun} {holder} instead, or one of {names}")
        violation = Violation(rule.rule, rule.level, "", keyword, ABSENT, "an identity of its own", message, fix)
        raise problems.identity_taken(violation, status)
    return identity


def _may_repeat(
    api: Api, operation: Operation, identity: Identity, own: Record | None, seen: Collection | None
) -> bool:
    """Return whether a resource may have an identity that another has: it had, or the dialect lets it."""
    shape = api.shapes[operation.resource]
    is_old = own is not None and own.identity is None and identity_of(own.resource, shape.identity) == identity
    is_unseen = seen is not None and seen.holder(identity) is None
    return is_old or is_unseen or api.dialect.shares_identity(operation)


def _identity_rule(api: Api, operation: Operation) -> tuple[Carried, int]:
    """Return the rule that a taken identity breaks in this operation, and the status of it (IDN-01, PUT-07)."""
    rules, schema = api.contract.rules, api.contract.resources[operation.resource].node.value
    for carried in rules.carried_by(schema, "x-identity"):
        rule = rules[carried.rule]
        if operation.id in rule.operations and rule.refusal is not None:
            return carried, rule.refusal.status
    return rules.default_for("x-identity"), _CONFLICT


_CONFLICT = 409
"""The status of a taken identity, where no rule says another."""

"""What a call costs: which resources it falls under, which of their limits refuse it, and what is charged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from governance_contract import pointers
from governance_contract.resources import Resource, Shape
from mockserver.state import resources, rollover
from mockserver.state.identity import identity_of
from mockserver.state.records import Item, Key, Record
from mockserver.state.store import Collection

ALL_MODELS = "*"
"""The `model_name` of a config for every model."""

_GREATEST = 2**63 - 1
"""The most that a counter of tokens or requests counts."""

_BUDGET, _RATE = 402, 429


@dataclass(frozen=True)
class Amounts:
    """What a call uses up: dollars, tokens and requests."""

    cost: float = 0
    tokens: int = 0
    requests: int = 1

    def of(self, what: str) -> float:
        """Return the amount of `cost`, `tokens` or `requests`, as `x-counter` names them."""
        return {"cost": self.cost, "tokens": self.tokens, "requests": self.requests}[what]


@dataclass(frozen=True)
class Call:
    """A call of a model: by which provider, with which virtual key, of which user."""

    model: str
    provider: str | None = None
    virtual_key_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class Charge:
    """A counter that was charged: its path, limit, and what it showed before and after."""

    path: tuple[str | int, ...]
    of: str
    limit: float | None
    old_usage: float
    new_usage: float


@dataclass(frozen=True)
class LimitRefusal:
    """A limit that refuses a call, because it is used up: the path of its counter, status and reason."""

    path: tuple[str | int, ...]
    status: int
    reason: str


def matching(shape: Resource, collection: Collection, call: Call) -> Iterator[Record]:
    """Yield the records that `call` falls under: of its scopes or global, its model or all, its provider or all."""
    scopes = (("global", None), ("virtual_key", call.virtual_key_id), ("user", call.user_id))
    for scope, scope_id in scopes:
        if scope != "global" and scope_id is None:
            continue
        for model in dict.fromkeys((ALL_MODELS, call.model)):
            for provider in dict.fromkeys((None, call.provider)):
                members = {"scope": scope, "scope_id": scope_id, "model_name": model, "provider": provider}
                key = collection.holder(identity_of(members, shape.identity))
                if key is not None and (record := collection.get(key)):
                    yield record


def refusals(shape: Shape, resource: Item) -> tuple[LimitRefusal, ...]:
    """Return the limits of `resource` that refuse any further call, as their windows are used up."""
    found = []
    for path, owner, counter in rollover.counting(shape, resource, ()):
        usage, limit, of = owner[counter.member], counter.limit_of(owner), counter.amount(owner)
        if limit is not None and of is not None and usage >= limit:
            status = _BUDGET if of == "cost" else _RATE
            reason = f"{usage} of {limit} {_unit(of)} are used up in this window of {owner[counter.window]}"
            found.append(LimitRefusal((*path, counter.member), status, reason))
    return tuple(found)


def charged(shape: Shape, resource: Item, amounts: Amounts) -> tuple[Item, tuple[Charge, ...]]:
    """Return `resource` with every counter charged, and the charges."""
    charges = []
    for path, owner, counter in rollover.counting(shape, resource, ()):
        of, old = counter.amount(owner), owner[counter.member]
        if of is None:
            continue
        new = old + amounts.of(of)
        if of != "cost":
            new = min(new, _GREATEST)
        charges.append(Charge((*path, counter.member), of, counter.limit_of(owner), old, new))
    for charge in charges:
        resource = pointers.replaced(resource, charge.path, charge.new_usage)
    return (resources.mirrored(shape, resource) if charges else resource), tuple(charges)


def decisive(found: Mapping[Key, tuple[LimitRefusal, ...]]) -> list[tuple[Key, LimitRefusal]]:
    """Return all refusals with the key of their resource, rate limits first, as a gateway looks at them first."""
    listed = [(key, refusal) for key, each in found.items() for refusal in each]
    return sorted(listed, key=lambda entry: entry[1].status != _RATE)


def chargeable(shapes: Mapping[str, Resource]) -> Resource | None:
    """Return the resource that calls are charged to: the one with an identity and counters, if there is one."""
    found = (each for each in shapes.values() if each.identity and not each.parents and _has_counters(each.shape))
    return next(found, None)


def _has_counters(shape: Shape) -> bool:
    return bool(shape.counters) or any(member.shape and _has_counters(member.shape) for member in shape.fields)


def _unit(of: str) -> str:
    return "dollars" if of == "cost" else of

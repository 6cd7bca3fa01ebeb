"""No two resources of a collection are equal in all members of their identity (`x-identity`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract.kinds.kind import Fault, Kind, Variant

Members = list[str] | tuple[str, ...]


def identity_of(resource: Mapping[str, Any], members: Members) -> tuple[Any, ...]:
    """Return the values that identify `resource`; an absent member is the same as null."""
    return tuple(resource.get(member) for member in members)


def explain(value: Any, params: Members) -> tuple[Fault, ...]:
    """Return a fault for each resource of the list `value` whose identity an earlier one has."""
    faults, seen = [], set()
    for index, resource in enumerate(value):
        identity = identity_of(resource, params)
        if identity in seen:
            names = ", ".join(params)
            faults.append(
                Fault((index,), list(identity), "an identity of its own", f"another config has the same {names}")
            )
        seen.add(identity)
    return tuple(faults)


def repair(value: Any, params: Members) -> Any:
    """Return `value` without the resources whose identity an earlier one has."""
    taken = {fault.path[0] for fault in explain(value, params)}
    return [resource for index, resource in enumerate(value) if index not in taken]


def violate(value: Any, params: Members) -> Iterator[Variant]:
    """Yield collections in which one resource stands twice: as it is, reduced to its identity, with null for absent."""
    for position, resource in (("first", value[:1]), ("last", value[-1:])):
        for twin in resource:
            bare = {member: twin[member] for member in params if member in twin}
            yield Variant(f"the {position} resource again", [*value, dict(twin)])
            yield Variant(f"only the identity of the {position} resource again", [*value, bare])
            nulls = {**dict.fromkeys(params), **bare}
            yield Variant(f"the identity of the {position} resource, null for absent", [*value, nulls])


KIND = Kind("identity", "x-identity", explain, repair, violate)

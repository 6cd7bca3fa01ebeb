"""A member names an entry of another resource, which must exist (`x-refers-to`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from governance_contract.kinds.kind import Fault, Kind, Variant, without


@dataclass(frozen=True)
class RefersTo:
    """`member` names an entry of the resource that `deciding` chooses; `known` holds the keys that exist.

    `targets` maps a value of `deciding` to a resource; only those in `required` must exist.
    """

    member: str
    deciding: str
    targets: Mapping[str, str]
    required: frozenset[str]
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)


def explain(value: Any, params: RefersTo) -> tuple[Fault, ...]:
    """Return a fault when the body `value` names an entry that must exist and does not."""
    decided, key = value.get(params.deciding), value.get(params.member)
    if not isinstance(decided, str) or decided not in params.required or not isinstance(key, str):
        return ()
    resource = params.targets[decided]
    if key in params.known.get(resource, ()):
        return ()
    expected = f"the key of a {resource} that exists"
    return (Fault((params.member,), key, expected, f"{params.member} must be {expected}"),)


def repair(value: Any, params: RefersTo) -> Any:
    """Return `value` with a key that exists, or without the reference where none does."""
    if not explain(value, params):
        return value
    known = sorted(params.known.get(params.targets[value[params.deciding]], ()))
    if known:
        return {**value, params.member: known[0]}
    return without(without(value, params.member), params.deciding)


def violate(value: Any, params: RefersTo) -> Iterator[Variant]:
    """Yield bodies that name an entry which does not exist, one of another resource, one in another case."""
    for decided in sorted(params.required):
        body = {**value, params.deciding: decided}
        known = params.known.get(params.targets[decided], frozenset())
        for label, key in _strangers(decided, known, params):
            if key not in known:
                yield Variant(label, {**body, params.member: key})


def _strangers(decided: str, known: frozenset[str], params: RefersTo) -> Iterator[tuple[str, str]]:
    resource = params.targets[decided]
    yield f"a {resource} that does not exist", "00000000-0000-4000-8000-000000000000"
    for other, foreign in params.targets.items():
        for key in sorted(params.known.get(foreign, ()))[: other != decided]:
            yield f"a {foreign} where a {resource} is asked", key
    for key in sorted(known)[:1]:
        yield f"a {resource} cut short", key[:-1] or key * 2
        yield f"a {resource} with a letter more", key + "x"


KIND = Kind("refers-to", "x-refers-to", explain, repair, violate)

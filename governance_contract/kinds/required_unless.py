"""A member must be there unless another member has a certain value (`if`/`then: {required: [...]}`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, same, without


@dataclass(frozen=True)
class RequiredUnless:
    """`member` must be there, and none of `empty`, when `deciding` has one of `values`."""

    member: str
    deciding: str
    values: tuple[Any, ...]
    empty: tuple[Any, ...] = ()


def explain(value: Any, params: RequiredUnless) -> tuple[Fault, ...]:
    """Return a fault when the deciding member asks for the other and it is absent or empty."""
    if not isinstance(value, dict) or not _one_of(value.get(params.deciding, ABSENT), params.values):
        return ()
    given = value.get(params.member, ABSENT)
    if given is not ABSENT and not _one_of(given, params.empty):
        return ()
    return (Fault((params.member,), given, f"a {params.member} that is not empty", sentence(params)),)


def repair(value: Any, params: RequiredUnless) -> Any:
    """Return `value` without the deciding member where the required one is missing, so that its default rules."""
    return value if not explain(value, params) else without(value, params.deciding)


def violate(value: Any, params: RequiredUnless) -> Iterator[Variant]:
    """Yield, for each deciding value, bodies in which the required member is absent or empty."""
    if not isinstance(value, dict):
        return
    for decided in params.values:
        body = {**without(value, params.member), params.deciding: decided}
        yield Variant(f"{params.deciding} {decided} without {params.member}", body)
        for nothing in params.empty:
            shown = "null" if nothing is None else repr(nothing)
            yield Variant(f"{params.deciding} {decided} with {params.member} {shown}", {**body, params.member: nothing})


def sentence(params: RequiredUnless) -> str:
    """Return the rule in one sentence."""
    return f"{params.member} is required when {params.deciding} is {' or '.join(map(str, params.values))}"


def _one_of(value: Any, values: tuple[Any, ...]) -> bool:
    return any(same(value, other) for other in values)


KIND = Kind("required-unless", "then", explain, repair, violate)

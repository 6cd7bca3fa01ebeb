"""A member never changes once its resource exists (`x-immutable`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance_contract.kinds.kind import Fault, Kind, Variant, same, without


def explain(value: Any, params: str) -> tuple[Fault, ...]:
    """Return a fault when member `params` differs between the `before` and `after` of `value`; absent equals null."""
    before, after = value["before"].get(params), value["after"].get(params)
    if same(before, after):
        return ()
    return (Fault((params,), after, repr(before), f"{params} must not change; it was {before!r} and is {after!r}"),)


def repair(value: Any, params: str) -> Any:
    """Return `value` with the member of `before` in `after`."""
    if not explain(value, params):
        return value
    if params not in value["before"]:
        return {**value, "after": without(value["after"], params)}
    return {**value, "after": {**value["after"], params: value["before"][params]}}


def violate(value: Any, params: str) -> Iterator[Variant]:
    """Yield transitions in which the member is lost, changed or newly there."""
    before, after = value["before"].get(params), value["after"]
    if before is None:
        yield Variant(f"{params} appears", {**value, "after": {**after, params: "something"}})
        return
    yield Variant(f"{params} is lost", {**value, "after": without(after, params)})
    if isinstance(before, str):
        yield Variant(f"{params} changes", {**value, "after": {**after, params: f"{before}x"}})


KIND = Kind("immutable", "x-immutable", explain, repair, violate)

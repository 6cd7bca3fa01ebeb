"""A member that was not sent comes back with its documented default (`default`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, is_number, same, without


@dataclass(frozen=True)
class Default:
    """The member and the value it has where it is not sent; `others` are wrong values of its type."""

    member: str
    default: Any
    others: tuple[Any, ...] = ()


def explain(value: Any, params: Default) -> tuple[Fault, ...]:
    """Return a fault when `value`, a pair of `sent` and `received` objects, lacks the default in `received`."""
    received = value["received"].get(params.member, ABSENT)
    if params.member in value["sent"] or same(received, params.default):
        return ()
    expected = f"{params.default!r}, the default"
    return (Fault((params.member,), received, expected, f"{params.member} was not sent and must be {expected}"),)


def repair(value: Any, params: Default) -> Any:
    """Return `value` with the default in `received`."""
    if not explain(value, params):
        return value
    return {**value, "received": {**value["received"], params.member: params.default}}


def violate(value: Any, params: Default) -> Iterator[Variant]:
    """Yield exchanges in which the member was not sent and comes back absent, null or as something else."""
    sent, received = without(value["sent"], params.member), value["received"]
    yield Variant("the default is absent", {"sent": sent, "received": without(received, params.member)})
    wrong = (None, *params.others, *((params.default + 1,) if is_number(params.default) else ()))
    for other in wrong:
        if not same(other, params.default):
            body = {**received, params.member: other}
            yield Variant(f"{other!r} instead of the default", {"sent": sent, "received": body})


KIND = Kind("default", "default", explain, repair, violate)

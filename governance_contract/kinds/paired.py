"""A member needs another one beside it (`dependentRequired`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, without

Pairs = Mapping[str, list[str]]
"""The value of `dependentRequired`: for each member those that it needs."""


def explain(value: Any, params: Pairs) -> tuple[Fault, ...]:
    """Return a fault for each member that is needed and absent."""
    if not isinstance(value, dict):
        return ()
    return tuple(
        Fault((needed,), ABSENT, f"a {needed} beside {member}", f"{needed} is required when {member} is sent")
        for member, needs in params.items()
        for needed in needs
        if member in value and needed not in value
    )


def repair(value: Any, params: Pairs) -> Any:
    """Return `value` without the members whose needed partner is absent."""
    while faults := explain(value, params):
        missing = {fault.path[0] for fault in faults}
        value = {key: item for key, item in value.items() if missing.isdisjoint(params.get(key, ()))}
    return value


def violate(value: Any, params: Pairs) -> Iterator[Variant]:
    """Yield bodies that lack a needed partner, beside whatever else is there and alone."""
    for member, needs in params.items():
        if not isinstance(value, dict) or member not in value:
            continue
        for needed in needs:
            yield Variant(f"{member} without {needed}", without(value, needed))
        if needs:
            yield Variant(f"{member} alone", {member: value[member]})


KIND = Kind("paired", "dependentRequired", explain, repair, violate)

"""Every member that was sent comes back with its value (`x-echo`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Path, Variant, is_number, same, same_double, without


@dataclass(frozen=True)
class Echo:
    """The members that the response knows; others need not come back. `keys` tell entries of lists apart.

    `doubles` are the members whose numbers are equal where they are the same double (contract section 2).
    """

    members: frozenset[str]
    keys: tuple[str, ...] = ()
    doubles: frozenset[str] = frozenset()


def explain(value: Any, params: Echo) -> tuple[Fault, ...]:
    """Return a fault for each place of `value["sent"]` that does not stand in `value["received"]`.

    Null and empty may come back as absent; the order of list entries is free; members that the server adds are free.
    """
    return tuple(
        fault
        for member, item in value["sent"].items()
        if member in params.members
        for fault in _faults(item, value["received"].get(member, ABSENT), (member,), params)
    )


def repair(value: Any, params: Echo) -> Any:
    """Return `value` with what was sent put into what was received."""
    if not explain(value, params):
        return value
    sent = {member: item for member, item in value["sent"].items() if member in params.members}
    return {**value, "received": {**value["received"], **sent}}


def violate(value: Any, params: Echo) -> Iterator[Variant]:
    """Yield exchanges in which a sent value comes back missing, changed, cut, re-cased, or short of an entry."""
    for member, item in value["sent"].items():
        if member not in params.members or _is_nothing(item):
            continue
        received = value["received"]
        yield Variant(f"{member} is lost", {**value, "received": without(received, member)})
        for label, other in _distorted(received.get(member)):
            made = {**value, "received": {**received, member: other}}
            if explain(made, params):  # a distortion of what the server added breaks nothing
                yield Variant(f"{member}: {label}", made)


def _faults(sent: Any, received: Any, path: Path, params: Echo) -> Iterator[Fault]:
    if _is_nothing(sent):
        if not _is_nothing(received):
            yield _fault(path, sent, received)
    elif isinstance(sent, dict) and isinstance(received, dict):
        for member, item in sent.items():
            yield from _faults(item, received.get(member, ABSENT), (*path, member), params)
    elif isinstance(sent, list) and isinstance(received, list):
        yield from _entry_faults(sent, received, path, params)
    elif not (same_double if path and path[-1] in params.doubles else same)(sent, received):
        yield _fault(path, sent, received)


def _entry_faults(sent: list[Any], received: list[Any], path: Path, params: Echo) -> Iterator[Fault]:
    if len(sent) != len(received):
        yield Fault(path, received, f"{len(sent)} entries", f"{len(sent)} entries were sent, {len(received)} came back")
        return
    rest = list(received)
    for index, entry in enumerate(sent):
        partner = _partner(entry, rest, params)
        yield from _faults(entry, partner, (*path, index), params)
        taken = next((position for position, other in enumerate(rest) if other is partner), len(rest))
        rest = rest[:taken] + rest[taken + 1 :]


def _partner(entry: Any, rest: list[Any], params: Echo) -> Any:
    exact = (other for other in rest if not any(_faults(entry, other, (), params)))
    keyed = (other for key in params.keys for other in rest if _shares(entry, other, key))
    return next(exact, next(keyed, rest[0] if rest else ABSENT))


def _shares(entry: Any, other: Any, key: str) -> bool:
    both = isinstance(entry, dict) and isinstance(other, dict)
    return both and key in entry and same(entry[key], other.get(key, ABSENT))


def _is_nothing(value: Any) -> bool:
    return value is ABSENT or value is None or value in ([], {})


def _fault(path: Path, sent: Any, received: Any) -> Fault:
    name = path[-1] if path else "value"
    return Fault(path, received, repr(sent), f"{name} was sent as {sent!r} and came back as {received!r}")


def _distorted(value: Any) -> Iterator[tuple[str, Any]]:
    if is_number(value):
        yield from (("greater by one", value + 1), ("of the other sign", -value - 1), ("as text", str(value)))
    elif isinstance(value, str):
        yield from ((label, text) for label, text in _distorted_text(value) if text != value)
    elif isinstance(value, list) and value:
        yield from (("only the first entry", value[:1]), ("the last entry lost", value[:-1]))[len(value) < 2 :]
        yield "an entry twice", [*value, value[-1]]
        for label, item in _distorted(value[-1]):
            yield f"last entry: {label}", [*value[:-1], item]
    elif isinstance(value, dict):
        for member, item in value.items():
            for label, other in _distorted(item):
                yield f"{member}: {label}", {**value, member: other}


def _distorted_text(value: str) -> Iterator[tuple[str, str]]:
    yield "cut short", value[:-1]
    yield "in another case", value.swapcase()
    yield "with a blank", f"{value} "


KIND = Kind("echo", "x-echo", explain, repair, violate)

"""An update replaces a member in a documented way (`x-update`): whole, or entry by entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.kinds.kind import ABSENT, Fault, Kind, Variant, comparable, is_number, same


@dataclass(frozen=True)
class Update:
    """The member; `keys` by which an entry that stays is found (none: replaced whole).

    `kept` are the members that stay with such an entry, `settable` those that a request may set.
    """

    member: str
    keys: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    settable: tuple[str, ...] = ()


def explain(value: Any, params: Update) -> tuple[Fault, ...]:
    """Return the faults of the transition `value`: the member `before`, as `sent`, and `after` the update."""
    sent = value["sent"].get(params.member)
    if sent is None:
        return ()
    after = value["after"].get(params.member)
    if not sent or type(sent) is not type(after):
        return () if not sent and not after else (_not_replaced(params.member, sent, after),)
    if isinstance(sent, list):
        return tuple(_entry_faults(value["before"].get(params.member) or [], sent, after, params))
    return tuple(_object_faults(sent, after, params))


def repair(value: Any, params: Update) -> Any:
    """Return `value` with `after` as it should be."""
    if not explain(value, params):
        return value
    sent = value["sent"][params.member]
    before = value["before"].get(params.member) or []
    entries = sent
    if isinstance(sent, list):
        olds = partners(sent, before, params.keys)
        entries = [{**entry, **_kept_of(old, params)} for entry, old in zip(sent, olds, strict=True)]
    return {**value, "after": {**value["after"], params.member: entries}}


def violate(value: Any, params: Update) -> Iterator[Variant]:
    """Yield transitions in which the old value stays, entries are lost or added, or what must be kept changes."""
    sent, before = value["sent"].get(params.member), value["before"].get(params.member)
    after = value["after"].get(params.member)

    def variant(label: str, made: Any) -> Variant:
        return Variant(f"{params.member}: {label}", {**value, "after": {**value["after"], params.member: made}})

    if sent:
        yield variant("removed", None)
    if before and not sent and sent is not None:
        yield variant("kept although it was to be removed", before)
    if isinstance(sent, dict) and sent and isinstance(before, dict):
        for name in (name for name in params.settable if name not in sent and before.get(name) is not None):
            yield variant(f"{name} left over", {**after, name: before[name]})
    if isinstance(sent, list) and isinstance(after, list) and after:
        yield variant("an entry lost", after[:-1])
        yield variant("an entry twice", [*after, after[-1]])
        for index, entry in enumerate(after):
            for member in (name for name in params.kept if isinstance(entry, dict) and name in entry):
                changed = {**entry, member: _changed(entry[member])}
                made = variant(f"{member} of entry {index} changes", [*after[:index], changed, *after[index + 1 :]])
                if explain(made.value, params):  # a new entry has nothing to keep
                    yield made


def partners(entries: list[Any], before: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Return for each entry the one of `before` that it continues, or None; none is continued twice.

    All entries are asked by the first key before any by the next, as an `id` tells more than a duration (PUT-03).
    """
    found: dict[int, int] = {}
    for key in keys:
        holders = _holders(before, key, set(found.values()))
        for index, entry in enumerate(entries):
            waiting = holders.get(comparable(entry.get(key))) if entry.get(key) is not None else None
            if index not in found and waiting:
                found[index] = waiting.popleft()
    return [before[found[index]] if index in found else None for index in range(len(entries))]


def _holders(before: list[Any], key: str, taken: set[int]) -> dict[Hashable, deque[int]]:
    """Return where in `before` each value of `key` stands, less the places that are taken."""
    holders: dict[Hashable, deque[int]] = {}
    for position, old in enumerate(before):
        if position not in taken and isinstance(old, dict):
            holders.setdefault(comparable(old.get(key)), deque()).append(position)
    return holders


def partner_of(entry: Any, before: list[Any], keys: tuple[str, ...]) -> Any:
    """Return the entry of `before` that `entry` continues: equal in the first of `keys` that finds one, or None."""
    for key in keys:
        for old in before:
            if isinstance(old, dict) and entry.get(key) is not None and same(entry[key], old.get(key)):
                return old
    return None


def _entry_faults(before: list[Any], sent: list[Any], after: list[Any], params: Update) -> Iterator[Fault]:
    if len(sent) != len(after):
        yield _not_replaced(params.member, sent, after)
        return
    for index, (entry, old_entry) in enumerate(zip(sent, partners(sent, before, params.keys), strict=True)):
        now = partner_of(entry, after, params.keys[::-1]) or {}
        for member, old in _kept_of(old_entry, params).items():
            if not same(now.get(member, ABSENT), old):
                message = f"{member} of an entry that stays must be kept; it was {old!r} and is {now.get(member)!r}"
                yield Fault((params.member, index, member), now.get(member, ABSENT), repr(old), message)


def _kept_of(old: Any, params: Update) -> dict[str, Any]:
    return {member: old[member] for member in params.kept if member in (old or {})}


def _object_faults(sent: dict[str, Any], after: dict[str, Any], params: Update) -> Iterator[Fault]:
    for name, item in sent.items():
        if not same(after.get(name, ABSENT), item):
            yield Fault((params.member, name), after.get(name, ABSENT), repr(item), f"{name} was sent as {item!r}")
    for name in params.settable:
        if name not in sent and after.get(name) is not None:
            yield Fault((params.member, name), after[name], "absent", f"{name} was not sent and must be gone")


def _not_replaced(member: str, sent: Any, after: Any) -> Fault:
    return Fault((member,), after, repr(sent), f"{member} was to become {sent!r} and is {after!r}")


def _changed(value: Any) -> Any:
    return value + 1 if is_number(value) else f"{value}x"


KIND = Kind("update", "x-update", explain, repair, violate)

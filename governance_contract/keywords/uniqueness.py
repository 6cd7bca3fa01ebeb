"""The keywords by which entries of a list differ: `uniqueItemProperties` (as ajv-keywords has it) and `x-unique-by`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords.keyword import Fault, Keyword, Mutation, Path, Schema
from governance_contract.reading import documented_values
from governance_contract.values import ABSENT, comparable, is_number

ALONE, TOGETHER = "uniqueItemProperties", "x-unique-by"
"""The keyword whose members must each be distinct, and the one whose members must be distinct as a tuple."""

NAMES = (ALONE, TOGETHER)

Key = tuple[str, ...]
"""Members in all of which no two entries are equal; an entry that lacks one of them differs from all."""


@dataclass(frozen=True)
class Uniqueness:
    """The keys that a keyword asks for, and valid values of their members to make further entries with."""

    keyword: str
    keys: tuple[Key, ...]
    spare: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def keys_of(schema: Schema) -> tuple[Key, ...]:
    """Return the keys that an array schema asks for, by either keyword."""
    return tuple(key for name in NAMES if name in schema for key in _KEYS[name](schema[name]))


def varied(entry: Mapping[str, Any], key: Key, spare: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield copies of `entry` that differ from it in one member of `key`, in turn, by the values in `spare`."""
    for row in zip_longest(*(spare.get(member, ()) for member in key), fillvalue=ABSENT):
        changes = ((member, item) for member, item in zip(key, row, strict=True) if item is not ABSENT)
        yield from ({**entry, member: item} for member, item in changes)


def distinct(entries: list[Any], keys: Sequence[Key]) -> list[Any]:
    """Return the entries without those that repeat an earlier one in one of the keys."""
    repeats = {index for key in keys for index, _ in _repeats(entries, key)}
    return [entry for index, entry in enumerate(entries) if index not in repeats] if repeats else entries


def mutate(value: Any, params: Uniqueness) -> Iterator[Mutation]:
    """Yield lists in which entries are equal in a key: neighbours, far apart, many, alike or not otherwise."""
    for key in params.keys:
        entries = _lengthened(value, key, params.spare)
        if not entries:
            continue
        yield from _arrangements(params.keyword, entries, key, "equal", dict, _SIZES)
        yield from _arrangements(params.keyword, entries, key, "different", _changed_elsewhere(key), _SIZES[::-1])


_SIZES = (3, 4, 5, 6, 7)
"""How many distinct entries the longer lists are made of, so that lists of all lengths occur."""


def _arrangements(
    keyword: str, entries: list[Any], key: Key, alike: str, twin: Any, sizes: Sequence[int]
) -> Iterator[Mutation]:
    first = entries[0]

    def mutation(where: str, made: Sequence[Any]) -> Mutation:
        edit = f"{where.replace(' ', '-')}-{alike}"
        return Mutation(keyword, edit, list(made), f"{where} share {_joined(key)}, {alike} otherwise", ", ".join(key))

    yield mutation("only two entries", [first, twin(first)])
    yield mutation("three entries", [first, twin(first), twin(twin(first))])
    if len(entries) > 3:
        for size, (where, arranged) in zip(sizes, _PLACES.items(), strict=True):
            yield mutation(where, arranged(entries[:size], twin))
        yield mutation("all of many", [*entries, *map(twin, entries)])


_PLACES: Mapping[str, Callable[[list[Any], Any], list[Any]]] = {
    "the first two of several": lambda entries, twin: [entries[0], twin(entries[0]), *entries[1:]],
    "the last two of several": lambda entries, twin: [*entries, twin(entries[-1])],
    "the first and the last of several": lambda entries, twin: [*entries, twin(entries[0])],
    "two far apart in the middle": lambda entries, twin: [*entries[:-1], twin(entries[1]), entries[-1]],
    "two pairs": lambda entries, twin: [*entries, twin(entries[0]), twin(entries[-1])],
}


def _repeats(entries: list[Any], key: Key) -> Iterator[tuple[int, int]]:
    """Yield the index of each entry that equals an earlier one in `key`, and that of the first such one."""
    seen: dict[Hashable, int] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict) or any(member not in entry for member in key):
            continue
        twin = seen.setdefault(tuple(comparable(entry[member]) for member in key), index)
        if twin != index:
            yield index, twin


def _fault(entries: list[Any], key: Key, index: int, twin: int) -> Fault:
    """Return what is wrong with an entry: its member where the key is one, else all of it."""
    if len(key) == 1:
        told = f"entries must have distinct {key[0]}; this one equals that of entry {twin}"
        return Fault((index, key[0]), entries[index][key[0]], f"a {key[0]} that no other entry has", told)
    told = f"no two entries may have the same {_joined(key)}; this one has those of entry {twin}"
    return Fault((index,), entries[index], f"an entry whose {_joined(key)} together no other entry has", told)


def _joined(key: Key) -> str:
    *others, last = key
    return f"{', '.join(others)} and {last}" if others else last


def _distinctness(key: Key) -> str:
    return f"distinct {_joined(key)}{' together' if len(key) > 1 else ''}"


def _lengthened(value: Any, key: Key, spare: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Return the entries of a list, and copies of the shortest, whose members depend on each other the least."""
    listed = value if isinstance(value, list) else ()
    entries = [entry for entry in listed if isinstance(entry, dict) and all(member in entry for member in key)]
    return distinct([*entries, *varied(min(entries, key=len), key, spare)], (key,)) if entries else []


def _changed_elsewhere(key: Key) -> Any:
    def changed(entry: dict[str, Any]) -> dict[str, Any]:
        return {name: item + 1 if name not in key and is_number(item) else item for name, item in entry.items()}

    return changed


_KEYS: Mapping[str, Callable[[Sequence[str]], tuple[Key, ...]]] = {
    ALONE: lambda members: tuple((member,) for member in members),
    TOGETHER: lambda members: (tuple(members),),
}


def _keyword(name: str) -> Keyword:
    def read(document: Document, node: Node) -> Uniqueness:
        target, members = document.resolve(node), node.value[name]
        spare = {}
        if target.has("items"):
            entry = document.resolve(target.child("items"))
            spare = {member: documented_values(document, entry.child("properties", member)) for member in members}
        return Uniqueness(name, _KEYS[name](members), spare)

    def validate(value: Any, members: Sequence[str]) -> tuple[Fault, ...]:
        entries = value if isinstance(value, list) and len(value) > 1 else []
        return tuple(
            _fault(entries, key, index, twin) for key in _KEYS[name](members) for index, twin in _repeats(entries, key)
        )

    def repair(value: Any, params: Uniqueness) -> Any:
        return distinct(value, params.keys) if isinstance(value, list) else value

    def explain(schema: Schema, _path: Path) -> str:
        return f"a list whose entries have {' and '.join(map(_distinctness, _KEYS[name](schema[name])))}"

    return Keyword(name, mutate, explain, validate=validate, repair=repair, read=read)


UNIQUE_ITEM_PROPERTIES = _keyword(ALONE)
UNIQUE_BY = _keyword(TOGETHER)

"""The keyword `uniqueItemProperties`, as ajv-keywords has it: entries of a list differ from each other in a member."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords.keyword import Fault, Keyword, Mutation
from governance_contract.reading import examples_of
from governance_contract.values import ABSENT, comparable, is_number, same

NAME = "uniqueItemProperties"


@dataclass(frozen=True)
class UniqueBy:
    """The members by which entries differ, and some valid values to make further entries with."""

    members: tuple[str, ...]
    spare: tuple[Any, ...] = ()


def read(document: Document, node: Node) -> UniqueBy:
    """Return the members that the keyword on the array schema `node` names, and their examples."""
    members = tuple(node.value[NAME])
    spare: list[Any] = []
    if node.has("items"):
        entry = document.resolve(node.child("items"))
        for member in members:
            spare.extend(examples_of(document, entry.child("properties", member)))
    return UniqueBy(members, tuple(spare))


def validate(value: Any, members: Iterable[str]) -> tuple[Fault, ...]:
    """Return a fault for each entry that equals an earlier one in a member; absent members differ from all."""
    if not isinstance(value, list):
        return ()
    return tuple(fault for member in members for fault in _repeats(value, member))


def repair(value: Any, params: UniqueBy) -> Any:
    """Return `value` without the entries that repeat an earlier one."""
    repeats = {fault.path[0] for fault in validate(value, params.members)}
    return [entry for index, entry in enumerate(value) if index not in repeats] if repeats else value


def mutate(value: Any, params: UniqueBy) -> Iterator[Mutation]:
    """Yield lists in which entries are equal in the member: neighbours, far apart, many, alike or not otherwise."""
    for member in params.members:
        entries = _lengthened(value, member, params.spare)
        if not entries:
            continue
        yield from _arrangements(entries, member, "equal", dict, _SIZES)
        yield from _arrangements(entries, member, "different", _changed_elsewhere(member), _SIZES[::-1])


_SIZES = (3, 4, 5, 6, 7)
"""How many distinct entries the longer lists are made of, so that lists of all lengths occur."""


def _arrangements(entries: list[Any], member: str, alike: str, twin: Any, sizes: Sequence[int]) -> Iterator[Mutation]:
    first = entries[0]

    def mutation(where: str, made: Sequence[Any]) -> Mutation:
        edit = f"{where.replace(' ', '-')}-{alike}"
        return Mutation(NAME, edit, list(made), f"{where} share {member}, {alike} otherwise", member)

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


def _repeats(value: list[Any], member: str) -> Iterator[Fault]:
    seen: dict[Hashable, int] = {}
    for index, entry in enumerate(value):
        current = entry.get(member, ABSENT) if isinstance(entry, dict) else ABSENT
        if current is ABSENT:
            continue
        twin = seen.setdefault(comparable(current), index)
        if twin != index:
            yield Fault(
                (index, member),
                current,
                f"a {member} that no other entry has",
                f"entries must have distinct {member}; this one equals that of entry {twin}",
            )


def _lengthened(value: Any, member: str, spare: Sequence[Any]) -> list[Any]:
    listed = value if isinstance(value, list) else ()
    entries = [entry for entry in listed if isinstance(entry, dict) and member in entry]
    if not entries:
        return []
    fresh = [item for item in spare if not any(same(item, entry[member]) for entry in entries)]
    return [*entries, *({**entries[0], member: item} for item in fresh)]


def _changed_elsewhere(member: str) -> Any:
    def changed(entry: dict[str, Any]) -> dict[str, Any]:
        return {key: item + 1 if key != member and is_number(item) else item for key, item in entry.items()}

    return changed


KEYWORD = Keyword(NAME, mutate, validate=validate, repair=repair, read=read)

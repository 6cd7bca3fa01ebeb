"""Where a resource is not as it is known or expected: field by field, entries of lists in any order."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.oracle.values import UNKNOWN, as_double, is_nothing, same_scalar
from governance_contract import pointers
from governance_contract.resources import Field, Shape
from governance_contract.values import ABSENT, comparable, is_number

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Difference:
    """One place where two views of a resource differ.

    `is_count` says that a list has other entries altogether, `is_new` that the place is in a part that was not there
    before, whose id nobody knows.
    """

    path: Path
    expected: Any
    received: Any
    is_count: bool = False
    is_new: bool = False

    @property
    def pointer(self) -> str:
        """The place as a JSON Pointer."""
        return pointers.join(*self.path)


def find_differences(shape: Shape, expected: Any, received: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield the places where `received` is not as `expected`; unknown values, and null for absent, agree.

    Derived fields are not compared: each response is looked at for what they derive from.
    """
    if not isinstance(expected, dict) or not isinstance(received, dict):
        if expected is not UNKNOWN and received is not UNKNOWN:
            yield Difference(path, expected, received)
        return
    for field in shape.fields:
        if "first-of" in field.derived or "copy-of" in field.derived:
            continue
        left, right = expected.get(field.name, ABSENT), received.get(field.name, ABSENT)
        yield from find_field_differences(field, left, right, path)


def find_field_differences(field: Field, expected: Any, received: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield the places where a field, of the object at `path`, is not as expected."""
    yield from _of_field(field, expected, received, (*path, field.name))


def _of_field(field: Field, expected: Any, received: Any, path: Path) -> Iterator[Difference]:
    if expected is UNKNOWN or received is UNKNOWN:
        return
    if field.shape is None:
        if isinstance(expected, list | dict) or isinstance(received, list | dict):
            if not _same_parts(expected, received):
                yield Difference(path, expected, received)
        elif not same_scalar(expected, received, is_double=field.is_double):
            yield Difference(path, expected, received)
    elif is_nothing(expected) or is_nothing(received):
        if is_nothing(expected) != is_nothing(received):
            yield Difference(path, expected, received, is_count=field.is_list)
    elif field.is_list:
        yield from _of_lists(field.shape, expected, received, path)
    else:
        yield from _of_parts(field.shape, expected, received, path)


def _of_parts(shape: Shape, expected: Any, received: Any, path: Path) -> Iterator[Difference]:
    is_new = isinstance(expected, dict) and all(expected.get(name) is UNKNOWN for name in shape.ids)
    for each in find_differences(shape, expected, received, path):
        yield replace(each, is_new=each.is_new or is_new)


def _same_parts(left: Any, right: Any) -> bool:
    """Return whether two values with parts are equal; of lists without a shape the order counts."""
    if isinstance(left, dict) and isinstance(right, dict):
        return all(_same_parts(left.get(name, ABSENT), right.get(name, ABSENT)) for name in {*left, *right})
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same_parts, left, right))
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return is_nothing(left) and is_nothing(right)
    return same_scalar(left, right, is_double=True)


def _of_lists(shape: Shape, expected: Any, received: Any, path: Path) -> Iterator[Difference]:
    if not isinstance(expected, list) or not isinstance(received, list):
        yield Difference(path, expected, received)
        return
    pairs, missing, extra = align(shape, expected, received)
    if missing or extra:
        yield Difference(path, expected, received, is_count=True)
    for index, left, right in pairs:
        yield from _of_parts(shape, left, right, (*path, index))


def align(
    shape: Shape, expected: Sequence[Any], received: Sequence[Any]
) -> tuple[list[tuple[int, Any, Any]], list[Any], list[Any]]:
    """Return the entries of two lists that belong together, by position in `received`, and those without a partner.

    Entries belong together that ask for the same, best with one id, else those that have one id, else those that
    differ least.
    """
    free = dict(enumerate(received))
    pairs: list[tuple[int, Any, Any]] = []
    rest = list(expected)
    for mark in (_id_and_settings_of, _settings_of, _id_of):
        waiting: dict[Hashable, deque[int]] = {}
        for index, entry in free.items():
            if (key := mark(shape, entry)) is not None:
                waiting.setdefault(key, deque()).append(index)
        left, rest = rest, []
        for entry in left:
            key = mark(shape, entry)
            if key is not None and waiting.get(key):
                index = waiting[key].popleft()
                pairs.append((index, entry, free.pop(index)))
            else:
                rest.append(entry)
    nearest, missing = _nearest(shape, rest, free)
    pairs += [(index, entry, free.pop(index)) for entry, index in nearest]
    return pairs, missing, list(free.values())


def _nearest(shape: Shape, rest: list[Any], free: dict[int, Any]) -> tuple[list[tuple[Any, int]], list[Any]]:
    """Return pairs of the entries that are most alike, and the entries that are left over."""
    if len(rest) * len(free) > _COMPARED:
        return [], rest
    ranked = sorted(
        (_distance(shape, entry, other), position, index)
        for position, entry in enumerate(rest)
        for index, other in free.items()
    )
    taken: dict[int, int] = {}
    for _, position, index in ranked:
        if position not in taken and index not in taken.values():
            taken[position] = index
    pairs = [(rest[position], index) for position, index in taken.items()]
    return pairs, [entry for position, entry in enumerate(rest) if position not in taken]


_COMPARED = 1000
"""Pairs of entries that are compared in full."""


def _id_of(shape: Shape, entry: Any) -> Hashable | None:
    if not isinstance(entry, dict):
        return None
    found = tuple(entry[name] for name in shape.ids if isinstance(entry.get(name), str))
    return found or None


def _id_and_settings_of(shape: Shape, entry: Any) -> Hashable | None:
    marks = _id_of(shape, entry), _settings_of(shape, entry)
    return None if None in marks else marks


def _settings_of(shape: Shape, entry: Any) -> Hashable | None:
    if not isinstance(entry, dict):
        return None
    told = [(each, entry.get(each.name)) for each in shape.settable]
    if any(value is UNKNOWN for _, value in told):
        return None
    return tuple(_mark(value, is_double=each.is_double) for each, value in told)


def _mark(value: Any, *, is_double: bool) -> Hashable:
    return as_double(value) if is_double and is_number(value) else comparable(value)


def _distance(shape: Shape, left: Any, right: Any) -> tuple[int, int]:
    """Return how unlike two entries are: first by the texts that a request sets, then by everything."""
    differences = list(find_differences(shape, left, right))
    settable = {field.name for field in shape.settable if not field.is_double and not field.is_integer}
    return sum(each.path[-1:] != () and each.path[-1] in settable for each in differences), len(differences)

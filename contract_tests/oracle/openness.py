"""What a body leaves open: values that may be accepted or refused, and values that are too unusual for some servers."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from contract_tests.oracle.body import Reading
from governance_contract import Contract, durations, pointers
from governance_contract.document import Node
from governance_contract.keywords import uniqueness
from governance_contract.keywords.types import type_names
from governance_contract.resources import Action
from governance_contract.values import comparable, is_number

Path = tuple[str | int, ...]

_ENTRIES = 64
"""Entries of a list that every server takes."""

_LETTERS = 255
"""Characters of a text that every server keeps."""

_GREATEST, _LEAST = 1e12, 1e-6
"""Between these a number of double precision is usual."""

_CENTURIES = 290 * 365 * 86_400
"""Seconds of a duration that every server can count: a little less than fit into 64 bits as nanoseconds."""

_PLAIN = re.compile(r"[ -~]*")


def is_plain(text: str) -> bool:
    """Return whether a text is printable ASCII that every server keeps as it is."""
    return len(text) <= _LETTERS and _PLAIN.fullmatch(text) is not None and text == text.strip()


def find_open_places(contract: Contract, action: Action, schema: Node, body: Any, reading: Reading) -> None:
    """Note what a body leaves open, by the document (`x-open`, `x-ignored-when`) and by section 2 of the contract."""
    if isinstance(body, dict):
        for name in action.request:
            if body.get(name) is not None and action.ignores(body, name):
                reading.leave_open(f"{name} may be ignored beside its siblings")
    _find(contract, schema, body, (), reading)


def _find(contract: Contract, schema: Node, value: Any, path: Path, reading: Reading) -> None:
    here = pointers.join(*path)
    for node in _declarations(contract, schema):
        if node.has("x-open") and _is_accepted(json.dumps(node.value["x-open"]), value):
            reading.leave_open(f"{here} is left open by the document")
            reading.open_fields.add(here)
    target = contract.document.resolve(schema)
    types = type_names(target.value.get("type", ()))
    if isinstance(value, float) and value.is_integer() and "integer" in types:
        reading.leave_open(f"{here} is an integer that is written with a fraction or an exponent")
    if path and value is None and "null" in types:
        reading.leave_open(f"{here} is null")
    if isinstance(value, dict) and target.has("properties"):
        _find_in_object(contract, target, value, path, reading)
    if isinstance(value, list) and target.has("items"):
        for index, entry in enumerate(value[:_ENTRIES]):
            _find(contract, target.child("items"), entry, (*path, index), reading)
        if _is_equal_after_conversion(contract, target, value):
            reading.leave_open(f"{here} has durations that are equal after conversion")


def _find_in_object(contract: Contract, target: Node, value: dict[str, Any], path: Path, reading: Reading) -> None:
    known = target.value["properties"]
    folded = {name.casefold(): name for name in known}
    for name, item in value.items():
        if name in known:
            if item is None and not _takes_null(contract, target, name):
                here = pointers.join(*path, name)
                reading.leave_open(f"{here} is null")
                reading.open_fields.add(here)
            _find(contract, target.child("properties", name), item, (*path, name), reading)
        elif name.casefold() in folded:
            reading.leave_unclear(f"{name} differs from {folded[name.casefold()]} in case alone")
        else:
            reading.leave_open(f"{name} is unknown")


def _takes_null(contract: Contract, target: Node, name: str) -> bool:
    """Return whether it is plain what null means for a property: it is required, or its type says so."""
    types = type_names(contract.document.resolve(target.child("properties", name)).value.get("type", ()))
    return name in target.value.get("required", ()) or "null" in types


def _declarations(contract: Contract, schema: Node) -> Iterator[Node]:
    """Yield a schema and those that its `$ref` leads to, each of which may say something of the same value."""
    node = schema
    while True:
        yield node
        if not node.has("$ref"):
            return
        node = contract.document.at(node.value["$ref"])


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def _is_accepted(schema: str, value: Any) -> bool:
    return bool(_validator(schema).is_valid(value))


def _is_equal_after_conversion(contract: Contract, schema: Node, entries: list[Any]) -> bool:
    """Return whether entries have durations that differ in writing and may be the same length, as `1d` and `24h`."""
    entry = contract.document.resolve(schema.child("items"))
    objects = [each for each in entries if isinstance(each, dict)]
    for key in uniqueness.keys_of(schema.value):
        for name in key:
            units = durations.units_of(contract.document, entry.child("properties", name))
            if any(_is_one_length_twice(units, texts) for texts in _texts_by_rest(objects, key, name)):
                return True
    return False


def _texts_by_rest(entries: list[dict[str, Any]], key: uniqueness.Key, name: str) -> Iterable[set[str]]:
    """Return the texts of the field `name`, of each group of entries that are equal in the rest of the key."""
    groups: dict[Hashable, set[str]] = {}
    for entry in entries:
        if all(member in entry for member in key) and isinstance(entry[name], str):
            rest = tuple(comparable(entry[member]) for member in key if member != name)
            groups.setdefault(rest, set()).add(entry[name])
    return groups.values()


def _is_one_length_twice(units: Mapping[str, Any], texts: set[str]) -> bool:
    found = [length.usual for text in texts if (length := durations.read_length(units, text))]
    seconds = [each for usual in found for each in usual]
    return len({*seconds}) < len(seconds)


def find_unusual_places(contract: Contract, schema: Node, value: Any, path: Path = ()) -> Iterator[str]:
    """Yield the places whose values are so unusual that a server may refuse them, if it keeps them exactly else."""
    target = contract.document.resolve(schema)
    if isinstance(value, dict):
        known = target.value.get("properties", {})
        for name in (name for name in value if name in known):
            yield from find_unusual_places(contract, target.child("properties", name), value[name], (*path, name))
    elif isinstance(value, list) and target.has("items"):
        if len(value) > _ENTRIES:
            yield pointers.join(*path)
        for index, entry in enumerate(value[:_ENTRIES]):
            yield from find_unusual_places(contract, target.child("items"), entry, (*path, index))
    elif _is_unusual(target, value):
        yield pointers.join(*path)


def _is_unusual(schema: Node, value: Any) -> bool:
    if isinstance(value, str):
        length = durations.read_length(schema.value.get("x-units", {}), value)
        return not is_plain(value) or (length is not None and length.shortest > _CENTURIES)
    is_double = is_number(value) and "integer" not in type_names(schema.value.get("type", ()))
    return is_double and value != 0 and not _LEAST <= abs(value) <= _GREATEST

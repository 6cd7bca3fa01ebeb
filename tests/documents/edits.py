"""Random edits of a document: what a slip of the hand makes of it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Place = tuple[Any, Any]
"""A mapping or list, and the key or index of one of its parts."""

_VALUES = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "integer",
    "string",
    "object",
    [],
    {},
    [1],
    {"x": 1},
    "#/components/schemas/Budget",
]
_NAMES = [
    "x",
    "type",
    "enum",
    "$ref",
    "properties",
    "x-action",
    "x-counter",
    "format",
    "anyOf",
    "required",
    "get",
    "200",
]


def edited(root: Any, seed: int) -> tuple[str, Any]:
    """Return what was edited, and a copy of the document with that edit, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - the same edit every time
    changed = copy.deepcopy(root)
    places = list(_places(changed, ()))
    for _ in range(draw.choice([1, 1, 1, 2])):
        path, (owner, key) = draw.choice(places)
        told = _EDITS[draw.choice(list(_EDITS))](draw, owner, key, places)
        told = f"{'/'.join(map(str, path))}: {told}"
    return told, changed


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Place]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), (value, key)
        yield from _places(item, (*path, key))


def _drop(_draw: random.Random, owner: Any, key: Any, _places: Any) -> str:
    if not _is_there(owner, key):
        return "nothing"
    del owner[key]
    return "dropped"


def _exchange(draw: random.Random, owner: Any, key: Any, _places: Any) -> str:
    if not _is_there(owner, key):
        return "nothing"
    owner[key] = copy.deepcopy(draw.choice(_VALUES))
    return f"became {owner[key]!r}"


def _rename(draw: random.Random, owner: Any, key: Any, _places: Any) -> str:
    if not isinstance(owner, dict) or key not in owner:
        return "nothing"
    name = draw.choice([*_NAMES, f"{key}x", str(key)[:-1]])
    owner[name] = owner.pop(key)
    return f"was renamed {name}"


def _transplant(draw: random.Random, owner: Any, key: Any, places: Any) -> str:
    path, (other, name) = draw.choice(places)
    if not _is_there(owner, key) or not _is_there(other, name):
        return "nothing"
    owner[key] = copy.deepcopy(other[name])
    return f"became what stands at {'/'.join(map(str, path))}"


def _add(draw: random.Random, owner: Any, _key: Any, _places: Any) -> str:
    if not isinstance(owner, dict):
        return "nothing"
    name = draw.choice(_NAMES)
    owner[name] = copy.deepcopy(draw.choice(_VALUES))
    return f"got {name}: {owner[name]!r}"


def _is_there(owner: Any, key: Any) -> bool:
    return key in owner if isinstance(owner, dict) else key < len(owner)


_EDITS = {"drop": _drop, "exchange": _exchange, "rename": _rename, "transplant": _transplant, "add": _add}

"""Frozen dataclasses as JSON values and back, so that they can travel between processes and lie in files."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def as_plain(value: Any) -> Any:
    """Return a dataclass as JSON values: tuples become lists, sets sorted lists."""
    return _plain(asdict(value))


def read_plain(kind: type[T], data: Any) -> T:
    """Return the dataclass of `kind` that `as_plain` made `data` of.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: `data` was made of something else.
    """
    return _read(kind, data)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _read(kind: Any, data: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _read(hints[name], item) for name, item in data.items()})  # type: ignore[operator]
    if origin in (Union, types.UnionType):
        present = next(each for each in arguments if each is not type(None))
        return None if data is None else _read(present, data)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(_read(each, item) for each, item in zip(arguments, data, strict=True))
    if origin in (tuple, frozenset):
        return origin(_read(arguments[0], item) for item in data)
    return data

"""What identifies a resource (`x-identity`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def identity_of(resource: Mapping[str, Any], members: Iterable[str]) -> tuple[Any, ...]:
    """Return the values that identify `resource`; an absent member is the same as null."""
    return tuple(resource.get(member) for member in members)

"""What a collection is made of: stored resources, each with its place, its identity and when it is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

Item = Mapping[str, Any]
"""A resource as JSON has it."""

Key = str | int
"""What a resource is found by; a whole number where the document says so."""

Identity = tuple[Any, ...]


class Record(NamedTuple):
    """A stored resource with its key, and its identity where it has one.

    `number` is its place in the order of its collection, `due` the instant from which it must be rolled over.
    """

    number: int
    key: Key
    identity: Identity | None
    resource: Item
    due: datetime

"""The shape of resources, read from the schemas of the document once: which member comes from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from governance_contract import Contract
from governance_contract.document import Document, Node
from governance_contract.kinds.schema import type_names

UNSET: Any = object()
"""Stands for a default that a member does not have."""


@dataclass(frozen=True)
class Counter:
    """A member that counts `of` up to a limit and returns to 0 with each new window; all by member name."""

    member: str
    of: str
    limit: str
    window: str
    since: str


@dataclass(frozen=True)
class Member:
    """One member of a resource and what the document says of it.

    `generated` and `derived` are the values of `x-generated` and `x-derived`; `shape` is that of an object, or of
    the entries where `is_list`.
    """

    name: str
    read_only: bool
    is_integer: bool
    is_list: bool
    default: Any = UNSET
    generated: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict)
    shape: Shape | None = None

    @cached_property
    def is_stored_as_sent(self) -> bool:
        """Whether a value of a request is stored without being made into something else."""
        return self.shape is None and not self.is_integer

    @property
    def has_default(self) -> bool:
        """Whether a new object has this member by default."""
        return self.default is not UNSET and self.generated is None and not self.derived


@dataclass(frozen=True)
class Shape:
    """The members of an object and the counters among them; what follows from these alone is found once."""

    members: tuple[Member, ...]
    counters: tuple[Counter, ...]

    @cached_property
    def holders(self) -> tuple[tuple[Member, Shape], ...]:
        """The members below which there may be more counters, each with the shape of what is below."""
        return tuple((member, member.shape) for member in self.members if member.shape and not member.derived)

    @cached_property
    def blank(self) -> Mapping[str, None]:
        """Every member in the documented order, without a value."""
        return dict.fromkeys(member.name for member in self.members)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """Every member in the documented order, with its default, or None where it has none or comes from elsewhere."""
        return {member.name: member.default if member.has_default else None for member in self.members}

    @cached_property
    def settable(self) -> tuple[Member, ...]:
        """The members that a request may set."""
        return tuple(member for member in self.members if not member.read_only and not member.derived)

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The members that an object keeps when a request replaces it."""
        return tuple(member.name for member in self.members if member.read_only and not member.derived)

    @cached_property
    def stamped(self) -> tuple[str, ...]:
        """The members that are the present instant in a new object."""
        return tuple(member.name for member in self.members if member.generated not in (None, "id"))

    @cached_property
    def updated(self) -> tuple[str, ...]:
        """The members that say when the object was last changed."""
        return self._generated("updated")

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The members that are new ids in a new object."""
        return self._generated("id")

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The members that are the name of what another member refers to, with that member."""
        return self._derived("name-of")

    @cached_property
    def mirrors(self) -> Mapping[str, str]:
        """The members that mirror the first entry of another member, with that member."""
        return self._derived("first-of")

    @cached_property
    def copies(self) -> Mapping[str, str]:
        """The members that copy one of the owner of the object, with that member."""
        return self._derived("copy-of")

    def _generated(self, how: str) -> tuple[str, ...]:
        return tuple(member.name for member in self.members if member.generated == how)

    def _derived(self, how: str) -> Mapping[str, str]:
        return {member.name: member.derived[how] for member in self.members if how in member.derived}


@dataclass(frozen=True)
class ResourceShape:
    """A resource: its schema's name, the collection that holds it, its key, identity and members."""

    name: str
    collection: str
    key: str
    identity: tuple[str, ...]
    shape: Shape


def read_shapes(contract: Contract) -> dict[str, ResourceShape]:
    """Return the shapes of all resources of the document by name."""
    return {name: _resource_shape(contract.document, name, node) for name, node in contract.resources.items()}


def _resource_shape(document: Document, name: str, node: Node) -> ResourceShape:
    told = node.value["x-resource"]
    identity = tuple(node.value.get("x-identity", ()))
    return ResourceShape(name, told["collection"], told["key"], identity, _shape(document, node))


def _shape(document: Document, node: Node) -> Shape:
    members = [_member(document, node.child("properties", name)) for name in node.value.get("properties", {})]
    counters = [
        Counter(name, told["of"], told["limit"], told["window"], told["since"])
        for name, schema in node.value.get("properties", {}).items()
        if (told := schema.get("x-counter"))
    ]
    return Shape(tuple(members), tuple(counters))


def _member(document: Document, node: Node) -> Member:
    target = document.resolve(node)
    types = type_names(target.value.get("type", ()))
    return Member(
        name=str(node.tokens[-1]),
        read_only=node.value.get("readOnly", False),
        is_integer="integer" in types,
        is_list="array" in types,
        default=node.value.get("default", UNSET),
        generated=node.value.get("x-generated"),
        derived=node.value.get("x-derived", {}),
        shape=_nested(document, target),
    )


def _nested(document: Document, target: Node) -> Shape | None:
    entries = document.resolve(target.child("items")) if target.has("items") else target
    return _shape(document, entries) if entries.has("properties") else None

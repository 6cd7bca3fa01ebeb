"""References from one resource to another: whether the target exists, what it is called, and what its delete does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract import Contract, pointers, wording
from governance_contract.closest import closest
from governance_contract.edits import Edit, Fix
from governance_contract.keywords.keyword import with_article
from governance_contract.resources import ANY, Reference, Resource
from governance_contract.rules import Carried
from governance_contract.validation import Violation
from mockserver.state.places import Places
from mockserver.state.records import Item, Record
from mockserver.state.store import State

_CANDIDATES = 200
"""How many entries are looked at to find one whose key is like that which leads nowhere."""

Path = tuple[str, ...]


@dataclass(frozen=True)
class Holder:
    """A resource that refers to another one: its collection, its record, and what its delete does."""

    collection: str
    resource: Resource
    record: Record
    on_delete: str


class References:
    """Every `x-refers-to` of the document's request schemas, by the resource that holds it and its place there."""

    def __init__(self, contract: Contract, resources: Mapping[str, Resource], places: Places) -> None:
        self._rules = contract.rules
        self._resources = resources
        self._places = places
        self._by_resource = {name: _references(resource) for name, resource in resources.items()}
        self._targets = {
            target.resource for held in self._by_resource.values() for each in held.values() for target in _all(each)
        }

    def name_of(self, state: State, resource: str, path: Path, owner: Item) -> str | None:
        """Return the name of what the field at `path` of a resource refers to, where that exists in `state`."""
        reference = self._by_resource[resource].get(path)
        target = reference.target_of(owner) if reference else None
        record = None if reference is None or target is None else self._found(state, target.resource, owner, reference)
        return record.resource.get(self._resources[target.resource].name_field) if record and target else None

    def is_named(self, resource: str) -> bool:
        """Return whether any other resource refers to one of this kind."""
        return resource in self._targets

    def targets_of(self, resource: str) -> set[str]:
        """Return the resources that must be there before one of this kind."""
        return {target.resource for each in self._by_resource[resource].values() for target in _all(each)}

    def violations(self, state: State, resource: str, body: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Return a violation for each reference of a body that leads to nothing which must exist."""
        return tuple(
            violation
            for reference in self._by_resource[resource].values()
            for place, owner in _owners(body, reference.path[:-1], ())
            if (violation := self._violation(state, reference, place, owner)) is not None
        )

    def holders(self, state: State, resource: Resource, key: Any) -> Iterator[Holder]:
        """Yield the resources that refer to one, each once."""
        if not self.is_named(resource.name):
            return
        for name, other in self._places.all(state):
            references = [each for each in self._by_resource[other.name].values() if _may_mean(each, resource.name)]
            for record in state[name].all() if references else ():
                for reference in references:
                    if (policy := _policy(reference, resource.name, record.resource, key)) is not None:
                        yield Holder(name, other, record, policy)
                        break

    def _violation(
        self, state: State, reference: Reference, place: tuple[str | int, ...], owner: Mapping[str, Any]
    ) -> Violation | None:
        target, key = reference.target_of(owner), owner.get(reference.field)
        if target is None or not target.is_required or not isinstance(key, str | int):
            return None
        if self._found(state, target.resource, owner, reference) is not None:
            return None
        node, pointer = reference.node, pointers.join(*place, reference.field)
        carried = self._carried(reference)
        expected = f"the key of {with_article(wording.noun(target.resource))} that exists"
        return Violation(
            carried.rule, carried.level, pointer, node.child("x-refers-to").pointer, key, expected,
            f"{reference.field} must be {expected}", self._fix(state, target.resource, pointer, key),
        )  # fmt: skip

    def _carried(self, reference: Reference) -> Carried:
        carried = self._rules.carried_by(reference.node.value, "x-refers-to")
        return carried[0] if carried else self._rules.default_for("x-refers-to")

    def _found(self, state: State, target: str, owner: Mapping[str, Any], reference: Reference) -> Record | None:
        key = owner.get(reference.field)
        if not isinstance(key, str | int) or isinstance(key, bool):
            return None
        return state[self._resources[target].collection].get(key)

    def _fix(self, state: State, target: str, place: str, received: Any) -> Fix | None:
        """Return what refers to the entry whose key is most like the one that was sent."""
        keys = [record.key for record in state[self._resources[target].collection].page(0, _CANDIDATES)]
        if not keys:
            return None
        alike = closest(str(received), [str(key) for key in keys], 0)
        key = next((key for key in keys if str(key) == alike), keys[0])
        return Fix(f"send a key that exists, such as {key}", (Edit("replace", place, key),))


def _references(resource: Resource) -> dict[Path, Reference]:
    """Return the references of a resource by their place; where two operations have one, the first counts."""
    found: dict[Path, Reference] = {}
    for action in resource.actions:
        for reference in action.references:
            found.setdefault(reference.path, reference)
    return found


def _all(reference: Reference) -> Iterable[Any]:
    return reference.targets.values()


def _may_mean(reference: Reference, resource: str) -> bool:
    return any(target.resource == resource for target in reference.targets.values())


def _policy(reference: Reference, resource: str, holder: Item, key: Any) -> str | None:
    """Return what the delete of a resource does with one that refers to it, None where it does not refer to it."""
    for _, owner in _owners(holder, reference.path[:-1], ()):
        target = reference.target_of(owner)
        if target is not None and target.resource == resource and owner.get(reference.field) == key:
            return target.on_delete
    return None


def _owners(
    value: Any, path: Path, place: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Yield each object to which a path leads, with its place."""
    if not path:
        if isinstance(value, Mapping):
            yield place, value
    elif path[0] == ANY:
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            yield from _owners(entry, path[1:], (*place, index))
    elif isinstance(value, Mapping):
        yield from _owners(value.get(path[0]), path[1:], (*place, path[0]))

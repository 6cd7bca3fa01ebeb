"""References from one resource to another: whether the target exists, and what it is called (REQ-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from governance_contract import Contract, pointers, wording
from governance_contract.closest import closest
from governance_contract.document import Node
from governance_contract.edits import Edit, Fix
from governance_contract.keywords.keyword import with_article
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from governance_contract.validation import Violation
from mockserver.state.store import State

_CANDIDATES = 200
"""How many entries are looked at to find one whose key is like that which leads nowhere."""


@dataclass(frozen=True)
class _Reference:
    """A member that names an entry of the resource that `deciding` chooses; only `required` resources must have it."""

    member: str
    deciding: str
    targets: Mapping[str, str]
    required: frozenset[str]

    def target_of(self, body: Mapping[str, Any]) -> str | None:
        """Return the resource that must have what a body names, None where nothing need exist."""
        decided, key = body.get(self.deciding), body.get(self.member)
        is_asked = isinstance(decided, str) and decided in self.required and isinstance(key, str)
        return self.targets[str(decided)] if is_asked else None


class References:
    """Every `x-refers-to` of the document's request schemas, by the member that holds it."""

    def __init__(self, contract: Contract, shapes: Mapping[str, Resource]) -> None:
        self._rules = contract.rules
        self._shapes = shapes
        self._nodes = {
            str(node.tokens[-1]): node
            for operation in contract.operations
            for node in _referring_members(contract, operation)
        }
        self._references = {member: _reference(node) for member, node in self._nodes.items()}

    def name_of(self, state: State, resource: Mapping[str, Any], member: str) -> str | None:
        """Return the name of what `resource` refers to by `member`, where that exists in `state`."""
        reference = self._references[member]
        target, key = reference.targets.get(str(resource.get(reference.deciding))), resource.get(member)
        if target is None or not isinstance(key, str):
            return None
        record = state[self._shapes[target].collection].get(key)
        return record.resource.get("name") if record else None

    def violations(self, state: State, body: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Return a violation for each reference of a request body that leads to nothing which must exist."""
        return tuple(filter(None, (self._violation(state, reference, body) for reference in self._references.values())))

    def _violation(self, state: State, reference: _Reference, body: Mapping[str, Any]) -> Violation | None:
        target, key = reference.target_of(body), body.get(reference.member)
        if target is None or key in state[self._shapes[target].collection]:
            return None
        node, place = self._nodes[reference.member], pointers.join(reference.member)
        (carried,) = self._rules.carried_by(node.value, "x-refers-to")
        expected = f"the key of {with_article(wording.noun(target))} that exists"
        return Violation(
            carried.rule, carried.level, place, node.child("x-refers-to").pointer, key, expected,
            f"{reference.member} must be {expected}", self._fix(state, target, place, str(key)),
        )  # fmt: skip

    def _fix(self, state: State, target: str, place: str, received: str) -> Fix | None:
        """Return what refers to the entry whose key is most like the one that was sent."""
        keys = [record.key for record in state[self._shapes[target].collection].page(0, _CANDIDATES)]
        if not keys:
            return None
        key = closest(received, keys, 0) or keys[0]
        return Fix(f"send a key that exists, such as {key}", (Edit("replace", place, key),))


def _reference(node: Node) -> _Reference:
    """Return what `x-refers-to` on the schema of a member says."""
    told = node.value["x-refers-to"]
    return _Reference(
        member=str(node.tokens[-1]),
        deciding=told["by"],
        targets={value: target["resource"] for value, target in told["targets"].items()},
        required=frozenset(value for value, target in told["targets"].items() if target["required"]),
    )


def _referring_members(contract: Contract, operation: Operation) -> Iterator[Node]:
    if operation.request_schema is not None:
        schema = contract.document.resolve(operation.request_schema)
        members = (schema.child("properties", name) for name in schema.value.get("properties", {}))
        yield from (member for member in members if member.has("x-refers-to"))

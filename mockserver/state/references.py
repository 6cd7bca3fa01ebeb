"""References from one resource to another: whether the target exists, and what it is called (REQ-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from governance_contract import Contract, pointers, reading
from governance_contract.document import Node
from governance_contract.edits import Edit, Fix
from governance_contract.kinds import Fault, refers_to
from governance_contract.kinds.refers_to import RefersTo
from governance_contract.nearest import closest
from governance_contract.operations import Operation
from governance_contract.resources import Resource
from governance_contract.rules import Catalogue
from governance_contract.validation import Violation
from mockserver.state.store import State

_CANDIDATES = 200
"""How many entries are looked at to find one whose key is like that which leads nowhere."""


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
        self._params = {member: reading.refers_to(node) for member, node in self._nodes.items()}

    def name_of(self, state: State, resource: Mapping[str, Any], member: str) -> str | None:
        """Return the name of what `resource` refers to by `member`, where that exists in `state`."""
        params = self._params[member]
        target, key = params.targets.get(str(resource.get(params.deciding))), resource.get(member)
        if target is None or not isinstance(key, str):
            return None
        record = state[self._shapes[target].collection].get(key)
        return record.resource.get("name") if record else None

    def violations(self, state: State, body: Mapping[str, Any]) -> tuple[Violation, ...]:
        """Return a violation for each reference of a request body that leads to nothing which must exist."""
        return tuple(
            _violation(self._rules, self._nodes[member], params.member, fault, self._fix(state, params, body, fault))
            for member, params in self._params.items()
            if body.get(member) is not None
            for fault in refers_to.explain(body, replace(params, known=_Known(state, self._shapes)))
        )

    def _fix(self, state: State, params: RefersTo, body: Mapping[str, Any], fault: Fault) -> Fix | None:
        """Return what refers to the entry whose key is most like the one that was sent."""
        collection = state[self._shapes[params.targets[body[params.deciding]]].collection]
        keys = [record.key for record in collection.page(0, _CANDIDATES)]
        if not keys:
            return None
        key, where = closest(fault.received, keys, 0) or keys[0], pointers.join(params.member)
        return Fix(f"send a key that exists, such as {key!r}", (Edit("replace", where, key),))


class _Known(Mapping[str, Any]):
    """The collections of a state by the name of their resource, as the rule kind asks for them."""

    def __init__(self, state: State, shapes: Mapping[str, Resource]) -> None:
        self._state = state
        self._shapes = shapes

    def __getitem__(self, resource: str) -> Any:
        return self._state[self._shapes[resource].collection]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def _referring_members(contract: Contract, operation: Operation) -> Iterator[Node]:
    if operation.request_schema is not None:
        schema = contract.document.resolve(operation.request_schema)
        members = (schema.child("properties", name) for name in schema.value.get("properties", {}))
        yield from (member for member in members if member.has("x-refers-to"))


def _violation(rules: Catalogue, node: Node, member: str, fault: Fault, fix: Fix | None) -> Violation:
    (carried,) = rules.carried_by(node.value, "x-refers-to")
    keyword = node.child("x-refers-to").pointer
    place = pointers.join(member)
    return Violation(carried.rule, carried.level, place, keyword, fault.received, fault.expected, fault.message, fix)

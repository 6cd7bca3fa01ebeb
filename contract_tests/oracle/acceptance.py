"""The rules by which a valid request is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contract_tests.oracle.identities import rules_of_coexistence
from contract_tests.oracle.notes import Notes
from contract_tests.oracle.request import Request
from governance_contract import Contract
from governance_contract.document import Node
from governance_contract.rules import Carried


def hold_accepted(notes: Notes, request: Request) -> None:
    """Note the rules by which a valid request is accepted: those of its fields, and of its identity."""
    for name, told in request.action.request.items():
        if _is_example(told.node.value.get("examples", ()), request.body.get(name)):
            notes.hold_rules(notes.carried_by(told.node, "examples"))
        for node in _parts(notes.contract, told.node, request.fields.get(name)):
            notes.hold_rules(notes.carried_by(node, "pattern"))
    notes.hold_rules(rules_of_coexistence(notes.contract, request))


def _is_example(examples: Any, sent: Any) -> bool:
    return sent in examples or (sent is None and [] in examples)


def _parts(contract: Contract, node: Node, value: Any) -> Iterator[Node]:
    """Yield the schemas of the parts of a field that were sent."""
    target = contract.document.resolve(node)
    target = contract.document.resolve(target.child("items")) if target.has("items") else target
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict) and target.has("properties"):
            yield from (target.child("properties", name) for name in part if name in target.value["properties"])


def rules_of_acceptance(notes: Notes, request: Request) -> tuple[Carried, ...]:
    """Return the rule that says that a valid request is accepted.

    Where it sends nothing but one field, and that as the document shows it, the rule of that field; which part of a
    larger request is to blame takes more requests to find out.
    """
    (name, *others) = request.fields or ("",)
    told = request.action.request.get(name)
    if told is not None and not others and request.fields[name] in told.node.value.get("examples", ()):
        return notes.carried_by(told.node, "examples")[:1] or notes.about("response")
    return notes.about("response")

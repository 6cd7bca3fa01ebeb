"""The rules of identity: those that refuse a second resource of one identity, and those that let others live beside."""

from __future__ import annotations

from contract_tests.oracle.request import Request
from governance_contract import Contract
from governance_contract.rules import Carried


def rules_of_uniqueness(contract: Contract, request: Request) -> tuple[Carried, ...]:
    """Return the rules by which an operation refuses an identity that another resource has."""
    return tuple(each for each in _carried(contract, request) if contract.rules[each.rule].refusal is not None)


def rules_of_coexistence(contract: Contract, request: Request) -> tuple[Carried, ...]:
    """Return the rules by which resources of different identities live side by side."""
    return tuple(each for each in _carried(contract, request) if contract.rules[each.rule].refusal is None)


def _carried(contract: Contract, request: Request) -> list[Carried]:
    carried = contract.rules.carried_by(request.resource.node.value, "x-identity")
    return [each for each in carried if request.operation.id in contract.rules[each.rule].operations]

"""Collects the observations of one exchange, with the rules that they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from contract_tests.exchange import Exchange
from contract_tests.oracle.observation import Observation, general
from contract_tests.oracle.statuses import UNAUTHORISED
from governance_contract import Contract
from governance_contract.document import Node
from governance_contract.rules import Carried


@dataclass(frozen=True)
class Defect:
    """How a rule is broken: `kind` from a closed set, the sentence for people, and the exchanges before that matter.

    `operation` is the operation to blame, where it is not that of the exchange; `key` is that of the resource which is
    not as it was.
    """

    kind: str
    detail: str
    expected: str
    received: str
    pointer: str = ""
    evidence: tuple[Exchange, ...] = field(default=(), repr=False)
    operation: str = ""
    key: str = ""


def effect_of(refused: Exchange) -> str:
    """Return the aspect of the rule that a refused request breaks which had an effect."""
    return "unauthorised-effect" if refused.response.status == UNAUTHORISED else "refused-effect"


class Notes:
    """The observations of one exchange, in the order in which they were made.

    What the document has no rule on is not judged. `mangled` are the fields that responses are known to show wrongly,
    so that they prove nothing else.
    """

    def __init__(self, contract: Contract, operation_id: str, exchange: Exchange, mangled: Iterable[str] = ()) -> None:
        self.contract = contract
        self.operation_id = operation_id
        self.exchange = exchange
        self.mangled = set(mangled)
        self.observations: list[Observation] = []

    def hold(self, aspect: str, operation: str = "") -> None:
        """Note that the rule on an aspect holds, of the operation that is judged or of another one."""
        self.hold_rules(self.about(aspect, operation), operation)

    def broken(self, aspect: str, defect: Defect) -> None:
        """Note that the rule on an aspect of the operation is broken."""
        self.broken_rules(self.about(aspect, defect.operation), defect)

    def hold_rules(self, carried: Iterable[Carried], operation: str = "") -> None:
        """Note that rules hold."""
        of = operation or self.operation_id
        self.observations += [Observation(each.rule, of, each.level, holds=True) for each in carried]

    def broken_rules(self, carried: Iterable[Carried], defect: Defect) -> None:
        """Note that rules are broken."""
        self.observations += [
            Observation(
                rule=each.rule,
                operation=defect.operation or self.operation_id,
                level=each.level,
                holds=False,
                kind=defect.kind,
                pointer=general(defect.pointer),
                detail=defect.detail,
                expected=defect.expected,
                received=defect.received,
                evidence=(*defect.evidence, self.exchange),
                key=defect.key,
            )
            for each in carried
        ]

    def about(self, aspect: str, operation_id: str = "") -> tuple[Carried, ...]:
        """Return the rule on an aspect of the operation, none where the document has none."""
        rule = self.contract.rules.about(aspect, operation_id or self.operation_id)
        return (Carried(rule.id, rule.level),) if rule is not None else ()

    def operation_of(self, exchange: Exchange) -> str:
        """Return the id of the operation that an exchange is for, else that of the one that is judged."""
        operation = self.contract.operations.at(exchange.call.method, exchange.call.path.partition("?")[0])
        return operation.id if operation is not None else self.operation_id

    def trial(self) -> Notes:
        """Return notes of the same exchange that are empty."""
        return Notes(self.contract, self.operation_id, self.exchange, self.mangled)

    def take(self, trial: Notes) -> None:
        """Take over what was noted on trial."""
        self.observations += trial.observations
        self.mangled |= trial.mangled

    def carried_by(self, node: Node, keyword: str) -> tuple[Carried, ...]:
        """Return the rules that a keyword of a schema carries for the operation."""
        rules = self.contract.rules
        found = rules.carried_by(node.value, keyword)
        return tuple(each for each in found if self.operation_id in rules[each.rule].operations)

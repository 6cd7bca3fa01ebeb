"""What a probe writes down while it works: what it sent, which rules it looked at, and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contract_tests.exchange import Exchange, config_id_of, created_id, identity_of
from contract_tests.finding import finding_of
from contract_tests.record import Doubt, Record
from governance_contract import Contract
from governance_contract.rules import Carried, Rule


class Notebook:
    """The story that is sent, and the record of what it shows; a finding is told with the story that leads to it."""

    def __init__(self, contract: Contract, base_url: str) -> None:
        self.contract = contract
        self.record = Record()
        self.doubt: Doubt | None = None
        self._base_url = base_url
        self._trail: list[Exchange] = []
        self._creates: dict[str, Exchange] = {}

    def write(self, exchange: Exchange) -> None:
        """Write down that something was sent and answered."""
        self._trail.append(exchange)
        if made := created_id(exchange):
            self._creates[made] = exchange

    @contextmanager
    def story(self) -> Iterator[None]:
        """Begin anew what must be sent to reproduce the next findings."""
        before, self._trail = self._trail, []
        try:
            yield
        finally:
            self._trail = before

    def restart(self) -> None:
        """Forget what was sent so far: what comes reproduces itself from its own beginning."""
        self._trail = []

    @property
    def trail(self) -> tuple[Exchange, ...]:
        """What was sent since the story began."""
        return tuple(self._trail)

    def fault(
        self,
        rule_id: str,
        operation_id: str,
        kind: str,
        expected: str,
        received: str,
        *,
        pointer: str = "",
        steps: tuple[Exchange, ...] | None = None,
        level: str | None = None,
    ) -> None:
        """Write a finding down; the first with its rule, operation, pointer and kind stays."""
        told = self._from_the_beginning(self.trail if steps is None else steps, self.contract.rules[rule_id])
        finding = finding_of(
            Carried(rule_id, level or self.contract.rules[rule_id].level),
            operation_id,
            kind,
            expected=expected,
            received=received,
            pointer=pointer,
            base_url=self._base_url,
            steps=told,
        )
        self.record.exercise(operation_id, rule_id)
        self.record.find(finding, told)
        if self.doubt:
            self.doubt.see(finding)

    def _from_the_beginning(self, steps: tuple[Exchange, ...], rule: Rule) -> tuple[Exchange, ...]:
        """Return steps behind the creates of the configs that they are about and do not create."""
        made = {created_id(step) for step in steps}
        named = {config_id_of(step.call) for step in steps}
        if rule.aspect == "identity" and steps:
            wanted = identity_of(steps[-1], self._creates.values())
            named |= {name for name, create in self._creates.items() if identity_of(create) == wanted}
        return (*(create for name, create in self._creates.items() if name in named - made), *steps)

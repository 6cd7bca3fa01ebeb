"""What a probe writes down while it works: what it sent, which rules it looked at, and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contract_tests.configs import configs_in
from contract_tests.exchange import Exchange, config_id_of, created_id, identity_of
from contract_tests.finding import finding_of
from contract_tests.oracle.statuses import CONFLICT
from contract_tests.plan import Creates
from contract_tests.record import Doubt, Record
from governance_contract import Contract
from governance_contract.rules import Carried, Rule


class Notebook:
    """The story that is sent, and the record of what it shows; a finding is told with the story that leads to it.

    `of_run` are the creates of all probes of the run.
    """

    def __init__(self, contract: Contract, base_url: str, of_run: Creates) -> None:
        self.contract = contract
        self.record = Record()
        self.doubt: Doubt | None = None
        self._base_url = base_url
        self._trail: list[Exchange] = []
        self._of_run = of_run

    def write(self, exchange: Exchange) -> None:
        """Write down that something was sent and answered."""
        self._trail.append(exchange)
        if made := created_id(exchange):
            self._of_run.by_id[made] = exchange
        elif 200 <= exchange.response.status < 300 and exchange.call.method == "PUT":
            self._of_run.updates[config_id_of(exchange.call)] = exchange
        elif exchange.response.status < 300 and exchange.call.method == "DELETE":
            self._of_run.deleted.add(config_id_of(exchange.call))

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
        if not steps:
            return steps
        made = {created_id(step) for step in steps}
        named = {config_id_of(step.call) for step in steps}
        creates, updates, listed = self._of_run.by_id, self._of_run.updates, self._listed(steps[-1])
        named |= listed
        if rule.aspect == "identity" or steps[-1].response.status == CONFLICT:
            wanted, alive = identity_of(steps[-1], creates.values()), creates.keys() - self._of_run.deleted
            twins = {name for name in alive if wanted in self._identities(name)}
            named, listed = named | twins, listed | twins
        before = [create for name, create in creates.items() if name in named - made]
        before += [update for name, update in updates.items() if name in listed - made and update not in steps]
        return (*before, *steps)

    def _listed(self, step: Exchange) -> set[str]:
        """Return the ids of the configs in a list, none where a step is no list."""
        found = {str(config.get("id")) for config in configs_in(step.response)}
        return found - {config_id_of(step.call), created_id(step) or ""}

    def _identities(self, name: str) -> set[tuple[str, ...] | None]:
        """Return the identities that a config was created with and was last given."""
        writes = (self._of_run.by_id[name], self._of_run.updates.get(name))
        return {identity_of(each, self._of_run.by_id.values()) for each in writes if each is not None}

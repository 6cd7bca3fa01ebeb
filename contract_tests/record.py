"""The record of one try of a probe: what was found, and which rules were exercised."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from contract_tests.errors import Enough
from contract_tests.exchange import Exchange
from contract_tests.finding import Finding, Key, Verdict


@dataclass
class Record:
    """What one try of a probe brought to light: findings, and the rules that were exercised."""

    findings: dict[Key, Finding] = field(default_factory=dict)
    exchanges: dict[Key, tuple[Exchange, ...]] = field(default_factory=dict)
    """What was sent to see each finding, with the creates of what it is about."""

    exercised: set[str] = field(default_factory=set)
    cells: set[tuple[str, str]] = field(default_factory=set)
    """The pairs of rule and operation that were looked at."""

    def exercise(self, operation_id: str, *rule_ids: str) -> None:
        """Note that rules were exercised on an operation."""
        self.exercised.update(rule_ids)
        self.cells.update((rule_id, operation_id) for rule_id in rule_ids)

    def find(self, finding: Finding, steps: tuple[Exchange, ...]) -> None:
        """Note a finding and what was sent to see it; the first with its key stays."""
        self.findings.setdefault(finding.key, finding)
        self.exchanges.setdefault(finding.key, steps)


@dataclass
class Doubt:
    """What a further try is made for: the verdicts that are not certain, and the keys of what was found so far."""

    verdicts: set[Verdict]
    keys: Collection[Key]

    def see(self, finding: Finding) -> None:
        """Take note of a finding of the further try.

        Raises:
            Enough: each verdict has been given again.
        """
        if finding.key in self.keys:
            self.verdicts.discard(finding.verdict)
        if not self.verdicts:
            raise Enough

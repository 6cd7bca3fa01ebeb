"""What a run says of each rule: pass, fail, warn, flaky, skipped, or not exercised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contract_tests.finding import Finding
from governance_contract.rules import Catalogue, Rule


class Outcome(StrEnum):
    """The outcome of one rule, the better ones first."""

    PASS = "pass"  # noqa: S105 - no password
    SKIPPED = "skipped"
    NOT_EXERCISED = "not exercised"
    FLAKY = "flaky"
    WARN = "warn"
    FAIL = "fail"


@dataclass
class Ledger:
    """What the probes of a run reported, gathered over all of them."""

    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    flaky: dict[tuple[str, str, str], Finding] = field(default_factory=dict)
    exercised: set[str] = field(default_factory=set)
    selected: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    """How many requests each probe sent."""

    def add_findings(self, confirmed: Iterable[Finding], flaky: Iterable[Finding] = ()) -> None:
        """Take in findings; the first of each key stays."""
        for finding in confirmed:
            self.findings.setdefault(finding.key, finding)
        for finding in flaky:
            self.flaky.setdefault(finding.key, finding)

    def outcome(self, rule: Rule, gate: str) -> Outcome:
        """Return the outcome of a rule when a run fails on findings of level `gate` and above."""
        levels = {finding.level for finding in self.findings.values() if finding.rule == rule.id}
        if any(is_fatal(level, gate) for level in levels):
            return Outcome.FAIL
        if levels:
            return Outcome.WARN
        if any(finding.rule == rule.id for finding in self.flaky.values()):
            return Outcome.FLAKY
        if rule.id in self.exercised:
            return Outcome.PASS
        return Outcome.SKIPPED if rule.id not in self.selected else Outcome.NOT_EXERCISED

    def outcomes(self, rules: Catalogue, gate: str) -> Mapping[str, Outcome]:
        """Return the outcome of every rule by its id."""
        return {rule.id: self.outcome(rule, gate) for rule in rules}

    def unexercised(self, rules: Catalogue) -> list[Rule]:
        """Return the MUST rules that were selected and that nothing exercised."""
        return [rule for rule in rules if rule.level == "MUST" and rule.id in self.selected - self.exercised]

    def exit_code(self, rules: Catalogue, gate: str) -> int:
        """Return 0 for green, 1 for findings, 2 where no judgement was possible."""
        if any(is_fatal(finding.level, gate) for finding in self.findings.values()):
            return 1
        return 2 if self.errors or self.unexercised(rules) or not self.exercised else 0


def is_fatal(level: str, gate: str) -> bool:
    """Return whether a finding of `level` fails a run with this gate: MUST always, SHOULD where asked, MAY never."""
    return level == "MUST" or (level == "SHOULD" and gate == "should")

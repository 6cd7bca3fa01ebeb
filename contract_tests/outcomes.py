"""What a run says of each rule: pass, fail, warn, accepted, flaky, skipped, or not exercised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from contract_tests.finding import Finding, Key
from contract_tests.reports.events import Accepted, Event, Failed, Found, Objected, ProbeFinished
from governance_contract.rules import Catalogue, Rule


class Outcome(StrEnum):
    """The outcome of one rule, or of one rule on one operation, the better ones first."""

    PASS = "pass"  # noqa: S105 - no password
    SKIPPED = "skipped"
    NOT_EXERCISED = "not exercised"
    FLAKY = "flaky"
    ACCEPTED = "accepted"
    WARN = "warn"
    FAIL = "fail"


@dataclass
class Ledger:
    """What the probes of a run reported, gathered over all of them."""

    findings: dict[Key, Finding] = field(default_factory=dict)
    flaky: dict[Key, Finding] = field(default_factory=dict)
    beside: dict[Key, Finding] = field(default_factory=dict)
    """Of rules that the run does not judge."""
    accepted: dict[Key, Accepted] = field(default_factory=dict)
    objections: list[Objected] = field(default_factory=list)
    exercised: set[str] = field(default_factory=set)
    cells: set[tuple[str, str]] = field(default_factory=set)
    selected: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    untried: dict[str, str] = field(default_factory=dict)
    """Why probes were left out on purpose, by their id; that demands nothing of their rules."""
    errors: list[str] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)
    """How many requests each probe sent."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """Return the ledger of a log."""
        ledger = cls()
        for event in events:
            ledger.take_in(event)
        return ledger

    def take_in(self, event: Event) -> None:
        """Add what an event says; of equal findings the first stays."""
        match event:
            case Found(finding=finding, is_beside=True):
                self.beside.setdefault(finding.key, finding)
            case Found(finding=finding, is_flaky=is_flaky):
                (self.flaky if is_flaky else self.findings).setdefault(finding.key, finding)
            case Failed(message=message):
                self.errors.append(message)
            case Accepted():
                self.accepted[event.key] = event
            case Objected():
                self.objections.append(event)
            case ProbeFinished():
                self._take_in_probe(event)

    def _take_in_probe(self, event: ProbeFinished) -> None:
        self.exercised.update(event.exercised)
        self.cells.update(event.cells)
        self.requests[event.probe] = self.requests.get(event.probe, 0) + event.requests
        if event.untried:
            self.untried[event.probe] = event.reason
            return
        self.selected.update(event.rules)
        if event.reason:
            for rule in event.rules:
                self.reasons.setdefault(rule, event.reason)

    def open(self) -> list[Finding]:
        """Return the findings that nobody accepted."""
        return [finding for key, finding in self.findings.items() if key not in self.accepted]

    def outcome(self, rule: Rule, gate: str, operation: str | None = None) -> Outcome:
        """Return the outcome of a rule, or of a rule on one operation, when a run fails from the level `gate` on."""

        def concerns(finding: Finding) -> bool:
            return finding.rule == rule.id and operation in (None, finding.operation)

        levels = {finding.level for finding in self.open() if concerns(finding)}
        if any(is_fatal(level, gate) for level in levels):
            return Outcome.FAIL
        if levels:
            return Outcome.WARN
        if any(map(concerns, self.findings.values())):
            return Outcome.ACCEPTED
        if any(map(concerns, self.flaky.values())):
            return Outcome.FLAKY
        if rule.id in self.exercised if operation is None else (rule.id, operation) in self.cells:
            return Outcome.PASS
        return Outcome.SKIPPED if rule.id not in self.selected else Outcome.NOT_EXERCISED

    def outcomes(self, rules: Catalogue, gate: str) -> Mapping[str, Outcome]:
        """Return the outcome of every rule by its id."""
        return {rule.id: self.outcome(rule, gate) for rule in rules}

    def unexercised(self, rules: Catalogue) -> list[Rule]:
        """Return the MUST rules that were selected and that nothing exercised."""
        return [rule for rule in rules if rule.level == "MUST" and rule.id in self.selected - self.exercised]

    def unsettled(self, gate: str) -> list[Finding]:
        """Return the flaky findings that would fail the run if they had shown again, and that nobody accepted."""
        settled = {finding.verdict for finding in self.open()}
        flaky = [finding for key, finding in self.flaky.items() if key not in self.accepted]
        return [each for each in flaky if is_fatal(each.level, gate) and each.verdict not in settled]

    def exit_code(self, rules: Catalogue, gate: str) -> int:
        """Return 0 for green, 1 for findings or a baseline that no longer fits, 2 where no judgement was possible."""
        if self.objections or any(is_fatal(finding.level, gate) for finding in self.open()):
            return 1
        has_no_verdict = self.errors or self.unsettled(gate) or self.unexercised(rules) or not self.exercised
        return 2 if has_no_verdict else 0


def is_fatal(level: str, gate: str) -> bool:
    """Return whether a finding of `level` fails a run with this gate: MUST always, SHOULD where asked, MAY never."""
    return level == "MUST" or (level == "SHOULD" and gate == "should")

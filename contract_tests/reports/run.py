"""A run as its log tells it: what all reports are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from contract_tests.finding import Finding, Key
from contract_tests.outcomes import Ledger, Outcome, is_fatal
from contract_tests.reports.events import Accepted, Event, Exchanged, Found, ProbeFinished, RunEnded, RunStarted
from governance_contract.rules import Catalogue, Rule

E = TypeVar("E")

ADVICE = "nothing in this run exercised it; try a larger --profile"
_ELSEWHERE = "nothing looked at this operation alone; the rule was exercised on {}"
_NOT_SELECTED = "not selected by --profile, --layers or --rules"


def _unsettled(finding: Finding) -> str:
    return (
        f"{finding.rule} {finding.level} ({finding.operation}) was seen broken in one try and in no other: "
        f"{finding.label}; judge again, and look for what the target does only now and then"
    )


VERDICTS = {0: "green", 1: "findings", 2: "no judgement"}


@dataclass(frozen=True)
class Cell:
    """A rule on one operation, with its outcome, and why there is none."""

    rule: Rule
    operation: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Judged:
    """A finding with what the run makes of it; `accepted` is the entry of the baseline that accepts it."""

    finding: Finding
    outcome: Outcome
    rule: Rule
    line: int
    accepted: Accepted | None = None


@dataclass(frozen=True)
class Run:
    """The events of one run, and what follows from them."""

    events: tuple[Event, ...]

    def of(self, kind: type[E]) -> tuple[E, ...]:
        """Return the events of one kind, in order."""
        return tuple(event for event in self.events if isinstance(event, kind))

    @property
    def is_whole(self) -> bool:
        """Whether the log begins and ends as that of a run does."""
        first, last = (self.events[0], self.events[-1]) if self.events else (None, None)
        return isinstance(first, RunStarted) and isinstance(last, RunEnded)

    @cached_property
    def started(self) -> RunStarted:
        """How the run began."""
        return self.of(RunStarted)[0]

    @cached_property
    def ended(self) -> RunEnded:
        """How the run ended."""
        return self.of(RunEnded)[-1]

    @property
    def exit_code(self) -> int:
        """The exit code of the run."""
        return self.ended.exit_code

    @property
    def verdict(self) -> str:
        """The exit code in words."""
        return VERDICTS[self.exit_code]

    @cached_property
    def ledger(self) -> Ledger:
        """What the probes reported."""
        return Ledger.of(self.events)

    @cached_property
    def rules(self) -> Catalogue:
        """The rules that the run judged by."""
        return Catalogue({rule.id: rule for rule in self.started.rules})

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcome of every rule by its id."""
        return self.ledger.outcomes(self.rules, self.started.gate)

    @cached_property
    def counts(self) -> dict[Outcome, int]:
        """How many rules have each outcome, the better ones first, none that no rule has."""
        counted = Counter(self.outcomes.values())
        return {outcome: counted[outcome] for outcome in Outcome if counted[outcome]}

    @property
    def requests(self) -> int:
        """How many requests the probes sent."""
        return sum(self.ledger.requests.values())

    @cached_property
    def probes(self) -> tuple[ProbeFinished, ...]:
        """The probes in the order of the log."""
        return self.of(ProbeFinished)

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """Why the suite could not judge, each reason once; a finding that may be fatal and did not repeat is one."""
        unsettled = map(_unsettled, self.ledger.unsettled(self.started.gate))
        return tuple(dict.fromkeys((*self.ledger.errors, *unsettled)))

    @cached_property
    def operations(self) -> tuple[str, ...]:
        """The operations that rules or findings speak of, in the order of the document."""
        named = {operation for rule in self.rules for operation in rule.operations}
        named |= {finding.operation for finding in self.ledger.findings.values()}
        listed = [each.id for each in self.started.operations if each.id in named]
        return (*listed, *sorted(named - set(listed)))

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every rule on every operation that it speaks of or was found broken on, rule by rule."""
        return tuple(cell for rule in self.rules for cell in self._cells(rule))

    @cached_property
    def findings(self) -> tuple[Judged, ...]:
        """All findings, accepted and flaky ones too: what fails the run first, then by rule and operation."""
        judged = [self._judged(finding) for finding in self.ledger.findings.values()]
        flaky = [self._judged(each, Outcome.FLAKY) for each in self.ledger.flaky.values()]
        order = {rule.id: place for place, rule in enumerate(self.rules)}
        severity = {outcome: -place for place, outcome in enumerate(Outcome)}
        return tuple(sorted((*judged, *flaky), key=lambda each: (severity[each.outcome], order[each.rule.id])))

    @property
    def beside(self) -> tuple[Finding, ...]:
        """The findings of rules that the run did not judge."""
        return tuple(self.ledger.beside.values())

    @cached_property
    def exchanges(self) -> tuple[Exchanged, ...]:
        """The requests of the probes."""
        return self.of(Exchanged)

    @cached_property
    def unexercised(self) -> tuple[tuple[Rule, str], ...]:
        """The rules that nothing exercised, with the reason."""
        missing = {Outcome.SKIPPED, Outcome.NOT_EXERCISED}
        return tuple((rule, self._reason(rule)) for rule in self.rules if self.outcomes[rule.id] in missing)

    @cached_property
    def gaps(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that nothing exercised, by the reason."""
        reasons: dict[str, tuple[Rule, ...]] = {}
        for rule, reason in self.unexercised:
            reasons[reason] = (*reasons.get(reason, ()), rule)
        return reasons

    def _cells(self, rule: Rule) -> Iterator[Cell]:
        broken = {finding.operation for finding in self._found() if finding.rule == rule.id}
        for operation in (each for each in self.operations if each in broken or each in rule.operations):
            outcome = self.ledger.outcome(rule, self.started.gate, operation)
            found = [each for each in self._found() if (each.rule, each.operation) == (rule.id, operation)]
            is_missing = outcome in (Outcome.SKIPPED, Outcome.NOT_EXERCISED)
            yield Cell(rule, operation, outcome, tuple(found), self._cell_reason(rule) if is_missing else "")

    def _found(self) -> Iterator[Finding]:
        yield from self.ledger.findings.values()
        yield from self.ledger.flaky.values()

    def _cell_reason(self, rule: Rule) -> str:
        elsewhere = [each for each in self.operations if (rule.id, each) in self.ledger.cells]
        return _ELSEWHERE.format(", ".join(elsewhere)) if elsewhere else self._reason(rule)

    def _reason(self, rule: Rule) -> str:
        if rule.id in self.ledger.reasons:
            return self.ledger.reasons[rule.id]
        if rule.id in self.ledger.selected:
            return ADVICE
        untried = [self.ledger.untried[each.probe] for each in self.probes if each.untried and rule.id in each.rules]
        return untried[0] if untried else _NOT_SELECTED

    def _judged(self, finding: Finding, outcome: Outcome | None = None) -> Judged:
        accepted = self.ledger.accepted.get(finding.key)
        if outcome is None:
            fatal = Outcome.FAIL if is_fatal(finding.level, self.started.gate) else Outcome.WARN
            outcome = Outcome.ACCEPTED if accepted else fatal
        line = self.started.document.lines.get(finding.rule, 1)
        return Judged(finding, outcome, self.rules[finding.rule], line, accepted)

    @cached_property
    def probe_of(self) -> Mapping[Key, str]:
        """The probe that first reported each finding."""
        return {event.finding.key: event.probe for event in reversed(self.of(Found))}

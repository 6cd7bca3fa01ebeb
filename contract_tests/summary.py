"""The end of a run for people and for machines: the outcome of every rule, and what to do where none was possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.finding import as_text, by_rule
from contract_tests.options import RunOptions
from contract_tests.outcomes import Ledger, Outcome
from governance_contract.rules import Catalogue


def write_summary(
    terminal: Any, ledger: Ledger, rules: Catalogue, options: RunOptions, untried: Mapping[str, str]
) -> None:
    """Write the table by rule, the findings, and why rules were not exercised, to pytest's terminal.

    `untried` has the probes that were left out on purpose, with the reason.
    """
    outcomes = ledger.outcomes(rules, options.level)
    terminal.section("rules of the contract")
    for rule in rules:
        if outcomes[rule.id] is not Outcome.SKIPPED:
            terminal.write_line(f"{rule.id:8} {rule.level:6} {outcomes[rule.id]:13} {_shortened(rule.statement)}")
    for rule_id, found in by_rule(ledger.findings.values()).items():
        terminal.write_line("")
        terminal.write_line(as_text(found, rules[rule_id]))
    terminal.write_line("")
    for line in (*_remarks(ledger, rules, options), *_left_out(untried)):
        terminal.write_line(line)
    counts = Counter(outcomes.values())
    listed = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    sent = f"{sum(ledger.requests.values())} requests, seed {options.seed}"
    terminal.write_line(f"{len(rules)} rules: {listed}; {sent}")


def _remarks(ledger: Ledger, rules: Catalogue, options: RunOptions) -> Iterator[str]:
    """Yield what else a reader must know, the reason for exit code 2 last."""
    for finding in ledger.flaky.values():
        yield f"flaky: {finding.rule} ({finding.operation}): {finding.label}; a second try did not show it"
    if options.read_only:
        yield "read-only: nothing was written, so rules that need writes were not judged"
    if not ledger.errors:
        for rule in ledger.unexercised(rules):
            yield f"not exercised: {rule.id}: {ledger.reasons.get(rule.id, _ADVICE)}"
        if not ledger.exercised:
            yield "the suite could not judge: nothing that ran exercised a rule; select more with --rules or --profile"
    for error in dict.fromkeys(ledger.errors):
        yield f"the suite could not judge: {error}"


def _left_out(untried: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each reason for which probes were left out."""
    for reason, count in Counter(untried.values()).items():
        yield f"{count} probes {reason}" if reason.startswith("not tried") else f"{count} probes not tried: {reason}"


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


_WIDTH = 84
"""Characters of a statement that are shown in the table."""

_ADVICE = "nothing in this run exercised it; try a larger --profile"


def as_json(ledger: Ledger, rules: Catalogue, gate: str) -> dict[str, Any]:
    """Return findings and outcomes as plain data."""
    outcomes = ledger.outcomes(rules, gate)
    return {
        "rules": [
            {"id": rule.id, "level": rule.level, "statement": rule.statement, "outcome": str(outcomes[rule.id])}
            for rule in rules
        ],
        "findings": [finding.as_json() for finding in ledger.findings.values()],
        "flaky": [finding.as_json() for finding in ledger.flaky.values()],
        "requests": ledger.requests,
        "errors": list(dict.fromkeys(ledger.errors)),
    }

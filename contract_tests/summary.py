"""The end of a run for people and for machines: the outcome of every rule, and what to do where none was possible."""

from __future__ import annotations

from collections import Counter
from typing import Any

from contract_tests.finding import as_text, by_rule
from contract_tests.outcomes import Ledger, Outcome
from governance_contract.rules import Catalogue


def write_summary(terminal: Any, ledger: Ledger, rules: Catalogue, gate: str) -> None:
    """Write the table by rule, the findings, and why rules were not exercised, to pytest's terminal."""
    outcomes = ledger.outcomes(rules, gate)
    terminal.section("rules of the contract")
    for rule in rules:
        if outcomes[rule.id] is not Outcome.SKIPPED:
            terminal.write_line(f"{rule.id:8} {rule.level:6} {outcomes[rule.id]:13} {rule.statement[:84]}")
    for rule_id, found in by_rule(ledger.findings.values()).items():
        terminal.write_line("")
        terminal.write_line(as_text(found, rules[rule_id]))
    terminal.write_line("")
    for finding in ledger.flaky.values():
        terminal.write_line(
            f"flaky: {finding.rule} ({finding.operation}): {finding.label}; a second try did not show it"
        )
    for rule in ledger.unexercised(rules):
        reason = ledger.reasons.get(rule.id, "nothing in this run exercised it")
        terminal.write_line(f"not exercised: {rule.id}: {reason}")
    for error in dict.fromkeys(ledger.errors):
        terminal.write_line(f"the suite could not judge: {error}")
    counts = Counter(outcomes.values())
    listed = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    terminal.write_line(f"{len(rules)} rules: {listed}; {sum(ledger.requests.values())} requests")


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

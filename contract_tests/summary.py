"""The end of a run in the terminal: the outcome of every rule, and what to do where none was possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.finding import as_text, by_rule
from contract_tests.outcomes import Ledger, Outcome
from contract_tests.reports.run import ADVICE, Run
from contract_tests.reports.visible import visible
from contract_tests.terminal import rendered


def write_summary(terminal: Any, run: Run) -> None:
    """Write the outcome of every rule, the findings, and what else must be known, to pytest's terminal."""
    terminal.section("rules of the contract")
    remarks = (*_remarks(run), *_left_out(run.ledger.untried))
    if terminal.hasmarkup:
        terminal.write(rendered(run, remarks))
    else:
        _write_plain(terminal, run, remarks)


def _write_plain(terminal: Any, run: Run, remarks: tuple[str, ...]) -> None:
    for rule in run.rules:
        if run.outcomes[rule.id] is not Outcome.SKIPPED:
            terminal.write_line(f"{rule.id:8} {rule.level:6} {run.outcomes[rule.id]:13} {_shortened(rule.statement)}")
    for rule_id, found in by_rule(run.ledger.open()).items():
        terminal.write_line("")
        terminal.write_line(visible(as_text(found, run.rules[rule_id])))
    terminal.write_line("")
    for line in remarks:
        terminal.write_line(line)
    listed = ", ".join(f"{count} {outcome}" for outcome, count in run.counts.items())
    terminal.write_line(f"{len(run.rules)} rules: {listed}; {run.requests} requests, seed {run.started.seed}")


def _remarks(run: Run) -> Iterator[str]:
    """Yield what else a reader must know, the reason for exit code 2 last."""
    ledger = run.ledger
    for finding in ledger.flaky.values():
        yield f"flaky: {finding.rule} ({finding.operation}): {finding.label}; further tries did not show it"
    yield from _accepted(ledger)
    for finding in {each.rule: each for each in ledger.beside.values()}.values():
        yield f"beside: {finding.rule} ({finding.operation}): {finding.label}; not selected by --rules, does not count"
    for objection in ledger.objections:
        yield f"baseline: {objection.place}: {objection.rule} {objection.operation}: {objection.message}"
    if run.started.read_only:
        yield "read-only: nothing was written, so rules that need writes were not judged"
    if not ledger.errors:
        for rule in ledger.unexercised(run.rules):
            yield f"not exercised: {rule.id}: {ledger.reasons.get(rule.id, ADVICE)}"
        if not ledger.exercised:
            yield "the suite could not judge: nothing that ran exercised a rule; select more with --rules or --profile"
    for error in run.errors:
        yield f"the suite could not judge: {error}"


def _accepted(ledger: Ledger) -> Iterator[str]:
    """Yield a line for each entry of the baseline that accepts something."""
    terms = ((each.rule, each.operation, each.expires, each.owner, each.reason) for each in ledger.accepted.values())
    for (rule, operation, expires, owner, reason), count in Counter(terms).items():
        number = f"{count} finding{'' if count == 1 else 's'}"
        yield f"accepted: {rule} ({operation}): {number}, until {expires} by {owner}: {reason}"


def _left_out(untried: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each reason for which probes were left out."""
    for reason, count in Counter(untried.values()).items():
        yield f"{count} probes {reason}" if reason.startswith("not tried") else f"{count} probes not tried: {reason}"


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


_WIDTH = 84
"""Characters of a statement that are shown in the table."""

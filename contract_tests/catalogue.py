"""The catalogue of rules as people read it, with what the suite does for each."""

from __future__ import annotations

from collections import Counter

from contract_tests.exam import CREATE, UPDATE
from contract_tests.layers import PROBES
from contract_tests.layers.refusals import refused_rules
from governance_contract import Contract, load_contract
from governance_contract.rules import Rule

COLUMNS = ("id", "level", "probes", "refused", "source", "operations", "rule")


def rows(contract: Contract) -> list[tuple[str, ...]]:
    """Return a row for each rule: probes that exercise it, counterexamples that break it, and what it says."""
    probes = Counter(rule for probe in PROBES for rule in probe.rules)
    refused: Counter[str] = Counter()
    for operation_id in (CREATE, UPDATE):
        refused.update({rule: len(found) for rule, found in refused_rules(contract, operation_id).items()})
    return [_row(rule, probes[rule.id], refused[rule.id]) for rule in contract.rules]


def as_table() -> str:
    """Return the catalogue as a table in plain text."""
    table = [COLUMNS, *rows(load_contract())]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in table
    )


def _row(rule: Rule, probes: int, refused: int) -> tuple[str, ...]:
    operations = ", ".join(
        operation.removesuffix("ModelConfig").removesuffix("ModelConfigs") for operation in rule.operations
    )
    return rule.id, rule.level, str(probes), str(refused), rule.source, operations, rule.statement

"""The catalogue of rules as people read it, with what the suite does for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from contract_tests.exam import CREATE, UPDATE
from contract_tests.finding import source_of
from contract_tests.layers import PROBES
from contract_tests.layers.refusals import refused_rules
from contract_tests.probe import is_selected
from governance_contract import Contract, load_contract
from governance_contract.rules import Rule

COLUMNS = ("id", "level", "probes", "refused", "source", "operations", "rule")


def rows(contract: Contract) -> list[tuple[str, ...]]:
    """Return a row for each rule: probes that exercise it, counterexamples that break it, and what it says."""
    probes = Counter(rule for probe in PROBES for rule in probe.rules)
    refused: Counter[str] = Counter()
    for operation_id in (CREATE, UPDATE):
        refused.update({rule: len(found) for rule, found in refused_rules(operation_id).items()})
    return [_row(rule, probes[rule.id], refused[rule.id]) for rule in contract.rules]


def as_table() -> str:
    """Return the catalogue as a table in plain text."""
    table = [COLUMNS, *rows(load_contract())]
    widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in table
    )


def as_text(patterns: tuple[str, ...]) -> str:
    """Return what there is to know of each rule that patterns select."""
    chosen = [rule for rule in load_contract().rules if is_selected(rule.id, patterns)]
    return "\n\n".join("\n".join(_lines(rule)) for rule in chosen)


def _lines(rule: Rule) -> Iterator[str]:
    yield f"{rule.id} {rule.level}: {rule.statement}"
    yield f"  stands in     {source_of(rule)}"
    yield f"  holds for     {', '.join(rule.operations)}"
    if rule.refusal:
        tolerated = " or ".join(map(str, rule.refusal.tolerated))
        yield f"  refused with  {rule.refusal.status}{f', {tolerated} tolerated' if tolerated else ''}"
    yield from (f"  leaves open   {sentence}" for sentence in rule.tolerates)
    yield from (f"  probe         {probe.layer}: {probe.id}" for probe in PROBES if rule.id in probe.rules)


def _row(rule: Rule, probes: int, refused: int) -> tuple[str, ...]:
    operations = ", ".join(
        operation.removesuffix("ModelConfig").removesuffix("ModelConfigs") for operation in rule.operations
    )
    return rule.id, rule.level, str(probes), str(refused), rule.source, operations, rule.statement

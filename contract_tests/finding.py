"""What the judge found: a rule that the target breaks, with the shortest way to see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract_tests.exchange import Exchange, as_script
from governance_contract.rules import Rule


@dataclass(frozen=True)
class Finding:
    """One way in which the target breaks a rule; `label` tells it from others of the same rule and operation."""

    rule: str
    operation: str
    level: str
    label: str
    expected: str
    received: str
    script: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes this finding the same as one of another run."""
        return self.rule, self.operation, self.label

    def as_json(self) -> dict[str, Any]:
        """Return this finding as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def finding_of(
    rule: Rule,
    operation: str,
    label: str,
    *,
    expected: str,
    received: str,
    base_url: str,
    steps: tuple[Exchange, ...] = (),
    level: str | None = None,
) -> Finding:
    """Return a finding, its steps written as shell commands."""
    script = as_script(base_url, steps)
    return Finding(rule.id, operation, level or rule.level, label, expected, received, script)


_SOURCES = {
    "seed": "the published page of the operation",
    "docs": "the product's public documentation",
    "sane": "what any client relies on",
}


def source_of(rule: Rule) -> str:
    """Return where a rule comes from."""
    return f"contract §3, from {_SOURCES[rule.source]}"


def as_text(finding: Finding, rule: Rule) -> str:
    """Return a finding as it is shown to people."""
    lines = [
        f"{finding.rule} {finding.level} ({finding.operation}): {rule.statement}",
        f"  found     {finding.label}",
        f"  expected  {finding.expected}   [{source_of(rule)}]",
        f"  received  {finding.received}",
    ]
    if finding.script:
        lines += ["  reproduce"] + [f"    {line}" for line in finding.script.splitlines()]
    return "\n".join(lines)

"""What the judge found: a rule that the target breaks, with the shortest way to see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from contract_tests.exchange import Exchange
from contract_tests.labels import label_of
from contract_tests.reproduction import as_script
from contract_tests.steps import Step, steps_of
from governance_contract.rules import Carried, Rule

Key = tuple[str, str, str, str]
"""Rule, operation, pointer and kind: what makes a finding the same as one of another try or run."""

Verdict = tuple[str, str, str]
"""Rule, operation and level: what a finding says of the target, whatever the example."""


@dataclass(frozen=True)
class Finding:
    """One way in which the target breaks a rule.

    `pointer` and `kind` tell it from others of the same rule and operation: the place in the request or response, and
    how it is wrong, by a name from `contract_tests.labels`.
    `is_repeated` says that a further try showed it again; where it did not come to that, another try showed another
    finding of this rule, operation and level.
    """

    rule: str
    operation: str
    level: str
    kind: str
    expected: str
    received: str
    pointer: str = ""
    script: str = ""
    steps: tuple[Step, ...] = ()
    is_repeated: bool = False

    @property
    def key(self) -> Key:
        """What makes this finding the same as one of another run."""
        return self.rule, self.operation, self.pointer, self.kind

    @property
    def label(self) -> str:
        """The sentence for its kind and place."""
        return label_of(self.kind, self.pointer)

    @property
    def fingerprint(self) -> str:
        """The key in a few characters, the same in every run."""
        return sha256("\0".join(self.key).encode("utf-8", "backslashreplace")).hexdigest()[:16]

    @property
    def verdict(self) -> Verdict:
        """What this finding says of the target, whatever the example: rule, operation and level."""
        return self.rule, self.operation, self.level


def finding_of(
    rule: Carried,
    operation: str,
    kind: str,
    *,
    expected: str,
    received: str,
    pointer: str = "",
    base_url: str,
    steps: tuple[Exchange, ...] = (),
) -> Finding:
    """Return a finding, its steps written as shell commands and as people read them."""
    script = as_script(base_url, steps)
    return Finding(rule.rule, operation, rule.level, kind, expected, received, pointer, script, steps_of(steps))


_SOURCES = {
    "seed": "the published page of the operation",
    "docs": "the product's public documentation",
    "sane": "what any client relies on",
}


def source_of(rule: Rule) -> str:
    """Return where a rule stands and where it comes from."""
    return f"x-rules/{rule.id}, from {_SOURCES[rule.source]}"


def by_rule(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the rule that they break, in the order in which the rules were first found broken."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.rule, []).append(finding)
    return grouped


def shortest(findings: Sequence[Finding], rule: Rule) -> Finding:
    """Return the finding of a rule that is shown in full: of the rule's own level, shown twice, quickly seen."""
    return min(findings, key=lambda each: (each.level != rule.level, not each.is_repeated, len(each.script)))


def as_text(findings: Sequence[Finding], rule: Rule) -> str:
    """Return the findings of one rule as people read them: the shortest in full, the others by name."""
    first = shortest(findings, rule)
    lines = [
        f"{rule.id} {first.level} ({first.operation}): {rule.statement}",
        f"  found     {first.label}",
        f"  expected  {first.expected}   [{source_of(rule)}]",
        f"  received  {first.received}",
    ]
    if first.script:
        lines += ["  reproduce", *(f"    {line}" for line in first.script.splitlines())]
    others = [finding for finding in findings if finding is not first]
    lines += [f"  also      {other.operation}: {other.label}" for other in others[:_SHOWN]]
    if len(others) > _SHOWN:
        lines.append(f"  and {len(others) - _SHOWN} more like these")
    return "\n".join(lines)


_SHOWN = 4
"""How many further findings of one rule are named."""

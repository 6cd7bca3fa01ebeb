"""What changed since an earlier run: findings that are new, mended, or still there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.outcomes import Outcome
from contract_tests.reports.events import Compared, Past
from contract_tests.reports.run import Judged, Run

_BROKEN = frozenset({Outcome.FAIL, Outcome.WARN, Outcome.ACCEPTED})
_NOT_JUDGED = frozenset({Outcome.SKIPPED, Outcome.NOT_EXERCISED})


@dataclass(frozen=True)
class Comparison:
    """The findings of a run and of an earlier one, side by side; `unknown` was not judged again."""

    earlier: Compared
    new: tuple[Judged, ...]
    still: tuple[Judged, ...]
    fixed: tuple[Past, ...]
    unknown: tuple[Past, ...]


def comparison(run: Run) -> Comparison | None:
    """Return what changed since the run that the log was compared with, None where it was with none."""
    earlier = next(iter(run.of(Compared)), None)
    if earlier is None:
        return None
    past = {each.fingerprint: each for each in earlier.findings}
    now = {each.finding.fingerprint: each for each in run.findings if each.outcome in _BROKEN}
    judged = {(cell.rule.id, cell.operation) for cell in run.cells if cell.outcome not in _NOT_JUDGED}
    gone = [each for each in past.values() if each.fingerprint not in now]
    return Comparison(
        earlier,
        new=tuple(each for mark, each in now.items() if mark not in past),
        still=tuple(each for mark, each in now.items() if mark in past),
        fixed=tuple(each for each in gone if (each.rule, each.operation) in judged),
        unknown=tuple(each for each in gone if (each.rule, each.operation) not in judged),
    )


def compared(report: Mapping[str, Any]) -> Compared:
    """Return the event that holds an earlier run, by its JSON report, against this one."""
    names = ("fingerprint", "rule", "operation", "level", "label")
    findings = (each for each in report["findings"] if each["outcome"] in _BROKEN)
    return Compared(
        report["run"]["target"],
        report["timing"]["started"],
        report["verdict"]["exit_code"],
        tuple(Past(**{name: each[name] for name in names}) for each in findings),
    )

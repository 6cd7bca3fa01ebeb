"""The report for machines: JSON by a versioned schema of its own, all times in one member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from contract_tests.errors import UsageError
from contract_tests.finding import Finding
from contract_tests.formats import REPORT
from contract_tests.plain import as_plain
from contract_tests.reports.comparison import comparison
from contract_tests.reports.latency import latencies
from contract_tests.reports.run import Cell, Judged, Run
from governance_contract.rules import Rule

SCHEMA = Path(__file__).with_name("report.schema.json")


def render(run: Run) -> str:
    """Return the report as JSON text."""
    return json.dumps(as_json(run), indent=2) + "\n"


def as_json(run: Run) -> dict[str, Any]:
    """Return the report as JSON values; but for `timing` two runs of equal answers have equal reports."""
    return {
        "version": REPORT,
        "verdict": {
            "exit_code": run.exit_code,
            "text": run.verdict,
            "rules": {str(outcome): count for outcome, count in run.counts.items()},
            "requests": run.requests,
        },
        "run": _run(run),
        "rules": [_rule(run, rule) for rule in run.rules],
        "findings": [_finding(run, judged) for judged in run.findings],
        "beside": [_beside(finding) for finding in run.beside],
        "baseline": [as_plain(objection) for objection in run.ledger.objections],
        "comparison": _comparison(run),
        "probes": [_probe(each) for each in run.probes],
        "errors": list(run.errors),
        "timing": _timing(run),
    }


def read_report(path: Path) -> dict[str, Any]:
    """Return the JSON report in a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _require_version(path, report)
        jsonschema_rs.validate(schema, report)
    except (OSError, ValueError, RecursionError, jsonschema_rs.ValidationError) as error:
        told = getattr(error, "message", error)
        raise UsageError(f"{path} is no report of this suite: {told}; make one with --json FILE") from error
    return report


def _require_version(path: Path, report: Any) -> None:
    """Refuse a report of another version.

    Raises:
        UsageError: it is of another version than this suite writes.
    """
    given = report.get("version") if isinstance(report, dict) else None
    if isinstance(given, str) and given.partition(".")[0] != REPORT.partition(".")[0]:
        told = f"{path} is a report of version {given}; this suite reads {REPORT}, which names findings otherwise"
        raise UsageError(f"{told}: run again with --json FILE")


def _run(run: Run) -> dict[str, Any]:
    started = run.started
    document = {name: item for name, item in as_plain(started.document).items() if name != "lines"}
    return {
        "target": started.target,
        "profile": started.profile,
        "seed": started.seed,
        "level": started.gate,
        "selected": list(started.patterns),
        "read_only": started.read_only,
        "versions": dict(started.versions),
        "formats": dict(started.formats),
        "document": document,
    }


def _rule(run: Run, rule: Rule) -> dict[str, Any]:
    reasons = {missing.id: reason for missing, reason in run.unexercised}
    return {
        "id": rule.id,
        "level": rule.level,
        "statement": rule.statement,
        "source": rule.source,
        "line": run.started.document.lines.get(rule.id, 1),
        "outcome": str(run.outcomes[rule.id]),
        "reason": reasons.get(rule.id, ""),
        "operations": {cell.operation: _cell(cell) for cell in run.cells if cell.rule is rule},
    }


def _cell(cell: Cell) -> dict[str, str]:
    return {"outcome": str(cell.outcome), "reason": cell.reason}


def _finding(run: Run, judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    return {
        **as_plain(finding),
        "label": finding.label,
        "outcome": str(judged.outcome),
        "accepted": _acceptance(judged),
        "fingerprint": finding.fingerprint,
        "probe": run.probe_of.get(finding.key, ""),
    }


def _beside(finding: Finding) -> dict[str, str]:
    names = ("rule", "operation", "level", "pointer", "kind", "label", "expected", "received", "script")
    return {name: getattr(finding, name) for name in names}


def _comparison(run: Run) -> dict[str, list[str]] | None:
    """Return the fingerprints of what is new, still there, fixed, or was not judged again."""
    found = comparison(run)
    if found is None:
        return None
    return {
        "new": [each.finding.fingerprint for each in found.new],
        "still": [each.finding.fingerprint for each in found.still],
        "fixed": [each.fingerprint for each in found.fixed],
        "unknown": [each.fingerprint for each in found.unknown],
    }


def _acceptance(judged: Judged) -> dict[str, str] | None:
    accepted = judged.accepted
    if accepted is None:
        return None
    return {"reason": accepted.reason, "owner": accepted.owner, "expires": accepted.expires}


def _probe(probe: Any) -> dict[str, Any]:
    return {
        "id": probe.probe,
        "layer": probe.layer,
        "rules": list(probe.rules),
        "requests": probe.requests,
        "untried": probe.untried,
        "reason": probe.reason,
    }


def _timing(run: Run) -> Mapping[str, Any]:
    return {
        "started": run.started.started,
        "seconds": run.ended.seconds,
        "latency_ms": {
            each.operation: {name: item for name, item in as_plain(each).items() if name != "operation"}
            for each in latencies(run.exchanges, [operation.id for operation in run.started.operations])
        },
    }

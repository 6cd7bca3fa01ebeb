"""The report for merge requests of GitLab: its code quality format, each finding at the line that states its rule."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.outcomes import Outcome
from contract_tests.reports.run import Judged, Run

_SEVERITIES = {
    Outcome.FAIL: "blocker",
    Outcome.WARN: "minor",
    Outcome.FLAKY: "info",
    Outcome.ACCEPTED: "info",
}


def render(run: Run) -> str:
    """Return the report as JSON text; it holds no times."""
    return json.dumps([_issue(run, judged) for judged in run.findings], indent=2) + "\n"


def _issue(run: Run, judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    return {
        "description": f"{finding.rule} on {finding.operation}: {finding.label} ({judged.outcome})",
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[judged.outcome],
        "location": {"path": run.started.document.path, "lines": {"begin": judged.line}},
    }

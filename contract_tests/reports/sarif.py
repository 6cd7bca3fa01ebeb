"""The report for code scanning: SARIF 2.1.0, each finding at the line of the document that states its rule."""

from __future__ import annotations

import json
from typing import Any

from contract_tests.finding import source_of
from contract_tests.outcomes import Outcome
from contract_tests.reports.run import Judged, Run
from contract_tests.steps import Step
from governance_contract.rules import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
"""The name by which code scanning knows the root of the repository."""

_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}


def render(run: Run) -> str:
    """Return the report as JSON text; it holds no times."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(run)]}, indent=2) + "\n"


def _run(run: Run) -> dict[str, Any]:
    return {
        "tool": {"driver": _driver(run)},
        "automationDetails": {"id": f"contract-tests/{run.started.profile}/"},
        "invocations": [_invocation(run)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(run, judged) for judged in run.findings],
    }


def _driver(run: Run) -> dict[str, Any]:
    return {
        "name": "contract-tests",
        "fullName": "contract-tests of governance-contract-kit",
        "version": run.started.versions.get("governance-contract-kit", ""),
        "rules": [_rule(rule) for rule in run.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    operations = ", ".join(f"`{operation}`" for operation in rule.operations)
    lines = [f"**{rule.level}**: {rule.statement}", f"Holds for {operations}; stands in {source_of(rule)}."]
    lines += [f"Never a finding: {sentence}." for sentence in rule.tolerates]
    return {
        "id": rule.id,
        "shortDescription": {"text": _sentence(rule.statement)},
        "fullDescription": {"text": f"{rule.level}: {_sentence(rule.statement)}"},
        "help": {"text": "\n\n".join(lines).replace("**", "").replace("`", ""), "markdown": "\n\n".join(lines)},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"tags": ["contract", rule.id.partition("-")[0], rule.aspect]},
    }


def _result(run: Run, judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(run.rules).index(judged.rule),
        "level": "note" if judged.outcome is Outcome.FLAKY else _LEVELS[finding.level],
        "message": {"text": _message(judged)},
        "locations": [_location(run, judged)],
        "partialFingerprints": {"ruleOperationPointerKind/v2": finding.fingerprint},
        "properties": {"outcome": str(judged.outcome), "operation": finding.operation},
    }
    if finding.steps:
        result |= _exchange(run.started.target, finding.steps[-1])
    if judged.accepted:
        until = f"{judged.accepted.reason} ({judged.accepted.owner}, until {judged.accepted.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": until}]
    return result


def _message(judged: Judged) -> str:
    finding = judged.finding
    doubt = "Further tries did not show this. " if judged.outcome is Outcome.FLAKY else ""
    lines = [
        f"{doubt}{finding.rule} on {finding.operation}: {finding.label}",
        f"Expected: {finding.expected}",
        f"Received: {finding.received}",
    ]
    return "\n".join([*lines, *(["Reproduce:", finding.script] if finding.script else [])])


def _location(run: Run, judged: Judged) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": run.started.document.path, "uriBaseId": ROOT},
            "region": {"startLine": judged.line},
        },
        "logicalLocations": [{"fullyQualifiedName": judged.finding.operation, "kind": "function"}],
    }


def _exchange(base_url: str, step: Step) -> dict[str, Any]:
    request = {"method": step.method, "target": base_url + step.target, "headers": dict(step.headers)}
    request |= {"body": {"text": step.body}} if step.body else {}
    if step.status is None:
        return {"webRequest": request, "webResponse": {"noResponseReceived": True}}
    response = {"statusCode": step.status, "headers": dict(step.answer_headers), "body": {"text": step.answer}}
    return {"webRequest": request, "webResponse": response}


def _invocation(run: Run) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": not run.errors, "exitCode": run.exit_code}
    if run.errors:
        invocation["toolExecutionNotifications"] = [_notification(message) for message in run.errors]
    if run.ledger.objections:
        told = [f"{each.place}: {each.rule} {each.operation}: {each.message}" for each in run.ledger.objections]
        invocation["toolConfigurationNotifications"] = [_notification(message) for message in told]
    return invocation


def _notification(message: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": message}}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract_tests.reports import sarif
from contract_tests.reports.run import Run
from governance_contract import Contract

SCHEMA = Path(__file__).parents[3] / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def _run(run: Run) -> Any:
    (only,) = json.loads(sarif.render(run))["runs"]
    return only


def _result(run: Run, rule: str) -> Any:
    return next(each for each in _run(run)["results"] if each["ruleId"] == rule)


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the schema of SARIF is not installed; run: npm ci")
@pytest.mark.parametrize("name", ["green", "red", "all_sorts"])
def test_every_report_is_as_the_schema_of_sarif_says(name: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    report = json.loads(sarif.render(request.getfixturevalue(name)))

    jsonschema.Draft4Validator(schema).validate(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate({**report, "runs": [{}]})


def test_a_finding_stands_at_the_line_that_states_its_rule(red: Run, contract: Contract) -> None:
    place = _result(red, "BUD-01")["locations"][0]["physicalLocation"]
    lines = contract.document.text.splitlines()

    assert place["artifactLocation"] == {"uri": "openapi/governance.yaml", "uriBaseId": "%SRCROOT%"}
    assert lines[place["region"]["startLine"] - 1].strip() == "BUD-01:"


def test_every_rule_is_described_and_findings_point_at_theirs(all_sorts: Run, contract: Contract) -> None:
    rules = _run(all_sorts)["tool"]["driver"]["rules"]

    assert [each["id"] for each in rules] == [rule.id for rule in contract.rules]
    assert all(each["help"]["text"] and each["help"]["markdown"] for each in rules)
    for each in _run(all_sorts)["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]


@pytest.mark.parametrize(
    ("rule", "level"), [("BUD-01", "error"), ("BUD-05", "warning"), ("LIST-01", "note"), ("REQ-01", "error")]
)
def test_the_level_follows_that_of_the_finding_and_a_flaky_one_is_a_note(rule: str, level: str, all_sorts: Run) -> None:
    assert _result(all_sorts, rule)["level"] == level


def test_an_accepted_finding_is_suppressed_with_its_reason(all_sorts: Run) -> None:
    (suppression,) = _result(all_sorts, "REQ-01")["suppressions"]

    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "known since May (team-a, until 2027-01-31)"


def test_a_fingerprint_is_the_same_in_every_run(red: Run, all_sorts: Run) -> None:
    fingerprints = [_result(run, "BUD-01")["partialFingerprints"] for run in (red, all_sorts)]

    assert fingerprints[0] == fingerprints[1] == {"ruleOperationPointerKind/v2": "73f2b1582716f6a2"}


def test_what_is_wrong_with_the_run_itself_is_a_notification(all_sorts: Run, green: Run) -> None:
    (invocation,) = _run(all_sorts)["invocations"]

    assert not invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"]
    assert "known.yaml:7" in invocation["toolConfigurationNotifications"][0]["message"]["text"]
    assert _run(green)["invocations"] == [{"executionSuccessful": True, "exitCode": 0}]

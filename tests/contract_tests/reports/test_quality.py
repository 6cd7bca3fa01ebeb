from __future__ import annotations

import json
from typing import Any

import jsonschema

from contract_tests.reports import quality
from contract_tests.reports.run import Run
from governance_contract import Contract

FORMAT = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {"path": {"type": "string", "pattern": "^[^/.]"}, "lines": {"required": ["begin"]}},
            },
        },
    },
}
"""What GitLab documents of the format."""


def issues(run: Run) -> Any:
    return json.loads(quality.render(run))


def test_every_finding_is_an_issue_as_gitlab_reads_it(all_sorts: Run) -> None:
    found = issues(all_sorts)
    jsonschema.validate(found, FORMAT)
    assert len(found) == len(all_sorts.findings)
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_a_green_run_has_no_issues(green: Run) -> None:
    assert issues(green) == []


def test_an_issue_stands_at_the_line_that_states_its_rule(red: Run, contract: Contract) -> None:
    (issue,) = issues(red)
    line = contract.document.text.splitlines()[issue["location"]["lines"]["begin"] - 1]
    assert (line.strip(), issue["check_name"], issue["severity"]) == ("BUD-01:", "BUD-01", "blocker")


def test_what_does_not_fail_the_run_blocks_nothing(all_sorts: Run) -> None:
    severities = {each["check_name"]: each["severity"] for each in issues(all_sorts)}
    assert severities["REQ-01"] == "info", "an accepted finding"
    assert severities["BUD-05"] == "minor", "a warning"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contract_tests.errors import UsageError
from contract_tests.formats import REPORT
from contract_tests.reports import machine
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import exchanged, probe, run_of

SCHEMA = json.loads(machine.SCHEMA.read_text(encoding="utf-8"))


def _report(run: Run) -> Any:
    report = json.loads(machine.render(run))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)
    return report


@pytest.mark.parametrize("name", ["green", "red", "all_sorts"])
def test_every_report_is_as_its_schema_says(name: str, request: pytest.FixtureRequest) -> None:
    _report(request.getfixturevalue(name))


def test_the_schema_is_a_schema_and_refuses_what_is_none_of_its_reports(green: Run) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({**machine.as_json(green), "errors": None})


def test_the_report_has_every_rule_and_every_finding_with_what_became_of_it(all_sorts: Run, contract: Contract) -> None:
    report = _report(all_sorts)

    assert [each["id"] for each in report["rules"]] == [rule.id for rule in contract.rules]
    outcomes = {each["rule"]: each["outcome"] for each in report["findings"]}
    assert outcomes == {
        "BUD-01": "fail", "REQ-07": "fail", "BUD-05": "warn", "REQ-01": "accepted", "LIST-01": "flaky",
    }  # fmt: skip
    assert report["verdict"]["exit_code"] == 1
    assert [each["rule"] for each in report["beside"]] == ["IDN-01"]
    assert {each["probe"] for each in report["findings"]} == {"p"}
    assert report["baseline"][0]["place"] == "known.yaml:7"


def test_a_rule_on_an_operation_that_nothing_looked_at_says_so(red: Run) -> None:
    rules = {each["id"]: each for each in _report(red)["rules"]}

    update = rules["BUD-01"]["operations"]["updateModelConfig"]
    assert update == {
        "outcome": "not exercised",
        "reason": "nothing looked at this operation alone; the rule was exercised on createModelConfig",
    }
    assert rules["BUD-02"]["reason"] == "not selected by --profile, --layers or --rules"


def test_two_runs_of_equal_answers_differ_in_their_times_alone(contract: Contract) -> None:
    reports = [_report(run_of(contract, exchanged(seconds), probe())) for seconds in (0.001, 0.002)]

    assert reports[0].pop("timing") != reports[1].pop("timing")
    assert reports[0] == reports[1]


def test_what_is_no_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for text in ("{", "[]", json.dumps({"version": REPORT}), "\xff"):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(UsageError, match="is no report of this suite"):
            machine.read_report(path)


def test_a_report_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"version": "1.0"}), encoding="utf-8")

    with pytest.raises(UsageError, match=r"a report of version 1\.0; .*: run again with --json FILE"):
        machine.read_report(path)

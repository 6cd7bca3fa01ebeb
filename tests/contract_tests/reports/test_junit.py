from __future__ import annotations

from xml.etree import ElementTree as ET

import junitparser
import pytest

from contract_tests.reports import junit
from contract_tests.reports.run import Run

# The elements that Jenkins and Surefire know, with their attributes; a trailing star marks the required ones.
KNOWN = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name*", "tests*", "failures*", "errors*", "skipped"},
    "properties": set(),
    "property": {"name*", "value"},
    "testcase": {"name*", "classname*"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}


def _suites(run: Run) -> dict[str, junitparser.TestSuite]:
    return {suite.name: suite for suite in junitparser.JUnitXml.fromstring(junit.render(run).encode())}


def _case(run: Run, operation: str, rule: str) -> junitparser.TestCase:
    return next(case for case in _suites(run)[operation] if case.name.startswith(f"{rule} "))


@pytest.mark.parametrize("name", ["green", "red", "all_sorts"])
def test_nothing_stands_in_the_report_but_what_ci_servers_know(name: str, request: pytest.FixtureRequest) -> None:
    root = ET.fromstring(junit.render(request.getfixturevalue(name)))  # noqa: S314 - our own text

    for element in root.iter():
        known = KNOWN[element.tag]
        assert set(element.attrib) <= {attribute.rstrip("*") for attribute in known}
        assert {attribute[:-1] for attribute in known if attribute.endswith("*")} <= set(element.attrib)


def test_a_rule_is_a_case_on_each_of_its_operations(green: Run) -> None:
    suites = _suites(green)

    assert set(suites) == set(green.operations)
    assert sum(suite.tests for suite in suites.values()) == len(green.cells)
    assert _case(green, "createModelConfig", "BUD-01").is_passed
    names = [(case.classname, case.name) for suite in suites.values() for case in suite]
    assert len(names) == len(set(names))


def test_a_finding_is_a_failure_with_its_full_text(red: Run) -> None:
    (failure,) = _case(red, "createModelConfig", "BUD-01").result

    assert isinstance(failure, junitparser.Failure)
    assert failure.message == "a request is accepted that breaks unique_by at /budgets"
    assert failure.text is not None
    assert "curl -sS x" in failure.text


def test_what_was_not_exercised_is_skipped_with_its_reason(all_sorts: Run) -> None:
    (skipped,) = _case(all_sorts, "createModelConfig", "AUTH-05").result

    assert isinstance(skipped, junitparser.Skipped)
    assert "pass --virtual-key-id" in str(skipped.message)


def test_an_accepted_finding_is_skipped_and_told(all_sorts: Run) -> None:
    case = _case(all_sorts, "createModelConfig", "REQ-01")

    assert case.result[0].message == "accepted until 2027-01-31 by team-a: known since May"
    assert "found     a request is accepted that breaks required at /model_name" in str(case.system_out)


def test_a_warning_passes_and_is_told(all_sorts: Run) -> None:
    case = _case(all_sorts, "createModelConfig", "BUD-05")

    assert case.is_passed
    assert "warn:" in str(case.system_out)


def test_an_error_of_the_suite_and_a_baseline_that_does_not_fit_have_cases_of_their_own(all_sorts: Run) -> None:
    own = _suites(all_sorts)["contract-tests"]

    assert (own.tests, own.errors, own.failures) == (3, 2, 1)


def test_the_counts_of_the_whole_are_the_sums_of_its_suites(all_sorts: Run) -> None:
    report = junitparser.JUnitXml.fromstring(junit.render(all_sorts).encode())
    told = [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in report]

    assert (report.tests, report.failures, report.errors, report.skipped) == tuple(map(sum, zip(*told, strict=True)))
    report.update_statistics()  # type: ignore[no-untyped-call]
    assert [(suite.tests, suite.failures, suite.errors, suite.skipped) for suite in report] == told


def test_a_report_holds_no_times(red: Run) -> None:
    assert "time" not in {name for element in ET.fromstring(junit.render(red)).iter() for name in element.attrib}  # noqa: S314

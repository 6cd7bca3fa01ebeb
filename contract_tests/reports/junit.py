"""The report for CI servers: JUnit XML with a test case for each rule on each operation; it holds no times."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from contract_tests.finding import as_text
from contract_tests.outcomes import Outcome
from contract_tests.reports.run import Cell, Run
from contract_tests.reports.visible import visible

_SKIPPED = frozenset({Outcome.SKIPPED, Outcome.NOT_EXERCISED, Outcome.ACCEPTED})


def render(run: Run) -> str:
    """Return the report: a suite for each operation, and one for what was wrong with the run itself."""
    suites = [_suite(run, operation) for operation in run.operations]
    own = _own(run)
    root = ET.Element("testsuites", {"name": "contract-tests", **_counts([*suites, own])})
    root.extend([*suites, *([own] if len(own) else [])])
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(run: Run, operation: str) -> ET.Element:
    suite = ET.Element("testsuite", name=operation)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(run).items():
        ET.SubElement(properties, "property", name=name, value=visible(value))
    cases = [_case(run, cell) for cell in run.cells if cell.operation == operation]
    suite.extend(cases)
    suite.attrib |= _counts([suite])
    return suite


def _properties(run: Run) -> dict[str, str]:
    started = run.started
    return {
        "target": started.target,
        "profile": started.profile,
        "seed": str(started.seed),
        "document": f"{started.document.title} {started.document.version}",
        "kit": started.versions.get("governance-contract-kit", ""),
    }


def _case(run: Run, cell: Cell) -> ET.Element:
    rule = cell.rule
    case = ET.Element("testcase", classname=cell.operation, name=visible(f"{rule.id} {rule.level} {rule.statement}"))
    if cell.outcome is Outcome.FAIL:
        first = cell.findings[0]
        failure = ET.SubElement(case, "failure", message=visible(first.label), type=rule.level)
        failure.text = visible(_full(run, cell))
    elif cell.outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=visible(_why_skipped(run, cell)))
    if cell.findings and cell.outcome is not Outcome.FAIL:
        ET.SubElement(case, "system-out").text = visible(f"{cell.outcome}:\n{_full(run, cell)}")
    return case


def _full(run: Run, cell: Cell) -> str:
    """Return all findings of a cell in full."""
    accepted = run.ledger.accepted
    shown = [each for each in cell.findings if each.key not in accepted] or cell.findings
    return "\n\n".join(as_text([finding], cell.rule) for finding in shown)


def _why_skipped(run: Run, cell: Cell) -> str:
    if cell.outcome is not Outcome.ACCEPTED:
        return f"{cell.outcome}: {cell.reason}"
    accepted = run.ledger.accepted[cell.findings[0].key]
    return f"accepted until {accepted.expires} by {accepted.owner}: {accepted.reason}"


def _own(run: Run) -> ET.Element:
    """Return the suite of what is no rule of the contract: errors of the suite, and a baseline that no longer fits."""
    suite = ET.Element("testsuite", name="contract-tests")
    for number, message in enumerate(run.errors, start=1):
        case = ET.SubElement(suite, "testcase", classname="contract-tests", name=f"the suite can judge ({number})")
        ET.SubElement(case, "error", message=visible(message), type="SuiteError").text = visible(message)
    for each in run.ledger.objections:
        name = visible(f"baseline {each.place}: {each.rule} {each.operation}")
        case = ET.SubElement(suite, "testcase", classname="contract-tests", name=name)
        ET.SubElement(case, "failure", message=visible(each.message), type="baseline").text = visible(each.message)
    suite.attrib |= _counts([suite])
    return suite


def _counts(suites: Sequence[ET.Element]) -> dict[str, str]:
    names = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    return {name: str(sum(len(list(suite.iter(tag))) for suite in suites)) for name, tag in names.items()}

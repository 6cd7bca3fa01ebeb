"""Cases written by hand from the contract, as data: what is sent, and whether it must be accepted or refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, LIST, UPDATE, Exam
from contract_tests.layers.registry import PROBES
from contract_tests.layers.replay import TARGETS, replay
from contract_tests.probe import Probe
from contract_tests.rules import ECHO, ECHOES, UPDATE_ECHOES
from contract_tests.samples import RUN
from governance_contract.fixtures import fixture_names, read_fixture


def register() -> None:
    """Register one probe for each file of cases."""
    for name in fixture_names("cases"):
        PROBES.add(probe_of(name, read_fixture("cases", name).value))


def probe_of(name: str, content: Mapping[str, Any]) -> Probe:
    """Return the probe that sends the cases of one file."""
    cases = content["cases"]
    rules = tuple(dict.fromkeys(rule for case in cases for rule in (case["rule"], *_rules_beside(case))))

    def probe(exam: Exam) -> None:
        run_cases(exam, cases)

    return Probe(f"cases of {name}", rules, "cases", content.get("profile", "gate"), probe)


def _rules_beside(case: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rules that a case exercises beside its own: those of what it sends and, as a story, of its effects."""
    is_refused = case["expect"] == "refused"
    if case["expect"] == "accepted" and case["operation"] in (CREATE, UPDATE):
        yield from UPDATE_ECHOES if case["operation"] == UPDATE else ECHOES
    if is_story(case) and case["expect"] != "documented":
        yield from ("LIFE-01", "LIFE-02", "LIFE-04", "LIST-01", ECHO, *(() if is_refused else ("PUT-01",)))


def run_cases(exam: Exam, cases: list[dict[str, Any]]) -> None:
    """Carry out each case with configs of its own; a case whose scope target is unknown is left out."""
    missing = []
    for case in cases:
        with exam.story():
            try:
                (replay if is_story(case) else run_case)(exam, case)
            except NotApplicable as error:
                missing.append(str(error))
    if missing and len(missing) == len(cases):
        raise NotApplicable(missing[0])


def is_story(case: Mapping[str, Any]) -> bool:
    """Return whether a case speaks of requests before, or of names and configs of its own."""
    return bool({"before", "config", "id"} & case.keys()) or RUN in repr(case) or case["expect"] == "documented"


def run_case(exam: Exam, case: Mapping[str, Any]) -> None:
    """Send what a case says, on a config of its own where it needs one, and remove what was created."""
    operation_id = case["operation"]
    given = None
    if operation_id == UPDATE:
        given = exam.create(exam.filled(case["given"])) if "given" in case else exam.subject()
    body = _targeted(exam, case.get("body"))
    options: dict[str, Any] = {"query": case["query"]} if operation_id == LIST else {"body": exam.filled(body)}
    if "raw" in case:
        options = {"raw": case["raw"].encode()}
    answer = exam.send(operation_id, given["id"] if given else None, **options)
    if operation_id == CREATE:
        exam.remove_created(answer)
    if given and "given" in case:
        exam.remove(given["id"])


def _targeted(exam: Exam, body: Any) -> Any:
    if isinstance(body, dict) and body.get("scope_id") in TARGETS:
        return {**body, "scope_id": exam.need_scope(TARGETS[body["scope_id"]])}
    return body

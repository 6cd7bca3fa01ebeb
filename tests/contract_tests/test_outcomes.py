from __future__ import annotations

import pytest

from contract_tests.finding import Finding
from contract_tests.outcomes import Ledger, Outcome, is_fatal
from contract_tests.reports.events import Accepted, Found, Objected
from governance_contract import Contract

RULES = {"MUST": "BUD-01", "SHOULD": "BUD-05"}


def _ledger(level: str | None = None, *, flaky: bool = False, exercised: bool = True) -> Ledger:
    ledger = Ledger(selected={"BUD-01"}, exercised={"BUD-01"} if exercised else set())
    if level:
        found = [Finding(RULES[level], "createModelConfig", level, "read", "400", "200", "/x")]
        for finding in found:
            ledger.take_in(Found("p", finding, flaky))
    return ledger


CASES = {
    "nothing found is green": (_ledger(), "must", 0),
    "a MUST is red": (_ledger("MUST"), "must", 1),
    "a SHOULD warns": (_ledger("SHOULD"), "must", 0),
    "a SHOULD is red where asked": (_ledger("SHOULD"), "should", 1),
    "a MUST that is only flaky is no verdict": (_ledger("MUST", flaky=True), "must", 2),
    "a SHOULD that is only flaky is green": (_ledger("SHOULD", flaky=True), "must", 0),
    "a SHOULD that is only flaky is no verdict where asked": (_ledger("SHOULD", flaky=True), "should", 2),
    "a selected MUST that nothing exercised is no verdict": (_ledger(exercised=False), "must", 2),
    "nothing at all is no verdict": (Ledger(), "must", 2),
    "an error is no verdict": (Ledger(exercised={"BUD-01"}, errors=["gone"]), "must", 2),
}


@pytest.mark.parametrize("name", CASES)
def test_the_exit_code_follows_from_the_ledger(name: str, contract: Contract) -> None:
    ledger, gate, code = CASES[name]

    assert ledger.exit_code(contract.rules, gate) == code


def test_every_outcome_is_told_apart(contract: Contract) -> None:
    rule = contract.rules["BUD-01"]

    assert _ledger().outcome(rule, "must") is Outcome.PASS
    assert _ledger("MUST").outcome(rule, "must") is Outcome.FAIL
    assert _ledger("MUST", flaky=True).outcome(rule, "must") is Outcome.FLAKY
    assert _ledger(exercised=False).outcome(rule, "must") is Outcome.NOT_EXERCISED
    assert Ledger().outcome(rule, "must") is Outcome.SKIPPED
    assert _ledger("SHOULD").outcome(contract.rules["BUD-05"], "must") is Outcome.WARN


def test_the_first_finding_of_a_key_stays() -> None:
    ledger = _ledger("MUST")
    ledger.take_in(Found("q", Finding("BUD-01", "createModelConfig", "MUST", "read", "400", "another", "/x")))

    assert [each.received for each in ledger.findings.values()] == ["200"]


def _accepting(ledger: Ledger, pointer: str = "/x") -> Ledger:
    ledger.take_in(Accepted("BUD-01", "createModelConfig", pointer, "read", "known", "team", "2027-01-01"))
    return ledger


def test_an_accepted_finding_is_told_and_does_not_fail_the_run(contract: Contract) -> None:
    accepted, another = _accepting(_ledger("MUST")), _accepting(_ledger("MUST"), "/y")

    assert accepted.outcome(contract.rules["BUD-01"], "must") is Outcome.ACCEPTED
    assert accepted.exit_code(contract.rules, "must") == 0
    assert another.exit_code(contract.rules, "must") == 1


def test_an_accepted_finding_may_flicker(contract: Contract) -> None:
    accepted, another = _accepting(_ledger("MUST", flaky=True)), _accepting(_ledger("MUST", flaky=True), "/y")

    assert accepted.exit_code(contract.rules, "must") == 0
    assert another.exit_code(contract.rules, "must") == 2


def test_what_was_confirmed_elsewhere_is_settled() -> None:
    ledger = _ledger("MUST", flaky=True)
    assert [each.pointer for each in ledger.unsettled("must")] == ["/x"]

    ledger.take_in(Found("q", Finding("BUD-01", "createModelConfig", "MUST", "read", "400", "200", "/y")))

    assert ledger.unsettled("must") == []


def test_an_entry_of_the_baseline_that_no_longer_fits_fails_the_run(contract: Contract) -> None:
    ledger = _ledger()
    ledger.take_in(Objected("BUD-01", "createModelConfig", "known.yaml:3", "expired"))

    assert ledger.exit_code(contract.rules, "must") == 1


def test_a_rule_has_an_outcome_on_each_operation(contract: Contract) -> None:
    rule = contract.rules["BUD-01"]
    ledger = _ledger("MUST")
    ledger.cells.add(("BUD-01", "updateModelConfig"))

    assert ledger.outcome(rule, "must", "createModelConfig") is Outcome.FAIL
    assert ledger.outcome(rule, "must", "updateModelConfig") is Outcome.PASS
    assert ledger.outcome(rule, "must", "deleteModelConfig") is Outcome.NOT_EXERCISED


def test_may_is_never_fatal() -> None:
    assert not is_fatal("MAY", "should")

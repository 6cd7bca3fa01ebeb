from __future__ import annotations

from typing import Any

from contract_tests.finding import Finding
from contract_tests.options import read_options
from contract_tests.outcomes import Ledger
from contract_tests.summary import as_json, write_summary
from governance_contract import Contract

FINDING = Finding("BUD-01", "createModelConfig", "MUST", "equal durations: accepted", "status 400", "200 {}", "curl x")


class Terminal:
    """Keeps the lines that it is told to write."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(title)

    def write_line(self, line: str) -> None:
        self.lines.append(line)


def _written(contract: Contract, ledger: Ledger, untried: dict[str, str] | None = None, **options: Any) -> str:
    terminal = Terminal()
    write_summary(terminal, ledger, contract.rules, read_options(options), untried or {})
    return "\n".join(terminal.lines)


def test_a_finding_stands_in_full_below_the_table(contract: Contract) -> None:
    ledger = Ledger(selected={"BUD-01"}, exercised={"BUD-01"}, requests={"p": 3})
    ledger.add_findings([FINDING])

    text = _written(contract, ledger)

    assert "BUD-01   MUST   fail" in text
    assert "found     equal durations: accepted" in text
    assert text.endswith("3 requests, seed 0")


def test_what_was_not_exercised_says_what_to_pass(contract: Contract) -> None:
    ledger = Ledger(selected={"AUTH-05"}, exercised={"BUD-01"}, reasons={"AUTH-05": "pass --virtual-key-id"})

    assert "not exercised: AUTH-05: pass --virtual-key-id" in _written(contract, ledger)


def test_an_error_is_said_once_and_not_drowned_by_what_follows_from_it(contract: Contract) -> None:
    text = _written(contract, Ledger(selected={"BUD-01"}, errors=["gone", "gone"]))

    assert text.count("the suite could not judge: gone") == 1
    assert "not exercised: BUD-01:" not in text


def test_a_run_that_exercised_nothing_says_so(contract: Contract) -> None:
    assert "nothing that ran exercised a rule" in _written(contract, Ledger())


def test_a_run_that_only_reads_and_what_it_left_out_are_named(contract: Contract) -> None:
    text = _written(contract, Ledger(exercised={"LIST-01"}), {"a": "writes", "b": "writes"}, read_only=True)

    assert "read-only: nothing was written" in text
    assert "2 probes not tried: writes" in text


def test_the_report_for_machines_has_every_rule_and_every_finding(contract: Contract) -> None:
    ledger = Ledger(exercised={"BUD-01"})
    ledger.add_findings([FINDING])

    report = as_json(ledger, contract.rules, "must")

    assert [each["id"] for each in report["rules"]] == [rule.id for rule in contract.rules]
    assert report["findings"][0]["script"] == "curl x"

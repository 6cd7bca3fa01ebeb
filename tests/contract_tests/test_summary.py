from __future__ import annotations

from contract_tests.reports.events import Event, Failed, Found
from contract_tests.reports.run import Run
from contract_tests.summary import write_summary
from governance_contract import Contract
from tests.contract_tests.runs import FINDING, accepted, found, probe, run_of


class Terminal:
    """Keeps what it is told to write."""

    def __init__(self, *, hasmarkup: bool = False) -> None:
        self.lines: list[str] = []
        self.hasmarkup = hasmarkup

    def section(self, title: str) -> None:
        self.lines.append(title)

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def write(self, text: str) -> None:
        self.lines.append(text)


def _text(run: Run) -> str:
    terminal = Terminal()
    write_summary(terminal, run)
    return "\n".join(terminal.lines)


def _written(contract: Contract, *events: Event, **options: object) -> str:
    return _text(run_of(contract, *events, **options))


def test_a_finding_stands_in_full_below_the_table(contract: Contract) -> None:
    text = _written(contract, *found(FINDING), probe())

    assert "BUD-01   MUST   fail" in text
    assert "found     a request is accepted that breaks unique_by at /budgets" in text
    assert text.endswith("3 requests, seed 0")


def test_what_was_not_exercised_says_what_to_pass(contract: Contract) -> None:
    text = _written(contract, probe("p"), probe("q", ("AUTH-05",), reason="pass --virtual-key-id"))

    assert "not exercised: AUTH-05: pass --virtual-key-id" in text


def test_an_error_is_said_once_and_not_drowned_by_what_follows_from_it(contract: Contract) -> None:
    text = _written(contract, Failed("p", "gone"), Failed("q", "gone"), probe(reason="gone"))

    assert text.count("the suite could not judge: gone") == 1
    assert "not exercised: BUD-01:" not in text


def test_a_run_that_exercised_nothing_says_so(contract: Contract) -> None:
    assert "nothing that ran exercised a rule" in _written(contract)


def test_a_run_that_only_reads_and_what_it_left_out_are_named(contract: Contract) -> None:
    left_out = [probe(name, reason="writes", untried=True) for name in ("a", "b")]

    text = _written(contract, probe("p", ("LIST-01",)), *left_out, read_only=True)

    assert "read-only: nothing was written" in text
    assert "2 probes not tried: writes" in text


def test_an_accepted_finding_is_named_with_who_answers_for_it(contract: Contract) -> None:
    text = _written(contract, *found(FINDING), accepted(FINDING), probe())

    assert "BUD-01   MUST   accepted" in text
    assert "accepted: BUD-01 (createModelConfig): 1 finding, until 2027-01-31 by team-a: known since May" in text


def test_a_finding_of_a_rule_that_was_not_selected_is_named_and_does_not_count(contract: Contract) -> None:
    run = run_of(contract, Found("p", FINDING, is_beside=True), probe("p", ("LIST-01",)))

    assert f"beside: BUD-01 (createModelConfig): {FINDING.label}; not selected" in _text(run)
    assert run.exit_code == 0


def test_a_terminal_with_colours_gets_them_and_another_does_not(contract: Contract) -> None:
    run = run_of(contract, *found(FINDING), probe())
    coloured = Terminal(hasmarkup=True)
    write_summary(coloured, run)

    assert "\x1b[" in coloured.lines[-1]
    assert "\x1b" not in _text(run)

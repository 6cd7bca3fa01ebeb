from __future__ import annotations

import re

from contract_tests.reports.events import Event
from contract_tests.terminal import rendered
from governance_contract import Contract
from tests.contract_tests.runs import FINDING, NASTY_FINDING, found, probe, run_of


def _text(contract: Contract, *events: Event, width: int = 100) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", rendered(run_of(contract, *events), ("a remark [bold]as it is[/]",), width))


def test_every_rule_that_was_judged_has_a_row_and_every_broken_one_a_panel(contract: Contract) -> None:
    text = _text(contract, *found(FINDING), probe("p", ("BUD-01", "BUD-02")))

    assert re.search(r"BUD-01 +MUST +✗ fail", text)
    assert re.search(r"BUD-02 +MUST +✓ pass", text)
    assert "BUD-03" not in text
    assert "─ BUD-01 MUST on createModelConfig ─" in text
    assert re.search(r"expected +status 400", text)
    assert f"{len(contract.rules)} rules: " in text


def test_commands_stand_outside_the_frame_in_one_line(contract: Contract) -> None:
    finding = FINDING.__class__("BUD-01", "createModelConfig", "MUST", "read", "400", "200", "", f"curl {'a' * 300}")

    assert f"\ncurl {'a' * 300}\n" in _text(contract, *found(finding), probe())


def test_nothing_of_the_target_reaches_the_terminal_as_a_command(contract: Contract) -> None:
    raw = rendered(run_of(contract, *found(NASTY_FINDING), probe()), (), 100)

    assert "\x00" not in raw
    assert "\\u0000" in raw


def test_a_remark_is_text_and_no_markup(contract: Contract) -> None:
    assert "a remark [bold]as it is[/]" in _text(contract, probe())


def test_no_line_is_wider_than_the_terminal(contract: Contract) -> None:
    assert max(map(len, _text(contract, *found(FINDING), probe(), width=60).splitlines())) <= 60

from __future__ import annotations

from contract_tests.finding import Finding
from contract_tests.reports import markdown
from contract_tests.reports.comparison import compared
from contract_tests.reports.events import Found, Objected
from contract_tests.reports.machine import as_json
from contract_tests.reports.run import Run
from governance_contract import Contract
from tests.contract_tests.runs import FINDING, found, probe, run_of


def test_the_first_line_is_the_verdict(green: Run, red: Run, contract: Contract) -> None:
    stale = run_of(contract, probe(), Objected("BUD-01", "createModelConfig", "known.yaml:3", "expired"))
    headlines = [markdown.render(run).splitlines()[0] for run in (green, red, run_of(contract), stale)]

    assert headlines == [
        "## ✅ The contract is kept",
        "## ❌ The contract is broken",
        "## ▫️ No judgement was possible",
        "## ❌ The baseline no longer fits",
    ]


def test_a_green_run_is_short(green: Run) -> None:
    assert len(markdown.render(green).splitlines()) < 8


def test_every_finding_has_a_row_and_its_details(all_sorts: Run) -> None:
    text = markdown.render(all_sorts)

    told = "a request is accepted that breaks"
    assert f"| ❌ fail | **BUD-01** MUST | `createModelConfig` | {told} unique\\_by at /budgets |" in text
    assert f"| ☑️ accepted | **REQ-01** MUST | `createModelConfig` | {told} required at /model\\_name |" in text
    assert "Accepted until 2027-01-31 by team-a: known since May" in text
    assert "```sh\ncurl -sS x\n```" in text


def test_nothing_of_the_target_is_markup(all_sorts: Run) -> None:
    outside = [part for place, part in enumerate(markdown.render(all_sorts).split("```")) if place % 2 == 0]

    assert not any("<script>" in part or "\x00" in part for part in outside)
    assert "&lt;script&gt;alert('x')&lt;/script&gt; &amp; \"quotes\" \\| \\`ticks\\`\\\\u0000" in outside[0]


def test_a_fence_is_longer_than_any_in_what_it_holds(contract: Contract) -> None:
    finding = Finding("BUD-01", "createModelConfig", "MUST", "read", "400", "````\n# big", "")

    text = markdown.render(run_of(contract, Found("p", finding), probe()))

    assert "`````text\n" in text
    assert "\n`````\n" in text


def test_what_was_not_exercised_is_grouped_by_reason(all_sorts: Run) -> None:
    text = markdown.render(all_sorts)

    assert "- no virtual\\_key was found; pass --virtual-key-id: AUTH-05\n" in text
    assert "- not tried: deadline: TIME-01\n" in text


def test_what_was_found_beside_is_told(all_sorts: Run) -> None:
    told = "a request is accepted that breaks identity at the body"

    assert f"- IDN-01 on `createModelConfig`: {told}\n" in markdown.render(all_sorts)


def test_findings_of_one_rule_and_operation_are_one_row(contract: Contract) -> None:
    many = [Finding("BUD-01", "createModelConfig", "MUST", "read", "400", "200", f"/w{n}") for n in range(3)]

    text = markdown.render(run_of(contract, *found(*many), probe()))

    assert "| ❌ fail | **BUD-01** MUST | `createModelConfig` | /w0 is not as it was (and 2 more) |" in text
    assert "Also:\n\n- /w1 is not as it was\n- /w2 is not as it was\n" in text
    assert text.count("<details>") == 2


def test_what_changed_is_counted(contract: Contract, green: Run) -> None:
    text = markdown.render(run_of(contract, *found(FINDING), probe(), compared(as_json(green))))

    assert "Findings since the earlier run: 1 new, 0 fixed, 0 still there" in text


def test_a_summary_is_not_endless(contract: Contract) -> None:
    rules = [rule.id for rule in contract.rules][:50]
    many = [Finding(rule, "createModelConfig", "MUST", "read", "400", "200") for rule in rules]

    text = markdown.render(run_of(contract, *found(*many), probe("p", rules)))

    assert text.count("<details>") == 40 + 1
    assert "… and 10 more" in text

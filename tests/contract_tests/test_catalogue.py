from __future__ import annotations

from contract_tests.catalogue import COLUMNS, as_table, as_text, rows
from governance_contract import Contract


def test_there_is_one_row_for_each_rule_in_the_order_of_the_document(contract: Contract) -> None:
    assert [row[0] for row in rows(contract)] == [rule.id for rule in contract.rules]


def test_a_rule_that_bodies_can_break_counts_its_counterexamples_and_another_has_none(contract: Contract) -> None:
    refused = {row[0]: int(row[COLUMNS.index("refused")]) for row in rows(contract)}

    assert refused["BUD-01"] > 0
    assert refused["AUTH-01"] == 0


def test_the_columns_of_the_table_stand_below_each_other() -> None:
    heading, *lines = as_table().splitlines()

    assert {line[heading.index("level") - 1] for line in lines} == {" "}


def test_the_text_of_a_rule_has_its_refusal_what_it_leaves_open_and_its_probes() -> None:
    text = as_text(("BUD-06", "IDN-01"))

    assert text.startswith("BUD-06 MUST: ")
    assert "leaves open   more may be accepted than the document does" in text
    assert "refused with  409, 400 tolerated" in text
    assert "probe         probes: BUD-06 refused by createModelConfig" in text

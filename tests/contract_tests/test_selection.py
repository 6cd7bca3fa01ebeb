from __future__ import annotations

import re

import pytest

from contract_tests.exam import CREATE, UPDATE
from contract_tests.layers.refusals import refused_rules
from contract_tests.selection import economical
from governance_contract import Contract
from governance_contract.counterexamples import Counterexample


def _all() -> dict[str, list[Counterexample]]:
    found = {operation_id: refused_rules(operation_id) for operation_id in (CREATE, UPDATE)}
    return {key: [each for listed in by_rule.values() for each in listed] for key, by_rule in found.items()}


def test_a_selection_is_smaller_keeps_the_order_and_loses_no_rule_of_any_operation() -> None:
    found = _all()

    kept = economical(found, seed=1)

    for operation_id, listed in found.items():
        few = kept[operation_id]
        assert 0 < len(few) < len(listed)
        assert few == [each for each in listed if any(each is other for other in few)]
        assert {each.rule for each in few} == {each.rule for each in listed}


def test_a_seed_selects_the_same_again_and_another_seed_something_else() -> None:
    found = _all()

    def labels(seed: int) -> list[str]:
        return [each.label for each in economical(found, seed)[CREATE]]

    assert labels(1) == labels(1)
    assert any(labels(1) != labels(seed) for seed in range(2, 6))


@pytest.mark.parametrize("seed", range(3))
def test_every_text_that_is_no_duration_is_sent_somewhere(contract: Contract, seed: int) -> None:
    texts = contract.document.schema("Duration").value["x-counterexamples"]
    kept = [each.label for listed in economical(_all(), seed).values() for each in listed]

    assert [text for text in texts if not any(label.endswith(f": {text!r}") for label in kept)] == []


@pytest.mark.parametrize("seed", range(3))
def test_every_member_is_sent_true_and_an_array_or_object_somewhere(seed: int) -> None:
    kept = [each for listed in economical(_all(), seed).values() for each in listed]

    for wrong in ("true", "(an (empty )?array|one entry|an (empty )?object)"):
        places = {re.sub(r"/\d+", "/*", each.pointer) for each in kept if re.search(f": {wrong} instead", each.label)}
        assert {"/model_name", "/provider", "/budgets", "/budgets/*", "/budgets/*/max_limit", "/rate_limit"} <= places


def test_nothing_is_selected_of_nothing() -> None:
    assert economical({CREATE: []}, 0) == {CREATE: []}

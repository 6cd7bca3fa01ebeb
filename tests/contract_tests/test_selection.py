from __future__ import annotations

from contract_tests import samples
from contract_tests.exam import CREATE
from contract_tests.selection import economical
from governance_contract import Contract
from governance_contract.counterexamples import Counterexample


def _all(contract: Contract) -> list[Counterexample]:
    operation = contract.operations[CREATE]
    return list(contract.counterexamples(operation, samples.rich(contract, operation)))


def test_a_selection_is_smaller_keeps_the_order_and_loses_no_rule(contract: Contract) -> None:
    found = _all(contract)

    kept = economical(found, seed=1)

    assert 0 < len(kept) < len(found)
    assert kept == [each for each in found if any(each is other for other in kept)]
    assert {each.rule for each in kept} == {each.rule for each in found}


def test_a_seed_selects_the_same_again_and_another_seed_something_else(contract: Contract) -> None:
    found = _all(contract)

    def labels(seed: int) -> list[str]:
        return [each.label for each in economical(found, seed)]

    assert labels(1) == labels(1)
    assert any(labels(1) != labels(seed) for seed in range(2, 6))


def test_a_smaller_share_sends_less_but_something_of_each_rule(contract: Contract) -> None:
    found = _all(contract)
    few = economical(found, 0, share=0.1)

    assert len(few) < len(economical(found, 0))
    assert {each.rule for each in few} == {each.rule for each in found}


def test_nothing_is_selected_of_nothing() -> None:
    assert economical([], 0) == []

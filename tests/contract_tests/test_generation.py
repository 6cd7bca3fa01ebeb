from __future__ import annotations

import pytest

from contract_tests.exam import CREATE, LIST
from contract_tests.generation import Generator, has_body
from governance_contract import Contract


@pytest.fixture(scope="module")
def generator(contract: Contract) -> Generator:
    return Generator(contract)


def test_the_same_number_draws_the_same_requests(generator: Generator, contract: Contract) -> None:
    operation = contract.operations[CREATE]

    first, second = ([repr(each.body) for each in generator.fuzzing(operation, 3, 5)] for _ in range(2))

    assert first == second
    assert first


def test_the_enumerated_bodies_are_on_both_sides_of_the_line(generator: Generator, contract: Contract) -> None:
    operation = contract.operations[CREATE]
    bodies = [each.body for each in generator.coverage(operation) if has_body(each)]

    assert {contract.request_validator(operation).is_valid(body) for body in bodies} == {True, False}


def test_a_list_has_no_body(generator: Generator, contract: Contract) -> None:
    assert not any(has_body(each) for each in generator.coverage(contract.operations[LIST]))

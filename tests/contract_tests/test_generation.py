from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.client.target import Target
from contract_tests.exam import CREATE, LIST
from contract_tests.exchange import Call
from contract_tests.generation import Generator, has_body
from governance_contract import Contract
from tests.contract_tests.conftest import Middleware, Served
from tests.contract_tests.test_broken_servers import Ask, Response, middleware


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


def failing(_: dict[str, Any], __: Ask) -> Response:
    return "500 Internal Server Error", [("Content-Type", "application/json")], b"{}"


@pytest.mark.parametrize(("spoilt", "objects"), [(None, False), (middleware(failing), True)])
def test_its_checks_object_to_a_failure_and_not_to_a_right_answer(
    spoilt: Middleware | None,
    objects: bool,
    serve: Callable[..., Served],
    target_of: Callable[..., Target],
    generator: Generator,
    contract: Contract,
) -> None:
    case = next(iter(generator.coverage(contract.operations[LIST])))
    url = serve(spoilt, scenario="empty").url
    exchange = target_of(url).send(Call("GET", contract.operations[LIST].path))

    assert bool(generator.objections(case, url, exchange)) is objects

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests import conformity
from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, LIST
from contract_tests.exchange import Response
from governance_contract import Contract
from tests.contract_tests.conftest import Served

JSON = {"content-type": "application/json"}


def _rules(contract: Contract, operation_id: str, answer: Response) -> set[str]:
    return {each.rule for each in conformity.deviations(contract, contract.operations[operation_id], answer)}


@pytest.fixture
def created(serve: Callable[..., Served]) -> dict[str, Any]:
    budgets = [{"max_limit": 1, "reset_duration": "1d"}]
    value: dict[str, Any] = serve(scenario="empty").ask("POST", json={"model_name": "m", "budgets": budgets}).json()
    return value


def test_a_right_answer_has_no_deviation(created: dict[str, Any], contract: Contract) -> None:
    assert _rules(contract, CREATE, Response(200, JSON, json.dumps(created).encode())) == set()


@pytest.mark.parametrize(
    ("member", "value", "rule"),
    [
        ("created_at", "yesterday", "RESP-04"),
        ("created_at", "2026-01-01T00:00:00", "RESP-04"),
        ("created_at", "2999-01-01T00:00:00Z", "RESP-04"),
        ("id", "", "RESP-03"),
        ("scope", "planet", "RESP-01"),
    ],
)
def test_a_wrong_member_breaks_the_rule_of_that_member(
    member: str, value: str, rule: str, created: dict[str, Any], contract: Contract
) -> None:
    created["model_config"][member] = value

    assert _rules(contract, CREATE, Response(200, JSON, json.dumps(created).encode())) == {rule}


ODD: dict[str, tuple[str, Response, str]] = {
    "a status that is not documented": (LIST, Response(418, JSON, b'{"error": {"message": "x"}}'), "RESP-01"),
    "a failure": (LIST, Response(500, JSON, b'{"error": {"message": "x"}}'), "REQ-09"),
    "another content type": (CREATE, Response(400, {}, b'{"error": {"message": "x"}}'), "RESP-01"),
    "an error without a message": (CREATE, Response(400, JSON, b'{"error": {"message": " "}}'), "RESP-05"),
    "no JSON": (CREATE, Response(200, JSON, b"ok"), "RESP-01"),
    "a list that is none": (LIST, Response(200, JSON, b'{"model_configs": null, "total_count": 0}'), "LIST-01"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_breaks_its_rule(name: str, contract: Contract) -> None:
    operation_id, answer, rule = ODD[name]

    assert rule in _rules(contract, operation_id, answer)


def test_configs_are_found_alone_and_in_lists_and_nowhere_else() -> None:
    assert configs_in(Response(200, {}, b'{"model_config": {"id": "a"}}')) == [{"id": "a"}]
    assert configs_in(Response(200, {}, b'{"model_configs": [{"id": "a"}, 1]}')) == [{"id": "a"}]
    assert configs_in(Response(200, {}, b"[]")) == []

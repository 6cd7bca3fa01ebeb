"""What may have become of a request that failed is kept open, within bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract_tests.exchange import Exchange, Response, json_call
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.oracle import Oracle
from contract_tests.oracle.prediction import common_to, distinct
from contract_tests.oracle.values import UNKNOWN
from governance_contract import Contract
from governance_contract.resources import Resource

PATH = "/api/governance/model-configs"
CONFIG = {
    "id": "a", "model_name": "m", "scope": "global", "calendar_aligned": False, "budgets": [], "rate_limit": None,
    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
}  # fmt: skip


def test_a_state_is_kept_once() -> None:
    assert distinct([{"a": 1}, {"a": UNKNOWN}, {"a": 1}]) == ({"a": 1}, {"a": UNKNOWN})


def test_too_many_states_become_one_that_leaves_open_what_differs() -> None:
    assert distinct({"a": number, "b": 1} for number in range(9)) == ({"a": UNKNOWN, "b": 1},)
    assert common_to([{"a": 1, "b": [1]}, {"a": 1, "b": [2]}]) == {"a": 1, "b": UNKNOWN}


@pytest.mark.parametrize("fields", [("model_name",), ("model_name", "provider")])
def test_requests_that_fail_again_and_again_cost_no_more_each_time(fields: tuple[str, ...], contract: Contract) -> None:
    oracle = Oracle(contract, Credentials("key"), _owns_all)
    made = Response(200, {"content-type": "application/json"}, json.dumps({"model_config": CONFIG}).encode())
    _tell(oracle, Exchange(json_call("POST", PATH, {"model_name": "m"}), made, 1.0, 1.1))
    for number in range(40):
        body = {fields[number % len(fields)]: f"x{number}"}
        _tell(oracle, Exchange(json_call("PUT", f"{PATH}/a", body), Response(500, {}, b""), 2.0 + number, 2.1 + number))

    read = Exchange(json_call("GET", f"{PATH}/a", None), made, 50.0, 50.1)

    assert [each.rule for each in _tell(oracle, read) if not each.holds] == []


def _owns_all(_resource: Resource, _view: Any) -> bool:
    return True


def _tell(oracle: Oracle, exchange: Exchange) -> Any:
    return oracle.judge(exchange, oracle.begin(exchange.call))


def test_simultaneous_requests_that_fail_are_searched_within_bounds(contract: Contract) -> None:
    oracle = Oracle(contract, Credentials("key"), _owns_all)
    made = Response(200, {"content-type": "application/json"}, json.dumps({"model_config": CONFIG}).encode())
    _tell(oracle, Exchange(json_call("POST", PATH, {"model_name": "m"}), made, 1.0, 1.1))
    bodies = [{"model_name": f"m{number}", "provider": f"p{number}"} for number in range(8)]
    failed = Response(500, {}, b"")
    updates = [Exchange(json_call("PUT", f"{PATH}/a", body), failed, 2.0, 3.0) for body in bodies]
    creates = [Exchange(json_call("POST", PATH, body), failed, 4.0, 5.0) for body in bodies]

    observed = [*oracle.judge_simultaneous(updates), *oracle.judge_simultaneous(creates)]

    assert {each.kind for each in observed if not each.holds} == {"status-500"}

from __future__ import annotations

import pytest

from contract_tests import samples
from contract_tests.exam import CREATE, UPDATE
from governance_contract import Contract


@pytest.mark.parametrize("operation_id", [CREATE, UPDATE])
def test_the_rich_body_is_valid_and_has_every_documented_member(operation_id: str, contract: Contract) -> None:
    operation = contract.operations[operation_id]
    body = samples.rich(contract, operation)

    assert list(contract.request_validator(operation).violations(body)) == []
    assert {"model_name", "provider", "budgets", "rate_limit"} <= set(body)
    assert len({entry["reset_duration"] for entry in body["budgets"]}) == len(body["budgets"]) > 1


def test_the_smallest_body_is_valid_and_loses_its_validity_with_any_member(contract: Contract) -> None:
    validator = contract.request_validator(contract.operations[CREATE])

    assert validator.is_valid(samples.smallest())
    assert not validator.is_valid({})


def test_placeholders_are_filled_at_any_depth_and_nothing_else_is() -> None:
    assert samples.filled({"a": ["@name", 1], "b": "@named"}, {"@name": "x"}) == {"a": ["x", 1], "b": "@named"}

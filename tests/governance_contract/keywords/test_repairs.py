"""Values of generators are brought to keep what generators do not know, at every place of a body."""

from __future__ import annotations

from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.repairs import repaired

DAY, HOUR = {"max_limit": 1, "reset_duration": "1d"}, {"max_limit": 1, "reset_duration": "1h"}


@pytest.mark.parametrize(
    ("drawn", "kept"),
    [
        ({"model_name": "a"}, {"model_name": "a"}),
        ({"model_name": "a", "budgets": [DAY, HOUR, DAY]}, {"model_name": "a", "budgets": [DAY, HOUR]}),
        ({"model_name": "a", "scope": "user", "scope_id": ""}, {"model_name": "a", "scope_id": ""}),
        ({"model_name": "a", "rate_limit": {"token_max_limit": 1}}, {"model_name": "a", "rate_limit": {}}),
        ({"model_name": "a", "unknown": [DAY, DAY]}, {"model_name": "a", "unknown": [DAY, DAY]}),
        ("no object", "no object"),
        ({"budgets": "no list", "rate_limit": None}, {"budgets": "no list", "rate_limit": None}),
    ],
)
def test_what_breaks_a_keyword_is_left_out(drawn: Any, kept: Any, contract: Contract) -> None:
    schema = contract.request_schema(contract.operations["createModelConfig"])
    assert repaired(contract.document, schema, drawn) == kept

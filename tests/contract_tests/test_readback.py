from __future__ import annotations

from typing import Any

import pytest

from contract_tests.comparison import differences, unsent_changes
from contract_tests.readback import echo_faults
from governance_contract import Contract

BUDGETS = [{"max_limit": 1.5, "reset_duration": "1d"}]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"provider": None, "budgets": []}, {}, set()),
        ({"budgets": [1, 2]}, {"budgets": [2, 1]}, set()),
        ({"config_hash": "x"}, {"config_hash": "y"}, set()),
        ({"etag": 1, "budgets": [{"id": "b", "left": 1}]}, {"etag": 2, "budgets": [{"id": "b", "left": 2}]}, set()),
        ({"provider": "x"}, {"provider": "y"}, {"provider"}),
        ({"provider": "x"}, {}, {"provider"}),
        ({"budgets": [{"reset_duration": "30s", "last_reset": 1}]}, {"budgets": [{"reset_duration": "30s"}]}, set()),
        (
            {"budgets": [{"reset_duration": "1h", "last_reset": 1}]},
            {"budgets": [{"reset_duration": "1h"}]},
            {"budgets"},
        ),
        ({"budgets": [1]}, {"budgets": [1, 1]}, {"budgets"}),
    ],
)
def test_two_views_differ_only_where_the_contract_says_so(
    left: dict[str, Any], right: dict[str, Any], expected: set[str]
) -> None:
    assert differences(left, right) == expected


@pytest.mark.parametrize(
    ("after", "sent", "expected"),
    [
        ({"rate_limit": {"updated_at": 2}, "updated_at": 2}, {"model_name"}, set()),
        ({"provider": "y", "rate_limit": {"updated_at": 1}}, {"provider"}, set()),
        ({"provider": "y", "rate_limit": {"updated_at": 1}}, {"model_name"}, {"provider"}),
        ({"rate_limit": {"updated_at": 2, "token_max_limit": 3}}, {"model_name"}, {"rate_limit"}),
        ({"rate_limit": {"updated_at": 1}, "budget": {"max_limit": 1}}, {"budgets"}, set()),
        ({"rate_limit": {"updated_at": 1}, "budget": {"max_limit": 1}}, {"model_name"}, {"budget"}),
    ],
)
def test_an_update_may_stamp_what_it_did_not_send_and_nothing_more(
    after: dict[str, Any], sent: set[str], expected: set[str]
) -> None:
    before = {"provider": "x", "rate_limit": {"updated_at": 1}, "updated_at": 1}

    assert unsent_changes(before, {"provider": "x", **after}, sent) == expected


@pytest.mark.parametrize(
    ("received", "rules"),
    [
        ({"model_name": "m", "budgets": [{**BUDGETS[0], "id": "b"}]}, set()),
        ({"model_name": "x", "budgets": BUDGETS}, {"RESP-02"}),
        ({"model_name": "m", "budgets": [{"max_limit": 2, "reset_duration": "1d"}]}, {"BUD-04"}),
    ],
)
def test_what_does_not_come_back_breaks_the_rule_of_its_member(
    received: dict[str, Any], rules: set[str], contract: Contract
) -> None:
    sent = {"model_name": "m", "budgets": BUDGETS}

    assert {rule for rule, _ in echo_faults(contract, sent, received)} == rules


def test_a_target_beside_global_is_grey_and_need_not_come_back(contract: Contract) -> None:
    sent = {"model_name": "m", "scope": "global", "scope_id": "x"}

    assert list(echo_faults(contract, sent, {"model_name": "m", "scope": "global"})) == []

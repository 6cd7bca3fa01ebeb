"""The rule that a server breaks by refusing a valid create follows from the smallest body that it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.attribution import MOST, Attribution
from governance_contract import Contract

CREATE = "createModelConfig"
RICH = {
    "model_name": "ct-run-name",
    "provider": "ct-run-provider",
    "scope": "user",
    "scope_id": "u",
    "budgets": [{"max_limit": 5, "reset_duration": "12h"}, {"max_limit": 0.5, "reset_duration": "1M"}],
    "rate_limit": {
        "token_max_limit": 7,
        "token_reset_duration": "1w",
        "request_max_limit": 2**40,
        "request_reset_duration": "1h",
    },
}

Refuses = Callable[[dict[str, Any]], bool]


def attribution_of(contract: Contract, refuses: Refuses) -> Attribution:
    operation = contract.operations[CREATE]
    validator = contract.request_validator(operation)

    def is_plain(body: dict[str, Any]) -> bool:
        rate = body.get("rate_limit", {"token_max_limit": 1})
        pairs = all(
            f"{metric}_max_limit" in rate for metric in ("token", "request") if f"{metric}_reset_duration" in rate
        )
        return validator.is_valid(body) and bool(rate) and pairs and ("scope_id" not in body or "scope" in body)

    return Attribution(contract, operation, is_plain, lambda body: not refuses(body))


def durations(body: dict[str, Any]) -> list[str]:
    return [entry["reset_duration"] for entry in body.get("budgets") or ()]


@pytest.mark.parametrize(
    ("rule", "refuses", "optional"),
    [
        (None, lambda _: True, set()),
        ("REQ-05", lambda body: body.get("scope") == "user", {"scope", "scope_id"}),
        ("BUD-02", lambda body: len(body.get("budgets") or ()) > 1, {"budgets"}),
        ("BUD-02", lambda body: bool(body.get("budgets")), {"budgets"}),
        ("BUD-06", lambda body: "12h" in durations(body), {"budgets"}),
        ("BUD-04", lambda body: any(each["max_limit"] < 1 for each in body.get("budgets") or ()), {"budgets"}),
        ("RATE-04", lambda body: body.get("rate_limit", {}).get("token_reset_duration") == "1w", {"rate_limit"}),
        ("RATE-06", lambda body: body.get("rate_limit", {}).get("request_max_limit", 0) > 2**32, {"rate_limit"}),
        ("RATE-01", lambda body: "rate_limit" in body, {"rate_limit"}),
        ("BUD-07", lambda body: "rate_limit" in body and not body.get("budgets"), {"rate_limit"}),
    ],
)
def test_the_smallest_refused_body_names_the_rule(
    contract: Contract, rule: str | None, refuses: Refuses, optional: set[str]
) -> None:
    body = RICH if rule != "BUD-07" else {name: item for name, item in RICH.items() if name != "budgets"}
    attribution = attribution_of(contract, refuses)

    smallest = attribution.smallest(body)

    assert attribution.optional(smallest).keys() == optional
    assert [each.rule for each in attribution.rules_of(smallest)] == ([rule] if rule else [])


def test_empty_budgets_and_the_wildcard_have_rules_of_their_own(contract: Contract) -> None:
    everything = attribution_of(contract, lambda _: True)

    assert [each.rule for each in everything.rules_of({"model_name": "x", "budgets": []})] == ["BUD-07"]
    assert [each.rule for each in everything.rules_of({"model_name": "*"})] == ["REQ-02"]


def test_no_more_requests_are_sent_than_a_cause_may_cost(contract: Contract) -> None:
    sent: list[dict[str, Any]] = []

    def refuses(body: dict[str, Any]) -> bool:
        sent.append(body)
        return len(body.get("budgets", ())) > 1

    many = [{"max_limit": 5, "reset_duration": f"{number}h"} for number in range(1, 60)]
    attribution_of(contract, refuses).smallest({"model_name": "ct-run-name", "budgets": many})

    assert len(sent) == MOST

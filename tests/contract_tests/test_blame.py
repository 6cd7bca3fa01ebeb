"""The rule that a server breaks by refusing a valid create follows from the smallest body that it refuses."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests.blame import broken_by_refusing, smallest_refused
from contract_tests.exchange import Response

LARGE = 1_000_000
RICH = {
    "model_name": "ct-run-name",
    "provider": "ct-run-provider",
    "scope": "user",
    "scope_id": "u",
    "budgets": [{"max_limit": 5, "reset_duration": "12h"}, {"max_limit": 0.5, "reset_duration": "1M"}],
    "rate_limit": {"token_max_limit": 7, "token_reset_duration": "1w", "request_max_limit": 2**40},
}

Refuses = Callable[[dict[str, Any]], bool]


def exam_of(refuses: Refuses) -> Any:
    names = iter(f"ct-run-{number}" for number in range(1000))

    def send(_: str, *, body: dict[str, Any]) -> Response:
        return Response(400 if refuses(body) else 200, {}, b"{}")

    return SimpleNamespace(send=send, fresh_name=lambda: next(names), remove_created=lambda _: None)


def durations(body: dict[str, Any]) -> list[str]:
    return [entry["reset_duration"] for entry in body.get("budgets") or ()]


@pytest.mark.parametrize(
    ("rule", "refuses", "members"),
    [
        ("RESP-01", lambda _: True, {"model_name"}),
        ("REQ-05", lambda body: body.get("scope") == "user", {"model_name", "scope", "scope_id"}),
        ("BUD-02", lambda body: len(body.get("budgets") or ()) > 1, {"model_name", "budgets"}),
        ("BUD-06", lambda body: "12h" in durations(body), {"model_name", "budgets"}),
        (
            "BUD-04",
            lambda body: any(entry["max_limit"] < 1 for entry in body.get("budgets") or ()),
            {"model_name", "budgets"},
        ),
        (
            "RATE-04",
            lambda body: body.get("rate_limit", {}).get("token_reset_duration") == "1w",
            {"model_name", "rate_limit"},
        ),
        (
            "RATE-06",
            lambda body: body.get("rate_limit", {}).get("request_max_limit", 0) > 2**32,
            {"model_name", "rate_limit"},
        ),
        ("RATE-01", lambda body: "rate_limit" in body, {"model_name", "rate_limit"}),
    ],
)
def test_the_smallest_refused_body_names_the_rule(rule: str, refuses: Refuses, members: set[str]) -> None:
    exam = exam_of(refuses)
    smallest = smallest_refused(exam, RICH)
    assert smallest.keys() == members
    assert broken_by_refusing(exam, smallest) == rule


def test_a_rate_limit_that_is_refused_without_budgets_alone_breaks_the_rule_of_budgets() -> None:
    exam = exam_of(lambda body: "rate_limit" in body and not body.get("budgets"))
    body = {"model_name": "ct-run-name", "rate_limit": {"token_max_limit": 7, "token_reset_duration": "1h"}}
    assert broken_by_refusing(exam, smallest_refused(exam, body)) == "BUD-07"


def test_empty_budgets_and_the_wildcard_have_rules_of_their_own() -> None:
    everything = exam_of(lambda _: True)
    assert broken_by_refusing(everything, {"model_name": "x", "budgets": []}) == "BUD-07"
    assert broken_by_refusing(everything, {"model_name": "*"}) == "REQ-02"

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.resources import Shape
from mockserver.state import rollover, windows

BEGAN = "2026-03-01T09:00:00.000000Z"


@pytest.fixture(scope="module")
def shape(contract: Contract) -> Shape:
    return contract.resources["ModelConfig"].shape


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def budget(duration: str, usage: float = 5.5) -> dict[str, Any]:
    return {"reset_duration": duration, "current_usage": usage, "last_reset": BEGAN, "max_limit": 10}


def config(*budgets: dict[str, Any], **members: Any) -> dict[str, Any]:
    mirror = {"budget": budgets[0]} if budgets else {}
    return {"calendar_aligned": False, "budgets": list(budgets), **mirror, **members}


RATE_LIMIT = {
    "token_reset_duration": "1h",
    "token_current_usage": 700,
    "token_last_reset": BEGAN,
    "request_reset_duration": "1m",
    "request_current_usage": 7,
    "request_last_reset": BEGAN,
}


def test_a_resource_without_windows_is_never_due(shape: Shape) -> None:
    assert rollover.next_rollover(shape, config()) == windows.NEVER


def test_a_resource_is_due_when_its_first_window_ends(shape: Shape) -> None:
    resource = config(budget("1d"), budget("1w"), rate_limit=RATE_LIMIT)
    assert rollover.next_rollover(shape, resource) == at("2026-03-01T09:01")


def test_a_rate_limit_without_windows_is_never_due(shape: Shape) -> None:
    resource = config(rate_limit={"token_current_usage": 0, "token_last_reset": BEGAN})
    assert rollover.next_rollover(shape, resource) == windows.NEVER


def test_a_resource_stays_the_same_object_while_its_windows_last(shape: Shape) -> None:
    resource = config(budget("1d"))
    assert rollover.rolled_over(shape, resource, at("2026-03-02T08:59:59.999999")) == (resource, ())
    assert rollover.rolled_over(shape, resource, at("2026-03-02T08:59:59.999999"))[0] is resource


def test_a_counter_returns_to_0_when_its_window_has_passed(shape: Shape) -> None:
    after, changes = rollover.rolled_over(shape, config(budget("1d")), at("2026-03-02T09:00"))
    assert after["budgets"][0]["current_usage"] == 0
    assert after["budgets"][0]["last_reset"] == "2026-03-02T09:00:00.000000Z"
    assert changes == (rollover.Rollover(("budgets", 0, "current_usage"), 5.5, BEGAN, "2026-03-02T09:00:00.000000Z"),)


def test_several_windows_roll_over_at_once_and_the_others_stay(shape: Shape) -> None:
    resource = config(budget("1h"), budget("1M"), budget("1d"))
    after, changes = rollover.rolled_over(shape, resource, at("2026-03-03T10:30"))
    assert [entry["current_usage"] for entry in after["budgets"]] == [0, 5.5, 0]
    assert [entry["last_reset"][:16] for entry in after["budgets"]] == [
        "2026-03-03T10:00",
        "2026-03-01T09:00",
        "2026-03-03T09:00",
    ]
    assert [change.path for change in changes] == [
        ("budgets", 0, "current_usage"),
        ("budgets", 2, "current_usage"),
    ]


def test_the_budget_member_follows_the_first_of_budgets(shape: Shape) -> None:
    after, _ = rollover.rolled_over(shape, config(budget("1d"), budget("1Y")), at("2026-03-05T12:00"))
    assert after["budget"] == after["budgets"][0]


@pytest.mark.parametrize(
    ("now", "tokens", "requests"),
    [
        ("2026-03-01T09:00:59", 700, 7),
        ("2026-03-01T09:01", 700, 0),
        ("2026-03-01T09:59:59", 700, 0),
        ("2026-03-01T10:00", 0, 0),
    ],
)
def test_tokens_and_requests_reset_independently(shape: Shape, now: str, tokens: int, requests: int) -> None:
    after, _ = rollover.rolled_over(shape, config(rate_limit=RATE_LIMIT), at(now))
    limit = after["rate_limit"]
    assert (limit["token_current_usage"], limit["request_current_usage"]) == (tokens, requests)


def test_an_aligned_resource_resets_at_the_boundary(shape: Shape) -> None:
    resource = config(budget("1M"), calendar_aligned=True)
    assert rollover.next_rollover(shape, resource) == at("2026-04-01T00:00")
    after, _ = rollover.rolled_over(shape, resource, at("2026-04-20T12:00"))
    assert after["budgets"][0]["last_reset"] == "2026-04-01T00:00:00.000000Z"


def test_the_resource_that_rolled_over_leaves_the_old_one_as_it_was(shape: Shape) -> None:
    resource = config(budget("1h"))
    rollover.rolled_over(shape, resource, at("2026-03-02T09:00"))
    assert resource == config(budget("1h"))


def test_a_window_that_never_ends_neither_rolls_over_nor_fails(shape: Shape) -> None:
    resource = config(budget("9" * 5000 + "Y"))
    assert rollover.next_rollover(shape, resource) == windows.NEVER
    assert rollover.rolled_over(shape, resource, at("9999-12-31T23:59"))[0] is resource


def test_a_text_that_is_no_duration_has_no_window(shape: Shape) -> None:
    assert rollover.next_rollover(shape, config(budget("often"))) == windows.NEVER


def test_the_ends_of_all_windows_are_told_with_place_and_usage(shape: Shape) -> None:
    resource = config(budget("1h"), rate_limit=RATE_LIMIT)
    found = {each.path: each for each in rollover.window_ends(shape, resource)}
    assert found[("budgets", 0, "current_usage")].at == rollover.next_rollover(shape, config(budget("1h")))
    assert found[("rate_limit", "token_current_usage")].usage == RATE_LIMIT["token_current_usage"]
    assert found[("rate_limit", "request_current_usage")].usage == RATE_LIMIT["request_current_usage"]
    aligned = config(budget("1M"), calendar_aligned=True)
    assert [each.at for each in rollover.window_ends(shape, aligned)] == [at("2026-04-01T00:00")]

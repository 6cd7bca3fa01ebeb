"""Spending: what is charged, and which limit would have refused it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"
CALL = {"model": "gpt-4o", "provider": "openai", "virtual_key_id": "vk-frontend", "user_id": "user-ada"}


def make(ask: Ask, **members: Any) -> str:
    config: str = ask("POST", CONFIGS, {"model_name": "gpt-4o", **members})["model_config"]["id"]
    return config


def budget(limit: float) -> list[dict[str, Any]]:
    return [{"max_limit": limit, "reset_duration": "1d"}]


def test_a_config_is_charged_in_dollars_tokens_and_requests(ask: Ask) -> None:
    limits = {
        "token_max_limit": 5000,
        "token_reset_duration": "1h",
        "request_max_limit": 9,
        "request_reset_duration": "1m",
    }
    config = make(ask, budgets=budget(10), rate_limit=limits)
    answer = ask("POST", "/spend", {"model_config_id": config, "cost": 4.0, "tokens": 1200, "requests": 2})
    assert (answer["allowed"], answer["status"], answer["reason"]) == (True, 200, None)
    assert [(c["pointer"], c["of"], c["limit"], c["old_usage"], c["new_usage"]) for c in answer["charges"]] == [
        ("/budgets/0/current_usage", "cost", 10, 0, 4.0),
        ("/rate_limit/token_current_usage", "tokens", 5000, 0, 1200),
        ("/rate_limit/request_current_usage", "requests", 9, 0, 2),
    ]
    shown = ask("GET", f"{CONFIGS}/{config}")["model_config"]
    assert shown["budgets"][0]["current_usage"] == shown["budget"]["current_usage"] == 4.0
    assert (shown["rate_limit"]["token_current_usage"], shown["rate_limit"]["request_current_usage"]) == (1200, 2)


def test_a_call_is_charged_to_every_config_that_it_falls_under(ask: Ask) -> None:
    charged = {
        make(ask, budgets=budget(1)),
        make(ask, model_name="*", budgets=budget(2)),
        make(ask, provider="openai", budgets=budget(3)),
        make(ask, scope="virtual_key", scope_id="vk-frontend", budgets=budget(4)),
        make(ask, model_name="*", provider="openai", scope="user", scope_id="user-ada", budgets=budget(5)),
    }
    make(ask, provider="anthropic", budgets=budget(1))
    make(ask, model_name="o3", budgets=budget(1))
    make(ask, scope="virtual_key", scope_id="vk-research", budgets=budget(1))
    make(ask, scope="user", scope_id="user-grace", budgets=budget(1))
    answer = ask("POST", "/spend", {"call": CALL, "cost": 0.5})
    assert {charge["model_config_id"] for charge in answer["charges"]} == charged


def test_a_call_under_no_config_is_allowed_and_charges_nothing(ask: Ask) -> None:
    answer = ask("POST", "/spend", {"call": {"model": "gpt-4o"}, "cost": 9})
    assert answer == {"allowed": True, "status": 200, "reason": None, "refusals": [], "charges": []}


def test_a_used_up_budget_would_have_refused_with_402(ask: Ask) -> None:
    config = make(ask, budgets=budget(5))
    assert ask("POST", "/spend", {"model_config_id": config, "cost": 5})["allowed"]
    answer = ask("POST", "/spend", {"model_config_id": config, "cost": 1})
    reason = "5 of 5 dollars are used up in this window of 1d"
    assert (answer["allowed"], answer["status"], answer["reason"]) == (False, 402, reason)
    assert answer["charges"][0]["new_usage"] == 6


def test_a_used_up_rate_limit_comes_before_a_used_up_budget(ask: Ask) -> None:
    ask("POST", "/scenarios/exhausted")
    call = {"model": "claude-opus-4", "virtual_key_id": "vk-research"}
    answer = ask("POST", "/spend", {"call": call})
    assert answer["status"] == 429
    assert [(each["status"], each["pointer"]) for each in answer["refusals"]] == [
        (429, "/rate_limit/token_current_usage"),
        (429, "/rate_limit/request_current_usage"),
        (402, "/budgets/0/current_usage"),
    ]


def test_a_new_window_lets_calls_pass_again(ask: Ask) -> None:
    config = make(ask, budgets=budget(5))
    ask("POST", "/spend", {"model_config_id": config, "cost": 7})
    ask("PUT", "/clock", {"action": "advance", "duration": "1d"})
    assert ask("POST", "/spend", {"model_config_id": config, "cost": 1})["charges"][0]["new_usage"] == 1


def test_counters_stay_within_64_bits(ask: Ask) -> None:
    ask("POST", "/scenarios/number-edges")
    answer = ask("POST", "/spend", {"call": {"model": "integers"}, "tokens": 2**63 - 1})
    assert answer["charges"][0]["new_usage"] == 2**63 - 1
    assert ask("POST", "/spend", {"call": {"model": "doubles"}, "cost": 10**12})["charges"][0]["new_usage"] == 1e308


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "the body must have either model_config_id or call"),
        ({"model_config_id": "x", "call": CALL}, 400, "call is not allowed beside model_config_id"),
        ({"model_config_id": "none"}, 404, "there is no model config with id none"),
        ({"call": {}}, 400, "model is required"),
        ({"call": CALL, "cost": -1}, 400, "cost must be"),
        ({"call": CALL, "cost": "4"}, 400, "cost must be"),
        ({"call": CALL, "tokens": 1.5}, 400, "tokens must be"),
        ({"call": CALL, "requests": 2**63}, 400, "requests must be"),
    ],
)
def test_spending_that_makes_no_sense_charges_nothing(ask: Ask, body: Any, status: int, said: str) -> None:
    make(ask, budgets=budget(5))
    before = ask("GET", "/state")
    assert said in ask("POST", "/spend", body, status=status)["error"]["message"]
    assert ask("GET", "/state") == before


def test_the_same_seed_makes_the_same_state(clients: Callable[..., FlaskClient], asking: Callable[..., Ask]) -> None:
    def state_after(seed: int) -> tuple[Any, Any]:
        ask = asking(clients(scenario="sample"))
        answer = ask("POST", "/spend/simulate", {"days": 3, "calls_per_hour": 5, "seed": seed})
        return answer, ask("GET", "/state")

    assert state_after(7) == state_after(7)
    assert state_after(7) != state_after(8)


def test_simulated_traffic_passes_days_and_stops_at_limits(ask: Ask) -> None:
    config = make(ask, budgets=budget(1))
    mix = [{"model": "gpt-4o", "cost_per_call": 0.1}]
    answer = ask("POST", "/spend/simulate", {"days": 2, "calls_per_hour": 10, "mix": mix})
    assert answer["now"] == ask("GET", "/clock")["now"] == "2026-03-03T09:00:00.000000Z"
    assert [day["day"][:10] for day in answer["days"]] == ["2026-03-01", "2026-03-02"]
    for day in answer["days"]:
        assert 1 <= day["cost"] < 1.6
        assert day["refused_402"] > 100
        assert day["refused_429"] == 0
    assert ask("GET", f"{CONFIGS}/{config}")["model_config"]["budgets"][0]["current_usage"] == 0


@pytest.mark.parametrize(
    "body", [{}, {"days": 0}, {"days": 367}, {"days": 366, "calls_per_hour": 1000}, {"days": 1, "mix": []}]
)
def test_traffic_beyond_what_is_simulated_is_refused(ask: Ask, body: Any) -> None:
    ask("POST", "/spend/simulate", body, status=400)
    assert ask("GET", "/clock")["now"] == "2026-03-01T09:00:00.000000Z"

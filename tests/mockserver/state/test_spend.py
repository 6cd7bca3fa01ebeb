"""Which limits refuse a call, and what a charge makes of the counters."""

from __future__ import annotations

from typing import Any

import pytest

from governance_contract import Contract
from governance_contract.resources import Shape
from mockserver.state import spend
from mockserver.state.spend import Amounts, LimitRefusal

START = "2026-03-01T09:00:00Z"


@pytest.fixture(scope="module")
def shape(contract: Contract) -> Shape:
    charged = spend.chargeable(contract.resources)
    assert charged is not None
    return charged.shape


def config(usage: float = 0, tokens: int = 0) -> dict[str, Any]:
    line = {"max_limit": 10, "reset_duration": "1d", "current_usage": usage, "last_reset": START}
    rate = {
        "token_max_limit": 500,
        "token_reset_duration": "1h",
        "token_current_usage": tokens,
        "token_last_reset": START,
        "request_current_usage": 0,
        "request_last_reset": START,
    }
    return {"model_name": "m", "budgets": [line], "budget": line, "rate_limit": rate}


def test_calls_are_charged_to_model_configs(contract: Contract) -> None:
    charged = spend.chargeable(contract.resources)
    assert charged is not None
    assert charged.name == "ModelConfig"


def test_a_charge_leaves_the_old_resource_alone_and_keeps_the_mirror(shape: Shape) -> None:
    before = config()
    after, charges = spend.charged(shape, before, Amounts(2.5, 100, 1))
    assert before == config()
    assert after["budgets"][0]["current_usage"] == after["budget"]["current_usage"] == 2.5
    assert [(charge.path, charge.old_usage, charge.new_usage) for charge in charges] == [
        (("budgets", 0, "current_usage"), 0, 2.5),
        (("rate_limit", "token_current_usage"), 0, 100),
    ]


def test_a_resource_without_limits_is_charged_nothing(shape: Shape) -> None:
    resource = {"model_name": "m"}
    assert spend.charged(shape, resource, Amounts(1)) == (resource, ())
    assert spend.refusals(shape, resource) == ()


@pytest.mark.parametrize(
    ("usage", "tokens", "statuses"),
    [(9.99, 499, []), (10, 499, [402]), (11, 499, [402]), (9.99, 500, [429]), (10, 500, [402, 429])],
)
def test_a_limit_refuses_once_it_is_used_up(shape: Shape, usage: float, tokens: int, statuses: list[int]) -> None:
    assert [refusal.status for refusal in spend.refusals(shape, config(usage, tokens))] == statuses


def test_rate_limits_are_decisive_before_budgets() -> None:
    budget, rate = LimitRefusal(("b",), 402, ""), LimitRefusal(("r",), 429, "")
    assert spend.decisive({"x": (budget,), "y": (budget, rate)}) == [("y", rate), ("x", budget), ("y", budget)]

"""The API as of September 2026, served from its document alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract.fixtures import fixture_names
from governance_contract.locations import data_path
from mockserver.app import create_app
from mockserver.settings import Settings

DOCUMENT = data_path("openapi", "governance-2026-09.yaml")
FIXTURES = data_path("fixtures", "2026-09")
KEY = {"Authorization": "Bearer mock-development-key"}
CONFIGS = "/api/governance/model-configs"

Ask = Callable[..., Any]


def client(scenario: str) -> FlaskClient:
    return create_app(Settings(document=DOCUMENT, fixtures=FIXTURES, scenario=scenario)).test_client()


def asking(of: FlaskClient) -> Ask:
    def ask(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = of.open(path, method=method, json=body, headers=KEY)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    return ask


@pytest.fixture
def ask() -> Ask:
    return asking(client("overrides"))


def created(ask: Ask, *budgets: dict[str, Any], **members: Any) -> dict[str, Any]:
    body = {"model_name": "m", "scope": "virtual_key", "scope_id": "vk-frontend", "budgets": list(budgets), **members}
    config: dict[str, Any] = ask("POST", CONFIGS, body)["model_config"]
    return config


def budget(duration: str, **members: Any) -> dict[str, Any]:
    return {"max_limit": 100, "reset_duration": duration, **members}


def override_of(config: dict[str, Any]) -> str:
    return f"/api/governance/virtual-keys/vk-frontend/budgets/{config['budgets'][0]['id']}/override"


@pytest.mark.parametrize("scenario", [each.stem for each in sorted((FIXTURES / "scenarios").glob("*.yaml"))])
def test_its_scenarios_fit_the_document(scenario: str, caplog: pytest.LogCaptureFixture) -> None:
    assert asking(client(scenario))("GET", CONFIGS)["total_count"] > 0
    assert caplog.text == ""
    assert scenario in fixture_names("scenarios", FIXTURES)


def test_a_budget_over_quarters_has_the_fiscal_year_with_it(ask: Ask) -> None:
    config = created(ask, budget("1Q", reset_config={"quarter_start_month": 4}), budget("1M"))
    assert config["budgets"][0]["reset_config"] == {"quarter_start_month": 4}
    told = ask("POST", CONFIGS, {"model_name": "n", "budgets": [budget("1M", reset_config={})]}, 400)
    assert told["extra_fields"]["violations"][0]["pointer"] == "/budgets/0/reset_config"
    ask("POST", CONFIGS, {"model_name": "n", "budgets": [budget("1Q", reset_config={"quarter_start_month": 13})]}, 400)
    rate_limit = {"token_max_limit": 5, "token_reset_duration": "1Q"}
    ask("POST", CONFIGS, {"model_name": "n", "rate_limit": rate_limit}, 400)


def test_quarters_end_with_the_fiscal_year_where_windows_are_aligned() -> None:
    ask = asking(client("fiscal-quarters"))
    upcoming = ask("GET", "/__admin/clock/upcoming")["upcoming"]
    assert [each["at"][:16] for each in upcoming[:2]] == ["2026-10-01T00:00", "2026-11-01T00:00"]
    ask("PUT", "/__admin/clock", {"action": "advance", "duration": "2h"})
    usages = [each["budgets"][0]["current_usage"] for each in ask("GET", CONFIGS)["model_configs"]]
    assert usages == [0, 100]


def test_an_override_raises_the_limit_that_holds(ask: Ask) -> None:
    config = created(ask, budget("1d"))
    spend = {"model_config_id": config["id"], "cost": 120}
    assert ask("POST", "/__admin/spend", spend)["allowed"] is True
    assert ask("POST", "/__admin/spend", spend)["status"] == 402
    before = ask("GET", f"{CONFIGS}/{config['id']}")["model_config"]["budgets"][0]
    changed = ask("PUT", override_of(config), {"amount": 500, "mode": "cycles", "cycles": 2})["budget"]
    assert {name: changed[name] for name in before if name != "updated_at"} == {
        name: value for name, value in before.items() if name != "updated_at"
    }
    assert (changed["override_amount"], changed["override_mode"], changed["override_cycles_total"]) == (
        500,
        "cycles",
        2,
    )
    assert (changed["override_cycles_remaining"], changed["override_anchor_reset"]) == (2, changed["last_reset"])
    assert ask("POST", "/__admin/spend", spend)["allowed"] is True


def test_each_reset_uses_up_a_cycle_and_after_the_last_the_override_is_gone(ask: Ask) -> None:
    config = created(ask, budget("1d"))
    ask("PUT", override_of(config), {"amount": 5, "mode": "cycles", "cycles": 3})

    def remaining(duration: str) -> Any:
        ask("PUT", "/__admin/clock", {"action": "advance", "duration": duration})
        line = ask("GET", f"{CONFIGS}/{config['id']}")["model_config"]["budgets"][0]
        return line.get("override_cycles_remaining"), line.get("override_amount")

    assert remaining("1d") == (2, 5)
    assert remaining("1h") == (2, 5)
    assert remaining("24h") == (1, 5)
    assert remaining("3d") == (None, None)


def test_an_override_for_good_stays_until_it_is_taken_away(ask: Ask) -> None:
    config = created(ask, budget("1d"))
    ask("PUT", override_of(config), {"amount": 5, "mode": "cycles", "cycles": 3})
    line = ask("PUT", override_of(config), {"amount": 7, "mode": "forever"})["budget"]
    assert (line["override_amount"], line.get("override_cycles_total")) == (7, None)
    ask("PUT", "/__admin/clock", {"action": "advance", "duration": "40d"})
    config = ask("GET", f"{CONFIGS}/{config['id']}")["model_config"]
    assert config["budgets"][0]["override_amount"] == config["budget"]["override_amount"] == 7
    line = ask("DELETE", override_of(config))["budget"]
    assert not any(name.startswith("override") for name in line)


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0, "mode": "forever"},
        {"amount": 5, "mode": "cycles"},
        {"amount": 5, "mode": "cycles", "cycles": 0},
        {"amount": 5, "mode": "forever", "cycles": 2},
        {"amount": 5, "mode": "always"},
        {"mode": "forever"},
    ],
)
def test_a_broken_override_is_refused_and_changes_nothing(ask: Ask, body: dict[str, Any]) -> None:
    config = created(ask, budget("1d"))
    ask("PUT", override_of(config), body, 400)
    assert ask("GET", f"{CONFIGS}/{config['id']}")["model_config"] == config


def test_a_budget_is_reachable_through_a_config_of_its_key_alone(ask: Ask) -> None:
    config = created(ask, budget("1d"))
    body = {"amount": 5, "mode": "forever"}
    for key, line in (
        ("vk-research", config["budgets"][0]["id"]),
        ("none", config["budgets"][0]["id"]),
        ("vk-frontend", "none"),
    ):
        path = f"/api/governance/virtual-keys/{key}/budgets/{line}/override"
        ask("PUT", path, body, 404)
        ask("DELETE", path, None, 404)


def test_an_update_may_reset_the_usage_of_the_budgets_that_it_sends(ask: Ask) -> None:
    config = created(ask, budget("1d"), budget("1M"))
    ask("POST", "/__admin/spend", {"model_config_id": config["id"], "cost": 3})
    path = f"{CONFIGS}/{config['id']}"
    kept = ask("PUT", path, {"budgets": [budget("1d"), budget("1M")]})["model_config"]
    assert [line["current_usage"] for line in kept["budgets"]] == [3, 3]
    reset = ask("PUT", path, {"budgets": [budget("1d"), budget("1M")], "reset_budget_usage": True})["model_config"]
    assert [line["current_usage"] for line in reset["budgets"]] == [0, 0]
    assert reset["budgets"][0]["last_reset"] == config["budgets"][0]["last_reset"]
    assert "reset_budget_usage" not in reset


def test_the_list_takes_several_scopes(ask: Ask) -> None:
    ask("POST", CONFIGS, {"model_name": "g"})
    created(ask, model_name="k")
    assert ask("GET", f"{CONFIGS}?scope=global")["total_count"] == 1
    assert ask("GET", f"{CONFIGS}?scope=global,virtual_key")["total_count"] == 4
    ask("GET", f"{CONFIGS}?scope=global,robot", None, 400)

"""A client of the API, tested with pytest against the mock."""

import pytest
import requests

from mockserver import MockSession

PATH = "/api/governance/model-configs"


def most_used(url: str, headers: dict[str, str]) -> float:
    """Return how much of the fullest budget is used, from 0 to 1: the client under test."""
    answer = requests.get(f"{url}{PATH}", headers=headers, timeout=10)
    answer.raise_for_status()
    budgets = [budget for config in answer.json()["model_configs"] for budget in config.get("budgets") or ()]
    return max((budget["current_usage"] / budget["max_limit"] for budget in budgets), default=0)


@pytest.mark.mock_scenario("near-limit")
def test_a_budget_that_is_nearly_used_up_is_seen(mock_session: MockSession) -> None:
    assert most_used(mock_session.url, mock_session.headers) > 0.9
    assert mock_session.requests.count(operation="listModelConfigs", status=200) == 1


@pytest.mark.mock_scenario("empty")
def test_usage_returns_to_0_when_the_window_ends(mock_session: MockSession) -> None:
    config = {"model_name": "gpt-4o", "budgets": [{"max_limit": 10, "reset_duration": "1d"}]}
    mock_session.state.import_({"model_configs": [config]})

    spent = mock_session.spend(cost=10, call={"model": "gpt-4o"})
    assert spent["allowed"]
    assert most_used(mock_session.url, mock_session.headers) == 1
    assert mock_session.spend(call={"model": "gpt-4o"})["status"] == 402

    mock_session.clock.advance("1d")
    assert most_used(mock_session.url, mock_session.headers) == 0


def test_a_lost_answer_is_reported(mock_session: MockSession) -> None:
    mock_session.faults.add("EMPTY_RESPONSE", times=1)
    with pytest.raises(requests.ConnectionError):
        most_used(mock_session.url, mock_session.headers)
    most_used(mock_session.url, mock_session.headers)

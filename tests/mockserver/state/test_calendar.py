"""The mock answers at any instant of the calendar, wherever the clock of the machine stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.app import create_app
from mockserver.settings import Settings

CONFIGS = "/api/governance/model-configs"
DURATIONS = ["1s", "1h", "1d", "1w", "1M", "1Y", "9999Y", "120000M", "999999999999d"]
EDGES = [
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00.000001",
    "0001-12-31T23:59:59.999999",
    "0004-02-29T00:00:00",
    "1969-12-31T23:59:59",
    "2000-02-29T12:00:00",
    "2100-02-28T23:59:59",
    "9997-12-31T23:59:59",
    "9998-01-01T00:00:00",
    "9999-12-31T23:59:59.999999",
]
COMMANDS: list[dict[str, Any]] = [
    {"action": "freeze"},
    {"action": "advance", "duration": "1d"},
    {"action": "advance", "duration": "1M"},
    {"action": "next"},
    {"action": "scale", "factor": 1e300},
    {"action": "advance", "duration": "9999Y"},
    {"action": "set", "instant": "9999-12-31T23:59:59-14:00"},
    {"action": "set", "instant": "0001-01-01T00:00:00+14:00"},
    {"action": "set", "instant": "9998-01-01T00:00:00Z"},
    {"action": "advance", "duration": "1s"},
    {"action": "reset"},
]

Asking = Callable[..., int]


def asking(client: FlaskClient) -> Asking:
    """Return what sends a request and answers its status, which is none of a failure."""

    def ask(method: str, path: str, body: Any = None) -> int:
        answer = client.open(path, method=method, json=body, headers={"Authorization": "Bearer mock-development-key"})
        assert answer.status_code < 500, (method, path, body, answer.text)
        return answer.status_code

    return ask


def live(ask: Asking) -> None:
    """Use everything that has to do with time."""
    for number, duration in enumerate(DURATIONS):
        budgets = [{"max_limit": 1, "reset_duration": duration}]
        limits = {"token_max_limit": 1, "token_reset_duration": duration}
        assert ask("POST", CONFIGS, {"model_name": f"m{number}", "budgets": budgets, "rate_limit": limits}) == 200
    for command in COMMANDS:
        ask("PUT", "/__admin/clock", command)
        assert ask("GET", "/__admin/clock") == ask("GET", "/__admin/clock/upcoming") == ask("GET", CONFIGS) == 200
        assert ask("POST", "/__admin/spend", {"cost": 1, "tokens": 1, "call": {"model": "m0"}}) == 200
        ask("POST", "/__admin/spend/simulate", {"days": 2, "calls_per_hour": 1})
        assert ask("PUT", "/__admin/snapshots/s") == ask("POST", "/__admin/snapshots/s/restore") == 200


@pytest.mark.parametrize("edge", EDGES)
def test_the_mock_lives_at_the_edges_of_the_calendar(edge: str) -> None:
    now = datetime.fromisoformat(edge).replace(tzinfo=UTC)
    live(asking(create_app(Settings(scenario="empty"), clock=lambda: now).test_client()))


@pytest.mark.parametrize("edge", EDGES)
def test_every_scenario_with_instants_before_now_can_be_loaded_at_the_edges(edge: str) -> None:
    now = datetime.fromisoformat(edge).replace(tzinfo=UTC)
    ask = asking(create_app(Settings(scenario="sample"), clock=lambda: now).test_client())
    assert ask("GET", CONFIGS) == ask("POST", "/__admin/scenarios/just-reset") == ask("GET", CONFIGS) == 200


@settings(max_examples=20)
@given(st.datetimes(timezones=st.just(UTC)), st.integers(-(10**12), 10**12))
def test_the_machine_may_be_set_to_any_instant_while_the_mock_runs(now: datetime, seconds: int) -> None:
    machine = [now]
    ask = asking(create_app(Settings(scenario="one"), clock=lambda: machine[0]).test_client())
    assert ask("GET", CONFIGS) == 200
    try:
        machine[0] = now + timedelta(seconds=seconds)
    except OverflowError:
        machine[0] = datetime.max.replace(tzinfo=UTC)
    for command in ({"action": "scale", "factor": 1e9}, {"action": "freeze"}):
        assert ask("GET", CONFIGS) == ask("GET", "/__admin/clock") == 200
        ask("PUT", "/__admin/clock", command)
        machine[0] = now
    assert ask("GET", "/__admin/state") == 200

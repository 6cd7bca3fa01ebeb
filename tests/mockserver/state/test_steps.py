"""Steps are pure: a store may call one again, as a shared store does when another process was faster."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver.app import create_app
from mockserver.settings import Settings
from mockserver.state.store import MemoryStore, Result, Step

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEY = {"Authorization": "Bearer mock-development-key"}
CONFIGS = "/api/governance/model-configs"
LINE = {"max_limit": 5, "reset_duration": "1d"}
REQUESTS: list[tuple[str, str, Any]] = [
    ("PUT", "/__admin/clock", {"action": "freeze"}),
    ("PUT", "/__admin/clock", {"action": "set", "instant": "2030-03-01T09:00:00Z"}),
    ("POST", CONFIGS, {"model_name": "m", "budgets": [LINE], "scope": "user", "scope_id": "user-ada"}),
    ("POST", CONFIGS, {"model_name": "m", "budgets": [LINE], "scope": "user", "scope_id": "user-ada"}),
    ("PUT", f"{CONFIGS}/KEY", {"budgets": [LINE, {"max_limit": 9, "reset_duration": "1M"}]}),
    ("POST", "/__admin/spend", {"call": {"model": "m", "user_id": "user-ada"}, "cost": 4}),
    ("POST", "/__admin/spend/simulate", {"days": 2, "calls_per_hour": 3, "seed": 1}),
    ("PUT", "/__admin/clock", {"action": "advance", "duration": "3d"}),
    ("GET", f"{CONFIGS}/KEY", None),
    ("POST", "/__admin/snapshots/one", None),
    ("DELETE", f"{CONFIGS}/KEY", None),
    ("POST", "/__admin/snapshots/one/restore", None),
    ("GET", CONFIGS, None),
    ("POST", "/__admin/scenarios/one", None),
    ("POST", "/__admin/reset", None),
]


def answers() -> list[tuple[int, str]]:
    """Return status and body of each request to a new mock, ids by their order."""
    client: FlaskClient = create_app(Settings(scenario="empty"), clock=lambda: NOW).test_client()
    key, found = "none", []
    for method, path, body in REQUESTS:
        answer = client.open(path.replace("KEY", key), method=method, json=body, headers=KEY)
        if method == "POST" and path == CONFIGS and answer.status_code == 200:
            key = answer.get_json()["model_config"]["id"]
        found.append((answer.status_code, _without_ids(answer.get_data(as_text=True))))
    return found


def _without_ids(text: str) -> str:
    ids: dict[str, str] = {}
    return _ID.sub(lambda match: ids.setdefault(match[0], f"id{len(ids)}"), text)


def test_a_step_that_is_called_twice_takes_effect_once(monkeypatch: pytest.MonkeyPatch) -> None:
    once = answers()
    change = MemoryStore.change

    def twice(self: MemoryStore, step: Step[Result]) -> Result:
        step(self.state)
        return change(self, step)

    monkeypatch.setattr(MemoryStore, "change", twice)
    assert answers() == once
    assert [status for status, _ in once][2:4] == [200, 409]

"""A mock in this process, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract, load_contract
from mockserver import app as application
from mockserver.app import create_app
from mockserver.settings import Settings

KEY = "management-key"
START = datetime(2026, 3, 1, 9, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def advance(clock: Clock) -> Callable[..., None]:
    """Return what moves the clock on, by the arguments of `timedelta`."""

    def move(**by: float) -> None:
        clock.now += timedelta(**by)

    return move


@pytest.fixture
def clients(clock: Clock, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """Return the maker of a client of a new mock, by settings; it sends the key unless told otherwise."""

    def loaded(path: Path | None) -> Contract:
        return contract if path is None else load_contract(path)

    monkeypatch.setattr(application, "load_contract", loaded)

    def make(**settings: Any) -> FlaskClient:
        chosen = Settings(**{"api_key": KEY, "scenario": "empty", "seed": 1, **settings})
        client = create_app(chosen, clock=clock).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
        return client

    return make


@pytest.fixture
def client(clients: Callable[..., FlaskClient]) -> FlaskClient:
    """Return a client of a mock without any model config."""
    return clients()


@pytest.fixture
def created(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    """Return what creates a model config of these members and answers it."""

    def create(**members: Any) -> dict[str, Any]:
        body = {"model_name": "gpt-4o", **members}
        answer = client.post("/api/governance/model-configs", json=body)
        assert answer.status_code == 200, answer.text
        config: dict[str, Any] = answer.get_json()["model_config"]
        return config

    return create

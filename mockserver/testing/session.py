"""A session of a mock as tests use it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Self

from mockserver.settings import DEVELOPMENT_KEY, Settings
from mockserver.testing.clock import SessionClock
from mockserver.testing.control import Control, ControlRefused
from mockserver.testing.faults import SessionFaults
from mockserver.testing.requests import SessionRequests
from mockserver.testing.state import SessionState


class MockSession:
    """A world of its own in a mock: data, clock, faults and log that no other session sees.

    The mock may run in this process or anywhere else. The session begins as a copy of the base when it is first
    used; as a context manager it is dropped at the end. What the control API refuses raises a `ControlRefused`.
    """

    def __init__(
        self,
        url: str,
        name: str | None = None,
        *,
        api_key: str = DEVELOPMENT_KEY,
        admin_token: str | None = None,
        admin_prefix: str = Settings.admin_prefix,
    ) -> None:
        """Name a session of the mock at `url`; without a name it gets one that nobody else has."""
        self.url = url.rstrip("/")
        self.name = name or f"session-{uuid.uuid4().hex}"
        self.api_key = api_key
        self._control = Control(self.url + admin_prefix, self.name, admin_token)
        self.state = SessionState(self._control)
        self.clock = SessionClock(self._control)
        self.faults = SessionFaults(self._control)
        self.requests = SessionRequests(self._control)

    @property
    def headers(self) -> dict[str, str]:
        """The headers with which a request to the API is in this session."""
        return {"Authorization": f"Bearer {self.api_key}", "X-Mock-Session": self.name}

    @property
    def cookie(self) -> dict[str, str]:
        """The cookie with which a browser is in this session, in the form that Playwright takes."""
        return {"name": "mock_session", "value": self.name, "url": self.url}

    def spend(
        self,
        *,
        cost: float = 0,
        tokens: int = 0,
        requests: int = 1,
        model_config_id: str | None = None,
        call: Mapping[str, str | None] | None = None,
    ) -> dict[str, Any]:
        """Charge a config, or all that a call falls under; return what was charged and what would have refused it."""
        charged = {"model_config_id": model_config_id, "call": call}
        amounts = {"cost": cost, "tokens": tokens, "requests": requests}
        given = {name: value for name, value in charged.items() if value is not None}
        spent: dict[str, Any] = self._control.post("/spend", {**amounts, **given})
        return spent

    def simulate(
        self,
        days: int,
        *,
        calls_per_hour: int = 10,
        seed: int = 0,
        mix: Sequence[Mapping[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Let days of seeded traffic pass; return a summary of each day."""
        given = {} if mix is None else {"mix": mix}
        plan = {"days": days, "calls_per_hour": calls_per_hour, "seed": seed, **given}
        simulated: dict[str, Any] = self._control.post("/spend/simulate", plan)
        return simulated

    def begin(self) -> Self:
        """Copy the base now, instead of at the first use, and return the session."""
        self._control.get("/health")
        return self

    def drop(self) -> None:
        """Forget the session with all that is its own; one that is gone is no error, and the base stays."""
        try:
            self._control.delete(f"/sessions/{self.name}")
        except ControlRefused as error:
            if error.status != 404:
                raise

    def __enter__(self) -> Self:
        return self.begin()

    def __exit__(self, *_: object) -> None:
        self.drop()

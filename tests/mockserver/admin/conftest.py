"""A client of the control API and of the API, in any session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Ask = Callable[..., Any]
"""Sends a request and returns the JSON of its answer, whose status must be the expected one."""


@pytest.fixture
def asking() -> Callable[[FlaskClient], Ask]:
    """Return what makes an `ask` for another client."""
    return _asking


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    """Return what asks a mock that began empty: a path from `/api` on is the API's, any other the control API's."""
    return _asking(client)


def _asking(client: FlaskClient) -> Ask:

    def send(method: str, path: str, body: Any = None, *, status: int = 200, session: str | None = None) -> Any:
        headers = {"X-Mock-Session": session} if session else {}
        target = path if path.startswith("/api") else f"/__admin{path}"
        sent = {"json": body} if body is not None else {}
        answer = client.open(target, method=method, headers=headers, **sent)
        assert answer.status_code == status, answer.text
        return answer.get_json() if answer.is_json else answer.text

    return send

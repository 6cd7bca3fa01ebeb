"""The log of a session as tests read it."""

from __future__ import annotations

from typing import Any

from mockserver.testing.control import Control

Entries = list[dict[str, Any]]
"""Requests with their answers, the newest first, in the form of `LoggedRequest` of the control API's document."""


class SessionRequests:
    """What was asked of the API in one session.

    Criteria are `method`, `path` (with `*` at its end: all that begin so), `status`, `rule` and `operation`.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self, limit: int | None = None) -> Entries:
        """Return the latest requests."""
        entries: Entries = self._control.get("/requests", limit=limit)["requests"]
        return entries

    def find(self, **criteria: str | int) -> Entries:
        """Return the latest requests that meet all criteria."""
        entries: Entries = self._control.post("/requests/find", criteria)["requests"]
        return entries

    def count(self, **criteria: str | int) -> int:
        """Return how many requests meet all criteria."""
        count: int = self._control.post("/requests/count", criteria)["count"]
        return count

    def clear(self) -> None:
        """Forget all requests."""
        self._control.delete("/requests")

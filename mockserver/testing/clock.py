"""The clock of a session as tests drive it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mockserver.testing.control import Control

Rollovers = list[dict[str, Any]]
"""Every counter that returned to 0: resource, counter, what it had counted, old and new start of its window."""


class SessionClock:
    """The clock of one session; a duration is a text such as `2h` or `1M`."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return datetime.fromisoformat(self._control.get("/clock")["now"])

    def freeze(self) -> None:
        """Stop the clock; it can still be moved."""
        self._moved("freeze")

    def advance(self, duration: str) -> Rollovers:
        """Move the clock on by a duration, and return what rolled over by that."""
        return self._moved("advance", duration=duration)

    def set(self, instant: datetime | str) -> Rollovers:
        """Move the clock on to an instant with a zone, and return what rolled over by that."""
        text = instant.isoformat() if isinstance(instant, datetime) else instant
        return self._moved("set", instant=text)

    def next(self) -> Rollovers:
        """Move the clock to the next instant at which a counter returns to 0, and return what rolled over."""
        return self._moved("next")

    def scale(self, factor: float) -> None:
        """Let the clock run so many times as fast."""
        self._moved("scale", factor=factor)

    def reset(self) -> None:
        """Go back to real time."""
        self._moved("reset")

    def upcoming(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return which counters return to 0 next, and when, soonest first."""
        upcoming: list[dict[str, Any]] = self._control.get("/clock/upcoming", limit=limit)["upcoming"]
        return upcoming

    def _moved(self, action: str, **how: Any) -> Rollovers:
        rollovers: Rollovers = self._control.put("/clock", {"action": action, **how})["rollovers"]
        return rollovers

"""What one contestant saw of one server of the cast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Sighting:
    """One contestant on one server.

    `alarms` are what it complained about: rule ids of the suite, operation and failure code of Schemathesis.
    `first` is the first of them in words, `layer` where it came from, after how many requests and seconds.
    `error` says why there was no verdict.
    """

    member: str
    contestant: str
    alarms: tuple[str, ...] = ()
    first: str = ""
    layer: str = ""
    first_requests: int = 0
    first_seconds: float = 0.0
    requests: int = 0
    seconds: float = 0.0
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return this sighting as plain data."""
        return {**asdict(self), "alarms": list(self.alarms)}


def sighting_of(data: Mapping[str, Any]) -> Sighting:
    """Return the sighting that was written down as plain data."""
    return Sighting(**{**data, "alarms": tuple(data["alarms"])})

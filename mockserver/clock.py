"""Time as the mock sees it, and the form in which it is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the present instant, with the zone UTC."""

TICK = timedelta(microseconds=1)
"""The least step between two instants that can be told apart."""


def system_clock() -> datetime:
    """Return the present instant of the machine."""
    return datetime.now(UTC)


def timestamp(instant: datetime) -> str:
    """Return `instant` as an RFC 3339 timestamp in UTC with microseconds (RESP-04)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> datetime:
    """Return the instant that an RFC 3339 timestamp names.

    Raises:
        ValueError: `text` is none, or has no zone.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; expected a timestamp such as 2026-03-01T09:00:00Z")
    return instant.astimezone(UTC)

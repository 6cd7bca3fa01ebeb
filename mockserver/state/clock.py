"""Time as the mock sees it, how it can be moved, and the form in which it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Clock = Callable[[], datetime]
"""Answers the present instant, with the zone UTC."""

TICK = timedelta(microseconds=1)
"""The least step between two instants that can be told apart."""

FIRST = datetime.min.replace(tzinfo=UTC)
"""Where a clock stops that runs back, as that of the machine does when somebody sets it."""

LAST = datetime(9998, 1, 1, tzinfo=UTC)
"""Where a clock stops: past it, windows would leave the calendar."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    """Return the present instant of the machine."""
    return datetime.now(UTC)


def timestamp(instant: datetime) -> str:
    """Return `instant` as an RFC 3339 timestamp in UTC with microseconds (RESP-04)."""
    return instant.astimezone(UTC).isoformat("T", "microseconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=64)
def parse_timestamp(text: str) -> datetime:
    """Return the instant that an RFC 3339 timestamp names.

    Raises:
        ValueError: `text` is none, or has no zone.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; expected a timestamp such as 2026-03-01T09:00:00Z")
    return instant.astimezone(UTC)


@dataclass(frozen=True)
class Timing:
    """How the instants of a clock follow from those of the machine: `shown` was the instant at `machine`."""

    machine: datetime = _EPOCH
    shown: datetime = _EPOCH
    factor: float = 1
    frozen: bool = False

    @property
    def is_real(self) -> bool:
        """Whether the clock shows what the machine's does."""
        return self == REAL_TIME

    def at(self, machine: datetime) -> datetime:
        """Return what the clock shows at this instant of the machine."""
        if self.frozen:
            return self.shown
        if self is REAL_TIME:
            return min(machine, LAST)
        elapsed = machine - self.machine
        try:
            return min(self.shown + (elapsed if self.factor == 1 else elapsed * self.factor), LAST)
        except OverflowError:
            return LAST if elapsed > timedelta() else FIRST


REAL_TIME = Timing()
"""The timing of a clock that nobody has moved."""


def frozen(timing: Timing, machine: datetime) -> Timing:
    """Return the timing of a clock that stands still from now on."""
    return replace(timing, machine=machine, shown=timing.at(machine), frozen=True)


def scaled(timing: Timing, machine: datetime, factor: float) -> Timing:
    """Return the timing of a clock that runs from now on, `factor` times as fast as the machine's."""
    return Timing(machine, timing.at(machine), factor)


def moved_to(timing: Timing, machine: datetime, instant: datetime) -> Timing:
    """Return the timing of a clock that shows `instant` now, and goes on, or stands, as before.

    Raises:
        ValueError: the instant is before what the clock shows, or after `LAST`.
    """
    now = timing.at(machine)
    if instant < now:
        raise ValueError(f"{timestamp(instant)} is before {timestamp(now)}, and only `reset` moves the clock back")
    return anchored(timing, machine, instant)


def anchored(timing: Timing, machine: datetime, instant: datetime) -> Timing:
    """Return the timing of a clock that shows `instant` now, be it before or after what it shows.

    Raises:
        ValueError: the instant is after `LAST`.
    """
    if instant > LAST:
        raise ValueError(f"the clock goes no further than {timestamp(LAST)}")
    return replace(timing, machine=machine, shown=instant)


class Timepiece:
    """A clock that runs as `timing` answers; a call answers the instant that it shows."""

    def __init__(self, machine: Clock, timing: Callable[[], Timing] = lambda: REAL_TIME) -> None:
        self.machine = machine
        self._timing = timing

    @property
    def timing(self) -> Timing:
        """How it runs at present."""
        return self._timing()

    def __call__(self) -> datetime:
        """Return the instant that the clock shows."""
        return self._timing().at(self.machine())

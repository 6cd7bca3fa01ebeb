"""How a clock follows from that of the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.state import clock
from mockserver.state.clock import LAST, REAL_TIME, Timing

NOW = datetime(2026, 3, 1, 9, 0, 0, 123457, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_real_time_is_that_of_the_machine_to_the_microsecond() -> None:
    assert REAL_TIME.at(NOW) == NOW
    assert REAL_TIME.is_real


def test_a_frozen_clock_stands() -> None:
    assert clock.frozen(REAL_TIME, NOW).at(NOW + HOUR) == NOW


def test_a_frozen_clock_that_is_moved_still_stands() -> None:
    timing = clock.moved_to(clock.frozen(REAL_TIME, NOW), NOW + HOUR, NOW + 5 * HOUR)
    assert timing.at(NOW + 9 * HOUR) == NOW + 5 * HOUR


@pytest.mark.parametrize("factor", [0.5, 1, 60])
def test_a_scaled_clock_runs_from_where_it_was(factor: float) -> None:
    timing = clock.scaled(clock.moved_to(REAL_TIME, NOW, NOW + 24 * HOUR), NOW, factor)
    assert timing.at(NOW) == NOW + 24 * HOUR
    assert timing.at(NOW + HOUR) == NOW + 24 * HOUR + HOUR * factor


def test_a_clock_is_not_moved_back() -> None:
    with pytest.raises(ValueError, match="only `reset` moves the clock back"):
        clock.moved_to(REAL_TIME, NOW, NOW - clock.TICK)


def test_a_clock_whose_machine_is_set_back_stops_where_the_calendar_begins() -> None:
    assert Timing(NOW, NOW, 1e9).at(NOW - 10**5 * HOUR) == clock.FIRST
    assert Timing(NOW, clock.FIRST).at(NOW - HOUR) == clock.FIRST
    assert clock.timestamp(clock.FIRST) == "0001-01-01T00:00:00.000000Z"


def test_a_clock_stops_where_the_calendar_nearly_ends() -> None:
    assert Timing(NOW, NOW, 1e9).at(NOW + 10**5 * HOUR) == LAST
    assert clock.moved_to(REAL_TIME, NOW, LAST).at(NOW + HOUR) == LAST
    with pytest.raises(ValueError, match="no further than 9998"):
        clock.moved_to(REAL_TIME, NOW, LAST + clock.TICK)

"""Held requests: listed, released one by one or all at once."""

from __future__ import annotations

from datetime import UTC, datetime

from mockserver.exchange import Request
from mockserver.faults.holds import Hold, Holds


def held(holds: Holds) -> Hold:
    return holds.add(datetime(2026, 3, 1, tzinfo=UTC), "op", Request(), fault="1", when="before")


def test_held_requests_are_released_in_any_order() -> None:
    holds = Holds()
    first, second = held(holds), held(holds)
    assert holds.release("2") is second
    assert second.released.done()
    assert not first.released.done()
    assert holds.all() == [first]


def test_a_request_is_released_once() -> None:
    holds = Holds()
    hold = held(holds)
    assert holds.release("1") is hold
    assert holds.release("1") is None
    assert holds.release("none") is None


def test_all_requests_are_released_the_oldest_first() -> None:
    holds = Holds()
    all_held = [held(holds) for _ in range(3)]
    assert holds.release_all() == all_held
    assert holds.all() == []


def test_a_request_that_waits_no_more_cannot_be_released() -> None:
    holds = Holds()
    hold = held(holds)
    hold.released.cancel()
    assert holds.all() == []
    assert holds.release_all() == []

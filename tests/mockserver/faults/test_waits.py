"""What a request waits for."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from mockserver.faults.waits import Wait


@pytest.mark.parametrize(("seconds", "released"), [(0.1, None), (0.0, Future())])
def test_there_is_something_to_wait_for_or_not(seconds: float, released: Future[None] | None) -> None:
    assert Wait(seconds, released)
    assert not Wait()


def test_a_wait_that_is_ended_releases_nobody() -> None:
    released: Future[None] = Future()
    wait = Wait(released=released)
    wait.end()
    assert released.cancelled()
    wait.block()


def test_a_thread_waits_until_it_is_released() -> None:
    released: Future[None] = Future()
    released.set_result(None)
    Wait(released=released).block()
    assert not released.cancelled()

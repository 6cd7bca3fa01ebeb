from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from mockserver.serving.deadlines import Deadlines

LONG = 1000.0


async def answer() -> str:
    return "in time"


def test_what_comes_in_time_is_returned() -> None:
    assert asyncio.run(Deadlines(LONG).kept(answer())) == "in time"


def test_what_does_not_come_in_time_is_ended_and_the_next_one_has_its_own_time() -> None:
    async def waited() -> str:
        deadlines = Deadlines(0)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await deadlines.kept(asyncio.Event().wait())
        return await deadlines.kept(answer())

    assert asyncio.run(waited()) == "in time"


def test_of_many_that_wait_at_once_all_are_ended() -> None:
    async def waited() -> list[bool | BaseException]:
        deadlines = Deadlines(0)
        waits: list[Awaitable[bool]] = [deadlines.kept(asyncio.Event().wait()) for _ in range(9)]
        return await asyncio.gather(*waits, return_exceptions=True)

    assert [type(each) for each in asyncio.run(waited())] == [TimeoutError] * 9


def test_who_is_cancelled_by_somebody_else_is_not_late() -> None:
    async def waited() -> None:
        deadlines = Deadlines(LONG)
        task = asyncio.create_task(deadlines.kept(asyncio.Event().wait()))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(waited())

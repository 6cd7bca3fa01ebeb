"""Deadlines of many waits, kept with one timer: one for each wait costs more than most waits take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

Result = TypeVar("Result")


class Deadlines:
    """Ends waits that last too long; all may last equally long, so that the first to begin is the first to end."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[asyncio.Task[Any] | None, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def kept(self, waiting: Awaitable[Result]) -> Result:
        """Return what the present task waits for.

        Raises:
            TimeoutError: it did not come in time.
        """
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self._ends[task] = end = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(end, self._end_late)
        try:
            return await waiting
        except asyncio.CancelledError as error:
            if task is None or task in self._ends or task.uncancel():
                raise
            raise TimeoutError from error
        finally:
            self._ends.pop(task, None)

    def _end_late(self) -> None:
        loop = asyncio.get_running_loop()
        while self._ends and next(iter(self._ends.values())) <= loop.time():
            task = next(iter(self._ends))
            del self._ends[task]
            if task is not None:
                task.cancel()
        self._timer = loop.call_at(next(iter(self._ends.values())), self._end_late) if self._ends else None

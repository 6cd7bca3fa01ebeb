"""What a request waits for: time to pass, and somebody to release it."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass

LONGEST_WAIT = 300.0
"""After how many seconds a request goes on, whatever it waits for."""


@dataclass(frozen=True)
class Wait:
    """What a request waits for: seconds of the machine to pass, and then, where there is any, its release."""

    seconds: float = 0.0
    released: Future[None] | None = None

    def __bool__(self) -> bool:
        """Return whether there is anything to wait for."""
        return bool(self.seconds) or self.released is not None

    def end(self) -> None:
        """Wait no more, for what reason ever; who would have released the request sees that it is gone."""
        if self.released is not None:
            self.released.cancel()

    def block(self) -> None:
        """Let this thread wait."""
        time.sleep(self.seconds)
        if self.released is not None:
            with suppress(TimeoutError, CancelledError):
                self.released.result(LONGEST_WAIT)
        self.end()


NO_WAIT = Wait()
"""Nothing to wait for."""

"""How an answer reaches its client: at once, late, or not at all; said by the application, done by the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.exchange import Response

if TYPE_CHECKING:
    from mockserver.faults import Plan

KEY = "mockserver.delivery"
"""Where the server of the mock puts the delivery of a request into its WSGI environment."""

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


@dataclass(frozen=True)
class Breakage:
    """How a connection breaks, by a name of `wire.BREAKAGES`; `seed` chooses what is sent where that is random."""

    name: str
    seed: int = 0


@dataclass
class Delivery:
    """What is to become of one request and its answer; the server carries it out once the application has answered.

    The application is called on the event loop and cannot wait there. If it leaves a `delay`, it has not acted:
    the server waits, sets `is_delayed` and calls the application again. The first answer stands where the server
    cannot wait.
    """

    delay: Wait = NO_WAIT
    """For what the request waits before the application acts."""
    is_delayed: bool = False
    """Whether that is over."""
    plan: Plan | None = None
    """The faults that strike the request, which the application finds again when it is called again."""
    pause: Wait = NO_WAIT
    """For what the answer waits before it is sent."""
    breakage: Breakage | None = None
    """What happens to the connection in the place of the answer, which stands where that is impossible."""


def delivered_by_thread(answer: Callable[[Delivery], Response]) -> Response:
    """Return the answer under a server that is not the mock's own, where each request may block its thread."""
    delivery = Delivery()
    response = answer(delivery)
    if delivery.delay:
        delivery.delay.block()
        delivery.is_delayed = True
        response = answer(delivery)
    delivery.pause.block()
    return response

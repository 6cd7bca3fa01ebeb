"""How an answer reaches its client: at once, late, or not at all; said by the application, done by the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

from mockserver.faults.plan import Plan
from mockserver.faults.waits import NO_WAIT, Wait
from mockserver.faults.wire import Breakage
from mockserver.state.store import State

KEY = "mockserver.delivery"
"""Where the server of the mock puts the delivery of a request into its WSGI environment."""


@dataclass
class Delivery:
    """What is to become of one request and its answer; the server carries it out once the application has answered.

    The application is called on the event loop and cannot wait there. If it leaves a `delay`, it has not acted:
    the server waits, sets `is_delayed` and calls the application again. The first answer stands where the server
    cannot wait.
    """

    began: float = field(default_factory=perf_counter)
    """When the request arrived, by the performance counter."""
    delay: Wait = NO_WAIT
    """For what the request waits before the application acts."""
    is_delayed: bool = False
    """Whether that is over."""
    plan: Plan | None = None
    """The faults that strike the request, which the application finds again when it is called again."""
    seen: State | None = None
    """The state that the request found when it arrived, where it does not look again after the delay."""
    pause: Wait = NO_WAIT
    """For what the answer waits before it is sent."""
    breakage: Breakage | None = None
    """What happens to the connection in the place of the answer, which stands where that is impossible."""


Answer = TypeVar("Answer")


def delivered_by_thread(answer: Callable[[Delivery], Answer]) -> Answer:
    """Return the answer under a server that is not the mock's own, where each request may block its thread."""
    delivery = Delivery()
    answered = answer(delivery)
    if delivery.delay:
        delivery.delay.block()
        delivery.is_delayed = True
        answered = answer(delivery)
    delivery.pause.block()
    return answered

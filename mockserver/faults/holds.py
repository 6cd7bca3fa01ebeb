"""Requests that are held until somebody releases them, in any order."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mockserver.exchange import Request
from mockserver.redaction import BODY_BYTES, Redaction
from mockserver.state import clock


@dataclass(frozen=True)
class Hold:
    """A request that is held, before it acts or before its answer is sent."""

    number: int
    at: datetime
    operation: str
    request: Request
    fault: str | None
    when: str
    released: Future[None] = field(default_factory=Future, compare=False)
    """Done when the request is held no more."""

    def as_json(self, redaction: Redaction) -> dict[str, Any]:
        """Return this hold as the documented `Hold`, its secrets hidden."""
        return {
            "id": str(self.number),
            "at": clock.timestamp(self.at),
            "operation": self.operation,
            "method": self.request.method,
            "path": redaction.text(self.request.path),
            "query": redaction.text(self.request.query),
            "body": redaction.beginning(self.request.body, BODY_BYTES).decode("utf-8", "replace"),
            "body_size": len(self.request.body),
            "fault": self.fault,
            "when": self.when,
        }


class Holds:
    """All requests of a session that are held, oldest first."""

    def __init__(self) -> None:
        self._held: dict[int, Hold] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, at: datetime, operation: str, request: Request, *, fault: str | None, when: str) -> Hold:
        """Return a new hold, which is listed until it is released or its request waits no more."""
        with self._lock:
            hold = Hold(next(self._numbers), at, operation, request, fault, when)
            self._held[hold.number] = hold
        hold.released.add_done_callback(lambda _: self._held.pop(hold.number, None))
        return hold

    def all(self) -> list[Hold]:
        """Return all holds, oldest first."""
        with self._lock:
            return list(self._held.values())

    def release(self, number: str) -> Hold | None:
        """Let the request with this number go on, and return its hold, if there is one."""
        hold = next((each for each in self.all() if str(each.number) == number), None)
        return hold if hold is not None and _let_go(hold) else None

    def release_all(self, fault: str | None = None) -> list[Hold]:
        """Let all requests go on, or all that this fault holds, the oldest first, and return their holds."""
        return [hold for hold in self.all() if fault in (None, hold.fault) and _let_go(hold)]


def _let_go(hold: Hold) -> bool:
    """Return whether the request was still held."""
    try:
        hold.released.set_result(None)
    except InvalidStateError:
        return False
    return True

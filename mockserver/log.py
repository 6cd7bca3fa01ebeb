"""The log of requests: bounded in number and bytes, free of secrets, searchable."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mockserver.exchange import Request, Response, Suspicion
from mockserver.faults.plan import NO_FAULTS, Plan
from mockserver.problems import Problem
from mockserver.redaction import BODY_BYTES, Redaction
from mockserver.state import clock

SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"})
"""Headers that are never stored."""

MOST_LISTENERS = 64
"""How many may listen at a time, in all sessions together: each takes a thread and a connection."""

_WAITING = 1000
_WAITING_BYTES = 2**20
"""How many entries, and bytes of them, may wait for a listener that does not read."""


class Entry(NamedTuple):
    """A request and its answer as they are kept; a body that was longer than what is kept says so."""

    number: int
    at: datetime
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    body_size: int
    operation: str | None
    status: int
    rules: tuple[str, ...]
    suspicions: tuple[Suspicion, ...]
    preferences: tuple[str, ...]
    answer: bytes
    answer_size: int
    plan: Plan = NO_FAULTS
    """What struck the request; where it acted, the answer is the one that was ready then, whatever the client saw."""
    seconds: float = 0
    """How long the mock took until the answer was ready, by the clock of the machine; a delay before that counts."""

    @property
    def size(self) -> int:
        """How many bytes this entry counts as."""
        texts = (self.target, *self.headers, *self.headers.values())
        told = sum(len(each.pointer) + len(each.message) for each in self.suspicions) if self.suspicions else 0
        return 200 + sum(map(len, texts)) + len(self.body) + len(self.answer) + told

    @property
    def milliseconds(self) -> float:
        """How long the mock took, in milliseconds to the microsecond."""
        return round(self.seconds * 1000, 3)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def as_json(self) -> dict[str, Any]:
        """Return this entry as the documented `LoggedRequest`."""
        return {
            "id": str(self.number),
            "at": clock.timestamp(self.at),
            "duration_ms": self.milliseconds,
            "operation": self.operation,
            "request": {
                "method": self.method,
                "path": self.path,
                "query": self.query,
                "headers": dict(self.headers),
                "body": self.body.decode("utf-8", "replace"),
                "body_size": self.body_size,
            },
            "response": {
                "status": self.status,
                "rules": list(self.rules),
                "warnings": [
                    {"id": each.id, "pointer": each.pointer, "message": each.message} for each in self.suspicions
                ],
                "preferences": list(self.preferences),
                "body": self.answer.decode("utf-8", "replace"),
                "body_size": self.answer_size,
            },
            "faults": list(self.plan.summaries()),
        }


@dataclass(frozen=True)
class Criteria:
    """What an entry must be to be found; None is no condition. `path` ends in `*` to match all that begin so."""

    method: str | None = None
    path: str | None = None
    status: int | None = None
    rule: str | None = None
    operation: str | None = None
    warning: str | None = None

    def match(self, entry: Entry) -> bool:
        """Return whether `entry` meets every condition."""
        return (
            (self.method is None or entry.method == self.method.upper())
            and (self.path is None or _matches(self.path, entry.path))
            and (self.status is None or entry.status == self.status)
            and (self.rule is None or self.rule in entry.rules)
            and (self.operation is None or entry.operation == self.operation)
            and (self.warning is None or self.warning in {each.id for each in entry.suspicions})
        )


class Log:
    """The latest exchanges, newest last."""

    def __init__(
        self,
        *,
        limit: int,
        limit_bytes: int,
        secrets: tuple[str, ...] = (),
        seats: threading.Semaphore | None = None,
    ) -> None:
        """Keep nothing yet; `seats` are shared with other logs, one for each listener."""
        self._seats = seats or threading.BoundedSemaphore(MOST_LISTENERS)
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._secrets = secrets
        self.redaction = Redaction(secrets)
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._numbers = itertools.count(1)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def empty(self) -> Log:
        """Return another log with the same bounds and secrets, and with listeners that count together."""
        return Log(limit=self._limit, limit_bytes=self._limit_bytes, secrets=self._secrets, seats=self._seats)

    def add(
        self,
        at: datetime,
        operation: str | None,
        request: Request,
        response: Response,
        plan: Plan = NO_FAULTS,
        seconds: float = 0,
    ) -> None:
        """Keep an exchange without its secrets; the oldest ones give way."""
        if not self._limit:
            return
        text = self.redaction.text
        headers = {name: value for name, value in request.headers.items() if name not in SECRET_HEADERS}
        if self.redaction.holds_secret("\n".join(headers.values())):
            headers = {name: text(value) for name, value in headers.items()}
        with self._lock:
            entry = Entry(
                number=next(self._numbers),
                at=at,
                method=request.method,
                path=self.redaction.text(request.path),
                query=self.redaction.text(request.query),
                headers=headers,
                body=self.redaction.beginning(request.body, BODY_BYTES),
                body_size=len(request.body),
                operation=operation,
                status=response.status,
                rules=response.rules,
                suspicions=self._redacted(response.suspicions) if response.suspicions else (),
                preferences=tuple(map(self.redaction.text, response.preferences)),
                answer=self.redaction.beginning(response.body, BODY_BYTES),
                answer_size=len(response.body),
                plan=plan,
                seconds=seconds,
            )
            self._keep(entry)

    def all(self) -> list[Entry]:
        """Return all entries, oldest first."""
        with self._lock:
            return list(self._entries)

    def get(self, number: str) -> Entry | None:
        """Return the entry with this number, if it is still there."""
        return next((entry for entry in self.all() if str(entry.number) == number), None)

    def found(self, criteria: Criteria) -> list[Entry]:
        """Return the entries that meet `criteria`, oldest first."""
        return [entry for entry in self.all() if criteria.match(entry)]

    def unmatched(self) -> list[Entry]:
        """Return the entries of requests for which there is no operation, oldest first."""
        return [entry for entry in self.all() if entry.operation is None]

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def listen(self, patience: float) -> Listener:
        """Return what hears each entry from now on, until it is closed.

        Raises:
            Problem: as many listen already as may.
        """
        if not self._seats.acquire(blocking=False):
            message = f"{MOST_LISTENERS} event streams are open already, the most that this mock serves; close one"
            raise Problem("too-many", 409, message)
        listener = Listener(self, patience)
        with self._lock:
            self._listeners.append(listener)
        return listener

    def dismiss(self, listener: Listener) -> None:
        """Let a listener hear nothing any more."""
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
                self._seats.release()

    def _redacted(self, suspicions: tuple[Suspicion, ...]) -> tuple[Suspicion, ...]:
        text = self.redaction.text
        return tuple(Suspicion(each.id, text(each.pointer), text(each.message)) for each in suspicions)

    def _keep(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += entry.size
        while len(self._entries) > self._limit or (self._bytes > self._limit_bytes and len(self._entries) > 1):
            self._bytes -= self._entries.popleft().size
        for listener in self._listeners:
            listener.hear(entry)


class Listener:
    """Entries as they come, as server-sent events; without any for `patience` seconds a comment keeps it open.

    Entries for which there is no room, as nobody reads, are missed: the event `missed` says how many they were.
    """

    def __init__(self, log: Log, patience: float) -> None:
        self._log = log
        self._patience = patience
        self._waiting: deque[Entry] = deque()
        self._bytes = 0
        self._missed = 0
        self._changed = threading.Condition()
        self._is_greeted = False

    def hear(self, entry: Entry) -> None:
        """Take an entry, if there is room for it."""
        size = entry.size
        with self._changed:
            if self._missed or len(self._waiting) >= _WAITING or self._bytes + size > _WAITING_BYTES:
                self._missed += 1  # what comes later is missed, too, until this is told: all stays in order
            else:
                self._waiting.append(entry)
                self._bytes += size
            self._changed.notify()

    def __iter__(self) -> Listener:
        return self

    def __next__(self) -> bytes:
        if not self._is_greeted:
            self._is_greeted = True
            return b": listening\n\n"
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._missed, self._patience)
            if self._waiting:
                entry = self._waiting.popleft()
                self._bytes -= entry.size
            elif self._missed:
                missed, self._missed = self._missed, 0
                return b'event: missed\ndata: {"count": %d}\n\n' % missed
            else:
                return b": nothing yet\n\n"
        return b"id: %d\nevent: request\ndata: %s\n\n" % (entry.number, orjson.dumps(entry.as_json()))

    def close(self) -> None:
        """Hear nothing any more."""
        self._log.dismiss(self)


def _matches(wanted: str, path: str) -> bool:
    return path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted

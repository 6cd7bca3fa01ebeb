"""Sessions: every client that names one has its own data, clock and log, forked from the base on first use."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mockserver import problems
from mockserver.actions import World
from mockserver.faults.plan import Faults
from mockserver.log import Log
from mockserver.state.clock import REAL_TIME, Clock, Timepiece, anchored
from mockserver.state.persistence import Keeper
from mockserver.state.store import MemoryStore, State

HEADER = "x-mock-session"
COOKIE = "mock_session"
BASE = "base"
"""The name of the session of all clients that name none."""

MOST_SNAPSHOTS = 100
"""How many snapshots a session keeps."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_COOKIE = re.compile(rf"(?:^|;)\s*{COOKIE}=\"?([^;\"]*)", re.ASCII)

Ids = Callable[[str], Callable[[], str]]
"""Answers the source of new ids for a session of this name."""


@dataclass(frozen=True)
class Snapshot:
    """A state that was kept, and what the clock showed then."""

    state: State
    saved_at: datetime


class Session:
    """The world of one client, its clock, its log, its snapshots and its faults; a `keeper` keeps its state."""

    def __init__(
        self,
        name: str,
        state: State,
        machine: Clock,
        new_id: Callable[[], str],
        log: Log,
        keeper: Keeper | None = None,
    ) -> None:
        store = MemoryStore(state, keeper.keep) if keeper else MemoryStore(state)
        self.name = name
        self.keeper = keeper
        self.timepiece = Timepiece(machine, lambda: store.state.timing)
        self.world = World(store, self.timepiece, new_id)
        self.log = log
        self.snapshots: dict[str, Snapshot] = {}
        self.faults = Faults()
        self.origin = state
        self.created_at = self.last_used = machine()

    def snapshot(self) -> Snapshot:
        """Return the present state with the instant at which it was present."""
        return Snapshot(self.world.store.state, self.timepiece())

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to `snapshot`, and to the instant of it, unless both clocks are the machine's."""
        timing = snapshot.state.timing
        if not (timing.is_real and self.timepiece.timing.is_real):
            timing = anchored(timing, self.timepiece.machine(), snapshot.saved_at)
        self.replace(snapshot.state.with_timing(timing))

    def replace(self, state: State) -> None:
        """Exchange the whole state, the timing of the clock with it."""
        self.world.store.change(lambda _: (state, None))

    def reset(self) -> None:
        """Go back to the data that the session began with and to real time; log, snapshots and faults are emptied."""
        self.replace(self.origin.with_timing(REAL_TIME))
        self.log.clear()
        self.snapshots.clear()
        self.faults.clear()


class Sessions:
    """All sessions: the base, and a bounded number of others, of which the longest unused is dropped first."""

    def __init__(self, base: Session, ids: Ids, *, limit: int, idle: timedelta) -> None:
        self.base = base
        self._ids = ids
        self._limit = limit
        self._idle = idle
        self._others: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def chosen(self, headers: Mapping[str, str]) -> Session:
        """Return the session that a request names by header or cookie; one of a new name is forked from the base.

        Raises:
            Problem: the name is none that a session can have.
        """
        name = headers.get(HEADER) or ("cookie" in headers and _in_cookie(headers["cookie"]))
        if not name or name == BASE:
            return self.base
        if not _NAME.fullmatch(name):
            raise problems.malformed_name("session", name)
        with self._lock:
            return self._used(name)

    def all(self) -> list[Session]:
        """Return all sessions, the base first, then the longest unused one."""
        with self._lock:
            self._drop_idle()
            return [self.base, *self._others.values()]

    def drop(self, name: str) -> None:
        """Forget a session with all that is its own.

        Raises:
            Problem: there is none of this name, or it is the base.
        """
        with self._lock:
            if name not in self._others:
                raise problems.unknown_name("session to drop", name, self._others)
            self._others.pop(name).faults.clear()

    def close(self) -> None:
        """Let the data file go, where the base has one; nothing can be changed afterwards."""
        if self.base.keeper:
            self.base.keeper.close()

    def _used(self, name: str) -> Session:
        self._drop_idle()
        session = self._others.pop(name, None) or self._forked(name)
        session.last_used = session.timepiece.machine()
        self._others[name] = session
        while len(self._others) > self._limit:
            self._drop_oldest()
        return session

    def _drop_idle(self) -> None:
        now = self.base.timepiece.machine()
        while self._others and now - next(iter(self._others.values())).last_used > self._idle:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, session = self._others.popitem(last=False)
        session.faults.clear()

    def _forked(self, name: str) -> Session:
        base = self.base
        session = Session(name, base.world.store.state, base.timepiece.machine, self._ids(name), base.log.empty())
        session.faults = base.faults.copy()
        return session


def _in_cookie(cookie: str) -> str | None:
    match = _COOKIE.search(cookie)
    return match[1].strip() if match else None

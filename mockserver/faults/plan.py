"""Faults: what goes wrong with which requests, how often, and before or after the request has changed the state."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from mockserver import problems
from mockserver.exchange import NO_ANSWER, Request, Response
from mockserver.faults.holds import Holds
from mockserver.faults.waits import LONGEST_WAIT, NO_WAIT, Wait
from mockserver.faults.wire import BREAKAGES, Breakage
from mockserver.state import clock

MOST_FAULTS = 100
"""How many faults a session keeps."""

WAITS = ("latency", "hold")
"""The kinds that only let a request wait; all others take the place of its answer."""

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Latency:
    """How long a delay takes, in milliseconds of the machine: `type` is fixed, uniform or lognormal, as in WireMock.

    `sigma` is at most 10.
    """

    type: str = "fixed"
    milliseconds: float = 0
    lower: float = 0
    upper: float = 0
    median: float = 0
    sigma: float = 0

    def seconds(self, source: random.Random) -> float:
        """Return a delay drawn from this distribution, no longer than a request may wait."""
        drawn = {
            "fixed": lambda: self.milliseconds,
            "uniform": lambda: source.uniform(self.lower, self.upper),
            "lognormal": lambda: self.median * source.lognormvariate(0, self.sigma),
        }[self.type]()
        return min(drawn / 1000, LONGEST_WAIT)


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with requests that match; None is no condition.

    `when` says whether before or after the request has acted. `times` is how many requests it strikes at most, `until`
    an instant of the session's clock. Whether the n-th request that matches is struck follows from `seed` and n.
    """

    kind: str
    id: str | None = None
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    when: str = BEFORE
    probability: float = 1
    seed: int = 0
    times: int | None = None
    until: datetime | None = None
    status: int | None = None
    message: str | None = None
    latency: Latency | None = None
    milliseconds: float | None = None
    matched: int = 0
    fired: int = 0

    def matches(self, operation: str, request: Request) -> bool:
        """Return whether a request for `operation` is one of those that this fault is for."""
        return (
            (self.operation is None or operation == self.operation)
            and (self.method is None or request.method == self.method.upper())
            and (self.path is None or fnmatchcase(request.path, self.path))
        )

    def is_over(self, now: datetime) -> bool:
        """Return whether this fault will strike no more."""
        is_used_up = self.times is not None and self.fired >= self.times
        return is_used_up or (self.until is not None and now >= self.until)

    def drawn(self) -> tuple[Fault, bool]:
        """Return this fault after one more request that matches, and whether that one is struck."""
        is_struck = self._source("chance").random() < self.probability
        return replace(self, matched=self.matched + 1, fired=self.fired + is_struck), is_struck

    def seconds(self) -> float:
        """Return how long the delay or timeout takes for the latest request."""
        if self.kind == "timeout":
            return LONGEST_WAIT if self.milliseconds is None else self.milliseconds / 1000
        return self.latency.seconds(self._source("latency")) if self.latency else 0

    def response(self) -> Response:
        """Return the answer of a fault that ends a request; where it breaks the connection, the one if it cannot."""
        if self.kind != "status":
            return problems.cannot_break(self.kind).response()
        message = self.message or f"this error was asked for by fault {self.id or 'of the request'}"
        return problems.injected_fault(message, self.status or 500).response()

    def breakage(self) -> Breakage | None:
        """Return how the connection breaks, if that is what happens."""
        if self.kind in BREAKAGES:
            return Breakage(self.kind, self.seed)
        return Breakage("EMPTY_RESPONSE") if self.kind == "timeout" else None

    def summary(self) -> dict[str, Any]:
        """Return what the log says of this fault, as the documented `StruckFault`."""
        told = {"id": self.id, "kind": self.kind, "when": self.when}
        return {**told, "status": self.status} if self.kind == "status" else told

    def as_json(self, now: datetime) -> dict[str, Any]:
        """Return this fault as the documented `Fault`; what is no condition is left out."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        told["until"] = self.until and clock.timestamp(self.until)
        told["latency"] = self.latency and _told(self.latency)
        return {**{name: value for name, value in told.items() if value is not None}, "active": not self.is_over(now)}

    def _source(self, label: str) -> random.Random:
        return random.Random(f"{self.seed}/{label}/{self.matched}")  # noqa: S311 - chance, not secrets


_MEMBERS = {"fixed": ("milliseconds",), "uniform": ("lower", "upper"), "lognormal": ("median", "sigma")}


def _told(latency: Latency) -> dict[str, Any]:
    return {"type": latency.type, **{name: getattr(latency, name) for name in _MEMBERS[latency.type]}}


@dataclass(frozen=True)
class Plan:
    """The faults that strike one request, in their order: any number that let it wait, at most one that ends it."""

    faults: tuple[Fault, ...] = ()

    @cached_property
    def end(self) -> Fault | None:
        """The fault that takes the place of the answer."""
        return next((fault for fault in self.faults if fault.kind not in WAITS), None)

    @property
    def acts(self) -> bool:
        """Whether the request acts, be it that its answer is lost."""
        return self.end is None or self.end.when == AFTER

    @property
    def answer(self) -> Response:
        """The answer to a request that does not act."""
        return self.end.response() if self.end and self.end.kind == "status" else NO_ANSWER

    def summaries(self) -> tuple[dict[str, Any], ...]:
        """Return what the log says of these faults."""
        return tuple(fault.summary() for fault in self.faults)

    def seconds(self, when: str) -> float:
        """Return how long the request waits before it acts, or afterwards, which is where a timeout passes."""
        lasting = self.of("latency", when)
        if when == AFTER and self.end and self.end.kind == "timeout":
            lasting.append(self.end)
        return min(sum(fault.seconds() for fault in lasting), LONGEST_WAIT)

    def of(self, kind: str, when: str) -> list[Fault]:
        """Return the faults of a kind that strike before or after the request acts."""
        return [fault for fault in self.faults if (fault.kind, fault.when) == (kind, when)]


NO_FAULTS = Plan()
"""The plan of a request that nothing strikes."""


class Faults:
    """The faults of a session, in the order in which they were added, and the requests that they hold."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.holds = Holds()
        self._faults = {str(fault.id): fault for fault in faults}
        self._numbers = itertools.count(1 + max(map(int, self._faults), default=0))
        self._lock = threading.Lock()

    def copy(self) -> Faults:
        """Return the same faults for another session, which goes on from how often they have struck here."""
        return Faults(self.all())

    def add(self, fault: Fault, now: datetime) -> Fault:
        """Return the fault with its new id; where there is no room, those that are over give way.

        Raises:
            Problem: there are as many as a session keeps, and all of them may still strike.
        """
        with self._lock:
            if len(self._faults) >= MOST_FAULTS:
                self._faults = {key: each for key, each in self._faults.items() if not each.is_over(now)}
            if len(self._faults) >= MOST_FAULTS:
                raise problems.too_many("faults", MOST_FAULTS)
            added = replace(fault, id=str(next(self._numbers)))
            self._faults[str(added.id)] = added
            return added

    def all(self) -> list[Fault]:
        """Return all faults, oldest first."""
        with self._lock:
            return list(self._faults.values())

    def get(self, number: str) -> Fault | None:
        """Return the fault with this id, if there is one."""
        return self._faults.get(number)

    def remove(self, number: str) -> Fault | None:
        """Forget the fault with this id, release what it holds, and return it, if there was one."""
        with self._lock:
            removed = self._faults.pop(number, None)
        self.holds.release_all(number)
        return removed

    def clear(self) -> None:
        """Forget all faults and release every request that is held; ids go on."""
        with self._lock:
            self._faults.clear()
        self.holds.release_all()

    def plan(self, operation: str, request: Request, now: datetime, forced: Iterable[Fault] = ()) -> Plan:
        """Return what strikes this request: `forced` first, then each fault that matches and whose chance comes.

        Of the faults that end or hold a request only the first counts; those after it have not struck.
        """
        struck = list(forced)
        if not struck and not self._faults:
            return NO_FAULTS
        with self._lock:
            for fault in list(self._faults.values()):
                if fault.is_over(now) or not fault.matches(operation, request) or _is_too_late(fault, struck):
                    continue
                drawn, is_struck = fault.drawn()
                self._faults[str(fault.id)] = drawn
                struck += [drawn] if is_struck else []
        return Plan(tuple(struck))

    def waits(self, plan: Plan, when: str, operation: str, request: Request, now: datetime) -> Wait:
        """Return for what a request waits before or after it acts; one that is held is listed from now on."""
        if plan is NO_FAULTS:
            return NO_WAIT
        for fault in plan.of("hold", when):
            hold = self.holds.add(now, operation, request, fault=fault.id, when=when)
            return Wait(plan.seconds(when), hold.released)
        return Wait(plan.seconds(when))


def _is_too_late(fault: Fault, struck: Iterable[Fault]) -> bool:
    """Return whether something of this kind happens already: a request ends once, and is held once before it acts."""
    return fault.kind != "latency" and any(_place(each) == _place(fault) for each in struck)


def _place(fault: Fault) -> str:
    return f"hold {fault.when}" if fault.kind == "hold" else fault.kind if fault.kind in WAITS else "end"

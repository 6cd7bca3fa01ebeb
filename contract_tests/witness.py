"""Hears every exchange with a target and tells the oracle, whose observations the exams write down."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from contract_tests.client.observer import Observer
from contract_tests.client.target import Target, is_lost
from contract_tests.exchange import Call, Exchange
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.oracle import Oracle
from governance_contract import Contract
from governance_contract.resources import Resource

_THROTTLED = 429
_NO_NUMBER = 0
_READS = 4
"""Reads after simultaneous requests that are held against them."""


class Witness(Observer):
    """Tells one oracle of everything that a process sends; `stem` is in the names of all that it creates.

    What a retry may still mend is no observation: a throttled request, and one of which nobody knows whether it
    reached the server.
    """

    def __init__(self, contract: Contract, key: str, stem: str) -> None:
        self._contract = contract
        self._key = key
        self._stem = stem.lower()
        self._lock = threading.RLock()
        self._oracle = Oracle(contract, Credentials(key), self._owns)
        self._observations: list[Observation] = []
        self._together: list[Exchange] | None = None
        self._afterwards: list[Exchange] = []
        self._is_gathering = False
        self._is_away = False

    def _owns(self, _: Resource, view: Mapping[str, Any]) -> bool:
        return any(isinstance(item, str) and self._stem in item.lower() for item in view.values())

    def know_principals(self, keys: frozenset[str]) -> None:
        """Note keys that belong to others than those whom the API is for, and must not open it."""
        with self._lock:
            self._oracle.know_credentials(Credentials(self._key, keys))

    def know_absent(self, call: Call) -> None:
        """Note that nobody has the key that a call names, since the suite made it up."""
        with self._lock:
            self._oracle.know_absent(call)

    def know_no_target(self, resource: str, key: str) -> None:
        """Note that no resource of a kind has a key, since the suite made it up."""
        with self._lock:
            self._oracle.know_no_target(resource, key)

    def is_plainly_valid(self, call: Call) -> bool:
        """Return whether nothing in a call may be refused, whatever the state is."""
        with self._lock:
            return self._oracle.is_plainly_valid(call)

    def has_acted(self, call: Call) -> bool:
        """Return whether a resource is as a call would leave it, as far as is known."""
        with self._lock:
            return self._oracle.has_acted(call)

    def made_by(self, call: Call) -> str | None:
        """Return the key of what a create made, None where that is not known."""
        with self._lock:
            return self._oracle.made_by(call)

    def begin(self, call: Call) -> int:
        """Hear that a call is sent."""
        with self._lock:
            if self._is_away or self._is_gathering:
                return _NO_NUMBER
            if self._together is not None and not self._oracle.is_read(call):
                self._judge_together()
            return self._oracle.begin(call)

    def end(self, number: int, exchange: Exchange | None) -> None:
        """Hear what became of a call."""
        with self._lock:
            if self._is_away:
                return
            if exchange is None or exchange.response.status == _THROTTLED:
                self._oracle.drop(number)
            elif self._is_gathering and self._together is not None:
                self._together.append(exchange)
            elif self._together is not None:
                self._oracle.drop(number)
                self._afterwards.append(exchange)
                if len(self._afterwards) == _READS:
                    self._judge_together()
            else:
                told = self._oracle.judge(exchange, number)
                self._observations += () if is_lost(exchange) else told

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Take what is sent meanwhile as simultaneous; the reads that follow show what it has come to."""
        with self._lock:
            self._judge_together()
            self._together, self._afterwards, self._is_gathering = [], [], True
        try:
            yield
        finally:
            with self._lock:
                self._is_gathering = False

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Let the oracle hear nothing of what is sent meanwhile, to a world of its own."""
        before, self._is_away = self._is_away, True
        try:
            yield
        finally:
            self._is_away = before

    def _judge_together(self) -> None:
        if self._together:
            self._observations += self._oracle.judge_simultaneous(self._together, self._afterwards)
        self._together, self._afterwards = None, []

    def doubtful(self) -> tuple[Call, ...]:
        """Return the reads by which doubts of the oracle can be settled."""
        with self._lock:
            return self._oracle.reads_of_doubtful() if self._together is None else ()

    def take(self, *, is_last: bool = False) -> tuple[Observation, ...]:
        """Return what was observed since this was asked last; with `is_last` nothing more will settle what is open."""
        with self._lock:
            if is_last:
                self._judge_together()
                self._observations += self._oracle.conclude()
            taken, self._observations = tuple(self._observations), []
            return taken


def watch(contract: Contract, target: Target, prefix: str) -> Witness:
    """Return a witness that hears everything that is sent to a target from now on."""
    witness = Witness(contract, target.api_key, f"{prefix}-{target.run_id}")
    target.observer = witness
    return witness

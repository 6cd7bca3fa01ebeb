"""Requests that a target does not answer in time, so that a run neither repeats them for ever nor waits for ever."""

from __future__ import annotations

from collections import Counter

from contract_tests.errors import Blocked
from contract_tests.exchange import Call, Exchange, object_in

_TRIES = 2
"""How often one shape of request may hang before it is not sent again."""

_BUDGET = 50.0
"""Seconds that all requests of a run may hang together before nothing more is judged."""

_FACTOR = 10
"""How many times the slowest response so far a request may take, once one has hung."""

_SHORTEST = 2.0
"""Seconds that every request may take, also after one has hung."""

Shape = tuple[object, ...]


class Hanging(Blocked):
    """The target did not answer requests like this one in time; they are not sent again."""


class HangGuard:
    """Counts what hangs, by the shape of the request: method, depth of the path, names in query and body."""

    def __init__(self) -> None:
        self._hung: Counter[Shape] = Counter()
        self._seconds = 0.0
        self._slowest = 0.0

    def require_answering(self, call: Call) -> None:
        """Make sure that a call may be sent.

        Raises:
            Hanging: calls of its shape hung twice, or all together for too long.
        """
        if self._seconds >= _BUDGET:
            raise Hanging(f"not sent: requests hung for {self._seconds:.0f} s in all, so the run goes no further")
        if self._hung[_shape(call)] >= _TRIES:
            raise Hanging(f"{call.method} requests like this one were twice not answered in time")

    def timeout(self, limit: float) -> float:
        """Return how many seconds the next request may take: `limit`, and less once one has hung."""
        if not self._hung:
            return limit
        return min(limit, max(_SHORTEST, self._slowest * _FACTOR))

    def note(self, call: Call, seconds: float) -> None:
        """Note that a call was not answered in time."""
        self._hung[_shape(call)] += 1
        self._seconds += seconds

    def note_answer(self, exchange: Exchange) -> None:
        """Note how long a response took."""
        if not exchange.response.is_missing:
            self._slowest = max(self._slowest, exchange.ended - exchange.began)


def _shape(call: Call) -> Shape:
    names = sorted(object_in(call) or ())
    return call.method, call.path.count("/"), tuple(sorted(name for name, _ in call.query_pairs)), tuple(names)

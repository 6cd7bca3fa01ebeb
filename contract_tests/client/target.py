"""The server under judgement, seen only through HTTP; every request of the suite goes through here."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from contract_tests.client.connection import (
    MEBIBYTE,
    Bounds,
    Connections,
    FailureKind,
    NoResponse,
    Request,
    Unreachable,
)
from contract_tests.client.hanging import HangGuard
from contract_tests.client.journal import Journal
from contract_tests.client.observer import Observer
from contract_tests.errors import SuiteError
from contract_tests.exchange import Call, Exchange, Response, created_id
from contract_tests.secrecy import Secrets

SAFE = frozenset({"GET", "HEAD"})
"""Methods whose requests change nothing, so that they may be sent again whatever became of the first."""

GATEWAY_FAILURES = frozenset({502, 503, 504})
"""Statuses by which a proxy says that it got no response, or a server that it did not look at the request."""


def is_lost(exchange: Exchange) -> bool:
    """Return whether nobody knows what became of a request: no response came, or that of a gateway."""
    return exchange.response.is_missing or exchange.response.status in GATEWAY_FAILURES


_PATIENCE = 30.0
"""The longest wait, in seconds, that a Retry-After may ask for; a run that has to wait longer ends."""

_PAUSE = 0.5
"""Seconds between two tries where the target does not say how long to wait."""

_CLEANUP_TIMEOUT = 3.0
"""Seconds that a request of the cleanup may take at most."""

_REMEMBERED = 5
"""How many of the last requests are named when a target ends."""


@dataclass(frozen=True)
class Limits:
    """How the suite behaves towards the target: seconds, bytes and counts, None where there is no limit."""

    timeout: float = 10.0
    retries: int = 2
    max_rps: float | None = None
    max_requests: int | None = None
    deadline: float | None = None
    max_response_bytes: int = 8 * MEBIBYTE
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy_credentials: tuple[str, str] | None = field(default=None, repr=False)
    read_only: bool = False
    share: int = 1
    """How many processes keep the limits together, each its part."""

    @property
    def own_rps(self) -> float | None:
        """How many requests a second this process may send."""
        return self.max_rps and self.max_rps / self.share

    @property
    def own_requests(self) -> int | None:
        """How many requests this process may send."""
        return None if self.max_requests is None else self.max_requests // self.share


@dataclass(frozen=True)
class Sent:
    """That a request was sent: its status, None where no response came, and when, in seconds since the epoch."""

    method: str
    path: str
    status: int | None
    since: float
    seconds: float


class OwnershipError(SuiteError):
    """The suite was about to change something that it did not create; it never does."""


class DeadlineReached(SuiteError):
    """The time of the run is over; the message says which option gives more."""


class ReadOnlyRun(SuiteError):
    """The call would write, which this run was told not to do."""


class TargetEnded(SuiteError):
    """The target answered before and does not listen any more; `exchanges` are the last ones, the oldest first."""

    def __init__(self, message: str, exchanges: tuple[Exchange, ...]) -> None:
        super().__init__(message)
        self.exchanges = exchanges


class Target:
    """Sends calls to one server and remembers what they created."""

    def __init__(
        self, base_url: str, api_key: str, journal: Journal, run_id: str, limits: Limits | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key
        self.journal = journal
        self.run_id = run_id
        self.requests_sent = 0
        self.has_written = False
        self.has_answered = False
        self.observer = Observer()
        self._limits = limits or Limits()
        secret_values = (*self._limits.headers.values(), *(self._limits.proxy_credentials or ())[1:])
        self.secrets = Secrets(api_key, tuple(secret_values))
        self._started = time.monotonic()
        self._next_turn = 0.0
        self._turns = threading.Lock()
        self._is_cleaning = False
        self._strangers: set[str] = set()
        self._made: set[str] = set()
        self._sent: list[Sent] = []
        self._latest: deque[Exchange] = deque(maxlen=_REMEMBERED)
        self._hangs = HangGuard()
        self._connections = Connections(self.base_url, self._limits.proxy_credentials)
        self._headers = {
            "User-Agent": "governance-contract-kit (contract-tests)",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "X-Conformance-Run": run_id,
            **self._limits.headers,
        }

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine, where nothing of others can be harmed."""
        return self._connections.is_loopback

    def stranger(self, config_id: str) -> str:
        """Return `config_id` after noting that the suite made it up, so that it may be asked to change or delete it."""
        self._strangers.add(config_id)
        return config_id

    @property
    def retries(self) -> int:
        """How often a request that may be repeated is tried again."""
        return self._limits.retries

    @property
    def is_read_only(self) -> bool:
        """Whether this run sends nothing but reads."""
        return self._limits.read_only

    def close(self) -> None:
        """Close the connections and the journal."""
        self._connections.close()
        self.journal.close()

    @contextmanager
    def cleaning(self) -> Iterator[None]:
        """Let what is sent meanwhile pass the limits of number and time: whoever creates must be able to delete."""
        before, self._is_cleaning = self._is_cleaning, True
        try:
            yield
        finally:
            self._is_cleaning = before

    def send(self, call: Call, *, is_fresh: bool = False) -> Exchange:
        """Send `call` and return the exchange; what it created is in the journal before this returns.

        A read is sent again after a gateway failure or where no response came. A write is sent again only after a 429:
        whoever sent it must look first what became of it. A response that never came has the status 0.

        Raises:
            SuiteError: no judgement is possible: unreachable, throttled, out of budget.
            TargetEnded: the target has ended.
            OwnershipError: the call would change a config that this run did not create.
            ReadOnlyRun: the call would write in a run that only reads.
            Hanging: requests like this one were not answered in time before.
        """
        for tries_left in range(self._limits.retries, -1, -1):
            exchange = self.send_once(call, is_fresh=is_fresh)
            status = exchange.response.status
            is_throttled = status == 429
            may_repeat = call.method in SAFE or (self._is_cleaning and call.method == "DELETE")
            is_repeatable = is_throttled or (may_repeat and (not status or status in GATEWAY_FAILURES))
            if not is_repeatable:
                return exchange
            if not tries_left and not is_throttled:
                return exchange
            if status:
                self.wait_for(exchange, is_last=not tries_left)
        return exchange

    def wait_for_restart(self, call: Call, seconds: float) -> bool:
        """Return whether a target that has ended answers `call` again within so many seconds."""
        until = time.monotonic() + seconds
        while True:
            try:
                with self.cleaning():
                    return not self.send_once(call, is_fresh=True).response.is_missing
            except SuiteError:
                if time.monotonic() >= until:
                    return False
            time.sleep(_PAUSE)

    def wait_for(self, exchange: Exchange, *, is_last: bool = False) -> None:
        """Wait as long as a response that turns a request away asks for.

        Raises:
            SuiteError: that is too long, or there is no further try.
        """
        wait = _retry_after(exchange.response)
        if is_last or (wait or 0) > _PATIENCE:
            raise self._turned_away(exchange)
        time.sleep(_PAUSE if wait is None else wait)

    def _turned_away(self, exchange: Exchange) -> SuiteError:
        status, wait = exchange.response.status, exchange.response.headers.get("retry-after")
        asked = f" and asked to wait ({wait})" if wait else ""
        advice = (
            "it throttles; send slower with --max-rps, or try again later"
            if status == 429
            else "its proxy fails, or the server behind it is down; try again when it is up"
        )
        said = f"{exchange.call.method} {exchange.call.path}: {self.base_url} answered {status}{asked}"
        return SuiteError(f"{said}; {advice}")

    def send_once(self, call: Call, *, is_fresh: bool = False, barrier: threading.Barrier | None = None) -> Exchange:
        """Send `call` a single time and return the exchange; with a barrier, at the moment of others.

        A read that a used connection swallowed counts as not sent: it is sent over a new one.

        Raises:
            SuiteError, TargetEnded, OwnershipError, ReadOnlyRun, Hanging: as `send`.
        """
        if self.is_read_only and call.method not in SAFE:
            raise ReadOnlyRun(f"{call.method} is a write, and the run is read-only; leave out --read-only")
        self._require_ownership(call)
        if not self._is_cleaning:
            self._hangs.require_answering(call)
        self._wait_for_turn()
        if call.method not in SAFE:
            self.has_written = True
        exchange, number = None, self.observer.begin(call)
        try:
            exchange = self._timed(call, barrier, is_fresh=is_fresh)
            self._note(exchange)
        finally:
            self.observer.end(number, exchange)
        return exchange

    def take_sent(self) -> tuple[Sent, ...]:
        """Return what was sent since this was asked last."""
        sent, self._sent = self._sent, []
        return tuple(sent)

    def _timed(self, call: Call, barrier: threading.Barrier | None, *, is_fresh: bool) -> Exchange:
        since, begun, status = time.time(), time.perf_counter(), None
        try:
            response = self._transmit(call, barrier, is_fresh=is_fresh)
            status = response.status or None
        finally:
            self._sent.append(Sent(call.method, call.path, status, since, time.perf_counter() - begun))
        return Exchange(call, response, since, time.time())

    def _transmit(self, call: Call, barrier: threading.Barrier | None, *, is_fresh: bool) -> Response:
        request, bounds = self._request(call), self._bounds()
        try:
            return self._connections.send(request, bounds, barrier=barrier, is_fresh=is_fresh)
        except NoResponse as error:
            if error.is_swallowed and call.method in SAFE:
                return self._transmit(call, None, is_fresh=True)
            if error.kind is FailureKind.TIMED_OUT:
                if self._is_out_of_time():
                    raise self._deadline_reached() from error
                self._hangs.note(call, bounds.timeout)
            return Response.missing(str(error))
        except Unreachable as error:
            if self.has_answered:
                raise TargetEnded(str(error), (*self._latest, Exchange(call, Response.missing(str(error))))) from error
            raise

    def _request(self, call: Call) -> Request:
        headers = {**self._headers, **call.headers}
        authorization = f"Bearer {self.api_key}" if call.authorization is None else call.authorization
        headers |= {"Authorization": authorization} if authorization else {}
        return Request(call.method, call.url_path, headers, call.body)

    def _bounds(self) -> Bounds:
        """Return what the next request may take, which is never longer than the rest of the run."""
        timeout = self._hangs.timeout(self._limits.timeout)
        if self._is_cleaning:
            timeout = min(timeout, _CLEANUP_TIMEOUT)
        elif self._limits.deadline is not None:
            timeout = min(timeout, max(0.05, self._started + self._limits.deadline - time.monotonic()))
        return Bounds(timeout, self._limits.max_response_bytes)

    def _note(self, exchange: Exchange) -> None:
        self._latest.append(exchange)
        self.has_answered |= not exchange.response.is_missing
        self._hangs.note_answer(exchange)
        config_id = created_id(exchange)
        if config_id is not None:
            self._made.add(config_id)
            self.journal.created(config_id)
        if exchange.call.method == "DELETE" and 200 <= exchange.response.status < 300:
            self.journal.deleted(_last_segment(exchange.call.path))

    def _require_ownership(self, call: Call) -> None:
        if call.method not in ("PUT", "PATCH", "DELETE"):
            return
        config_id = _last_segment(call.path)
        allowed = self._strangers if call.authorization is None else self._strangers | self._made
        if not self.journal.owns(config_id) and config_id not in allowed:
            raise OwnershipError(f"{call.method} {call.path} was held back: this run did not create {config_id}")

    def _wait_for_turn(self) -> None:
        if not self._is_cleaning:
            self._require_budget()
        with self._turns:
            turn = max(time.monotonic(), self._next_turn)
            self._next_turn = turn + (1 / self._limits.own_rps if self._limits.own_rps else 0)
            self.requests_sent += 1
        if (wait := turn - time.monotonic()) > 0:
            time.sleep(wait)

    def _require_budget(self) -> None:
        limits = self._limits
        if limits.own_requests is not None and self.requests_sent >= limits.own_requests:
            raise SuiteError(f"the run was limited to {_allowed(limits)} (--max-requests); raise the limit")
        if self._is_out_of_time():
            raise self._deadline_reached()

    def _is_out_of_time(self) -> bool:
        limit = self._limits.deadline
        return limit is not None and not self._is_cleaning and time.monotonic() - self._started > limit

    def _deadline_reached(self) -> DeadlineReached:
        return DeadlineReached(f"the run was limited to {self._limits.deadline:g} s (--deadline); raise the limit")


def _allowed(limits: Limits) -> str:
    """Return how many requests were allowed, and how many of them are for this process where it is not alone."""
    parts = f", {limits.own_requests} for each of {limits.share} processes" if limits.share > 1 else ""
    return f"{limits.max_requests} requests{parts}"


def _retry_after(answer: Response) -> float | None:
    """Return how many seconds the target asked to wait, by number or by date; None where it did not."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    try:
        date = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (date.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _last_segment(path: str) -> str:
    return unquote(path.rsplit("/", 1)[-1])

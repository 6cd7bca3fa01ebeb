"""The server under judgement, seen only through HTTP; every request of the suite goes through here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import requests

from contract_tests.errors import Interrupted, SuiteError
from contract_tests.exchange import Answer, Call, Exchange, created_id
from contract_tests.journal import Journal
from contract_tests.secrecy import Secrets
from contract_tests.simultaneous import MeetingAdapter
from contract_tests.unreachable import cause_of, reason_of

_GATEWAY_FAILURES = frozenset({502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_PATIENCE = 30.0
"""The longest wait, in seconds, that a Retry-After may ask for; a run that has to wait longer ends."""

_PAUSE = 0.5
"""Seconds between two tries where the target does not say how long to wait."""


@dataclass(frozen=True)
class Limits:
    """How the suite behaves towards the target: seconds and counts, None where there is no limit."""

    timeout: float = 10.0
    retries: int = 2
    max_rps: float | None = None
    max_requests: int | None = None
    deadline: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
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
    """That a request was sent: its status, None where no answer came, and when, in seconds since the epoch."""

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
        self.last_response: requests.Response | None = None
        self._limits = limits or Limits()
        self.secrets = Secrets(api_key, tuple(self._limits.headers.values()))
        self._started = time.monotonic()
        self._next_turn = 0.0
        self._turns = threading.Lock()
        self._is_cleaning = False
        self._strangers: set[str] = set()
        self._made: set[str] = set()
        self._sent: list[Sent] = []
        self._writes: list[Call] = []
        self._http = requests.Session()
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, MeetingAdapter())
        self._http.headers.update(
            {
                "User-Agent": "governance-contract-kit (contract-tests)",
                "X-Conformance-Run": run_id,
                "Accept": "application/json",
                **self._limits.headers,
            }
        )
        self._environment = self._http.merge_environment_settings(self.base_url, {}, None, None, None)
        self._http.trust_env = False  # proxies and certificates are read once; a .netrc must not set a key of its own

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine, where nothing of others can be harmed."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    def stranger(self, config_id: str) -> str:
        """Return `config_id` after noting that the suite made it up, so that it may be asked to change or delete it."""
        self._strangers.add(config_id)
        return config_id

    @property
    def is_read_only(self) -> bool:
        """Whether this run sends nothing but reads."""
        return self._limits.read_only

    def close(self) -> None:
        """Close the connections and the journal."""
        self._http.close()
        self.journal.close()

    @contextmanager
    def cleaning(self) -> Iterator[None]:
        """Let what is sent meanwhile pass the limits of number and time: whoever creates must be able to delete."""
        before, self._is_cleaning = self._is_cleaning, True
        try:
            yield
        finally:
            self._is_cleaning = before

    def send(self, call: Call) -> Exchange:
        """Send `call` and return the exchange; what it created is in the journal before this returns.

        A create is sent again only where the target said that it did not look at the first. What another try of a
        delete finds gone may have been deleted by the one before, which is no answer that can be judged.

        Raises:
            SuiteError: no judgement is possible: unreachable, slow, throttled, behind a failing proxy, out of budget.
            OwnershipError: the call would change a config that this run did not create.
            ReadOnlyRun: the call would write in a run that only reads.
        """
        for tries_left in range(self._limits.retries, -1, -1):
            try:
                exchange = self.send_once(call)
            except Interrupted as error:
                if not tries_left or call.method not in _REPEATABLE:
                    tries = f" in {self._limits.retries + 1} tries" if call.method in _REPEATABLE else ""
                    told = f"{call.method} {call.path}: {error}{tries}"
                    raise SuiteError(f"{told}; is {self.base_url} up and near?") from error
                continue
            if not _is_turned_away(exchange.answer):
                self._require_single_delete(exchange, is_first=tries_left == self._limits.retries)
                return exchange
            wait = _retry_after(exchange.answer)
            may_repeat = call.method in _REPEATABLE or exchange.answer.status == 429 or wait is not None
            if not tries_left or not may_repeat or (wait or 0) > _PATIENCE:
                break
            time.sleep(_PAUSE if wait is None else wait)
        raise self._turned_away(exchange)

    def _require_single_delete(self, exchange: Exchange, *, is_first: bool) -> None:
        call, is_gone = exchange.call, exchange.answer.status == 404
        if is_first or self._is_cleaning or call.method != "DELETE" or not is_gone:
            return
        if self.journal.owns(_last_segment(call.path)):
            told = f"{call.method} {call.path}: the first try was not answered, and the second found the config gone"
            raise SuiteError(f"{told}; is {self.base_url} steady, and what stands before it?")

    def _turned_away(self, exchange: Exchange) -> SuiteError:
        status, wait = exchange.answer.status, exchange.answer.headers.get("retry-after")
        asked = f" and asked to wait ({wait})" if wait else ""
        advice = (
            "it throttles; send slower with --max-rps, or try again later"
            if status == 429
            else "its proxy fails, or the server behind it is down; try again when it is up"
        )
        said = f"{exchange.call.method} {exchange.call.path}: {self.base_url} answered {status}{asked}"
        return SuiteError(f"{said}; {advice}")

    def send_once(self, call: Call) -> Exchange:
        """Send `call` a single time and return the exchange.

        Raises:
            Interrupted: the connection was dropped or nothing came in time.
            SuiteError: the target cannot be reached at all, or the budget of the run is spent.
            OwnershipError: the call would change a config that this run did not create.
            ReadOnlyRun: the call would write in a run that only reads.
        """
        if self.is_read_only and call.method != "GET":
            raise ReadOnlyRun(f"{call.method} is a write, and the run is read-only; leave out --read-only")
        self._require_ownership(call)
        self._wait_for_turn()
        if call.method != "GET":
            self.has_written = True
            self._writes.append(call)
        exchange = Exchange(call, self._timed(call))
        self._note(exchange)
        return exchange

    def take_writes(self) -> tuple[Call, ...]:
        """Return the calls that may have changed something since this was asked last, answered or not."""
        writes, self._writes = self._writes, []
        return tuple(writes)

    def take_sent(self) -> tuple[Sent, ...]:
        """Return what was sent since this was asked last."""
        sent, self._sent = self._sent, []
        return tuple(sent)

    def _timed(self, call: Call) -> Answer:
        since, begun, status = time.time(), time.perf_counter(), None
        try:
            answer = self._transmit(call)
            status = answer.status
        finally:
            self._sent.append(Sent(call.method, call.path, status, since, time.perf_counter() - begun))
        return answer

    def _transmit(self, call: Call) -> Answer:
        request = requests.Request(
            call.method, self.base_url + call.url_path, data=call.body, headers=dict(call.headers)
        )
        prepared = self._http.prepare_request(request)
        prepared.url = self.base_url + call.url_path
        authorization = f"Bearer {self.api_key}" if call.authorization is None else call.authorization
        prepared.headers.pop("Authorization", None)
        if authorization:
            prepared.headers["Authorization"] = authorization
        try:
            response = self._http.send(
                prepared, timeout=self._limits.timeout, allow_redirects=False, **self._environment
            )
        except requests.exceptions.ConnectTimeout as error:
            told = f"does not accept connections within {self._limits.timeout:g} s (--timeout)"
            raise SuiteError(f"{self.base_url} {told}; is the host right, does a firewall let you through?") from error
        except requests.exceptions.Timeout as error:
            raise Interrupted(f"no answer within {self._limits.timeout:g} s (--timeout)") from error
        except requests.exceptions.ConnectionError as error:
            if reason := reason_of(error, self.base_url):
                raise SuiteError(reason) from error
            raise Interrupted(f"the connection was dropped: {cause_of(error)}") from error
        except requests.exceptions.RequestException as error:
            raise Interrupted(f"the answer is no proper HTTP: {cause_of(error)}") from error
        except OSError as error:
            raise SuiteError(f"{self.base_url} cannot be reached: {error}; see REQUESTS_CA_BUNDLE") from error
        self.last_response = response
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    def _note(self, exchange: Exchange) -> None:
        config_id = created_id(exchange)
        if config_id is not None:
            self._made.add(config_id)
            self.journal.created(config_id)
        if exchange.call.method == "DELETE" and 200 <= exchange.answer.status < 300:
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
        if limits.deadline is not None and time.monotonic() - self._started > limits.deadline:
            raise DeadlineReached(f"the run was limited to {limits.deadline:g} s (--deadline); raise the limit")


def _allowed(limits: Limits) -> str:
    """Return how many requests were allowed, and how many of them are for this process where it is not alone."""
    parts = f", {limits.own_requests} for each of {limits.share} processes" if limits.share > 1 else ""
    return f"{limits.max_requests} requests{parts}"


def _is_turned_away(answer: Answer) -> bool:
    """Return whether an answer is that of a throttle or a proxy, and not the server's own judgement."""
    return answer.status == 429 or answer.status in _GATEWAY_FAILURES


def _retry_after(answer: Answer) -> float | None:
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

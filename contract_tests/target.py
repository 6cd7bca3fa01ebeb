"""The server under judgement, seen only through HTTP; every request of the suite goes through here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import requests

from contract_tests.errors import Interrupted, SuiteError
from contract_tests.exchange import Answer, Call, Exchange, created_id
from contract_tests.journal import Journal

_GATEWAY_FAILURES = frozenset({502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Limits:
    """How the suite behaves towards the target: seconds and counts, None where there is no limit."""

    timeout: float = 10.0
    retries: int = 2
    max_rps: float | None = None
    max_requests: int | None = None
    deadline: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class OwnershipError(SuiteError):
    """The suite was about to change something that it did not create; it never does."""


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
        self.last_response: requests.Response | None = None
        self._limits = limits or Limits()
        self._started = time.monotonic()
        self._last_sent = 0.0
        self._strangers: set[str] = set()
        self._http = requests.Session()
        self._http.headers.update(
            {
                "User-Agent": "governance-contract-kit (contract-tests)",
                "X-Conformance-Run": run_id,
                "Accept": "application/json",
                **self._limits.headers,
            }
        )

    @property
    def is_loopback(self) -> bool:
        """Whether the target is on this machine, where nothing of others can be harmed."""
        return urlsplit(self.base_url).hostname in _LOOPBACK

    def stranger(self, config_id: str) -> str:
        """Return `config_id` after noting that the suite made it up, so that it may be asked to change or delete it."""
        self._strangers.add(config_id)
        return config_id

    def send(self, call: Call) -> Exchange:
        """Send `call` and return the exchange; what it created is in the journal before this returns.

        Raises:
            SuiteError: no judgement is possible: unreachable, slow, throttled, behind a failing proxy, out of budget.
            OwnershipError: the call would change a config that this run did not create.
        """
        attempts = self._limits.retries + 1 if call.method in ("GET", "HEAD", "PUT", "DELETE") else 1
        for attempt in range(attempts):
            try:
                exchange = self.send_once(call)
            except Interrupted as error:
                if attempt + 1 == attempts:
                    raise SuiteError(f"{call.method} {call.path}: {error}; is {self.base_url} up and near?") from error
                continue
            wait = _retry_after(exchange.answer)
            if wait is None:
                return exchange
            if attempt + 1 == attempts:
                break
            time.sleep(wait)
        raise SuiteError(
            f"{call.method} {call.path}: {self.base_url} answered {exchange.answer.status}, so it is throttled or its "
            "proxy fails; try again later, or slower with --max-rps"
        )

    def send_once(self, call: Call) -> Exchange:
        """Send `call` a single time and return the exchange.

        Raises:
            Interrupted: the connection was dropped or nothing came in time.
            SuiteError: the target cannot be reached at all, or the budget of the run is spent.
            OwnershipError: the call would change a config that this run did not create.
        """
        self._require_ownership(call)
        self._wait_for_turn()
        exchange = Exchange(call, self._transmit(call))
        self._note(exchange)
        return exchange

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
        settings = self._http.merge_environment_settings(prepared.url, {}, None, None, None)
        self.requests_sent += 1
        try:
            response = self._http.send(prepared, timeout=self._limits.timeout, allow_redirects=False, **settings)
        except requests.exceptions.ConnectTimeout as error:
            raise SuiteError(f"{self.base_url} does not accept connections within {self._limits.timeout} s") from error
        except requests.exceptions.Timeout as error:
            raise Interrupted(f"no answer within {self._limits.timeout} s") from error
        except requests.exceptions.SSLError as error:
            raise SuiteError(f"{self.base_url}: {error}; for an own certificate set REQUESTS_CA_BUNDLE") from error
        except requests.exceptions.ConnectionError as error:
            if _is_refusal(error):
                raise SuiteError(
                    f"{self.base_url} cannot be reached: {_cause(error)}; is the server running?"
                ) from error
            raise Interrupted(f"the connection was dropped: {_cause(error)}") from error
        except requests.exceptions.RequestException as error:
            raise Interrupted(f"the answer is no proper HTTP: {_cause(error)}") from error
        self.last_response = response
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    def _note(self, exchange: Exchange) -> None:
        config_id = created_id(exchange)
        if config_id is not None:
            self.journal.created(config_id)
        if exchange.call.method == "DELETE" and 200 <= exchange.answer.status < 300:
            self.journal.deleted(_last_segment(exchange.call.path))

    def _require_ownership(self, call: Call) -> None:
        if call.method not in ("PUT", "PATCH", "DELETE") or call.authorization is not None:
            return
        config_id = _last_segment(call.path)
        if not self.journal.owns(config_id) and config_id not in self._strangers:
            raise OwnershipError(f"{call.method} {call.path} was held back: this run did not create {config_id}")

    def _wait_for_turn(self) -> None:
        limits = self._limits
        if limits.max_requests is not None and self.requests_sent >= limits.max_requests:
            raise SuiteError(f"the run was limited to {limits.max_requests} requests (--max-requests); raise the limit")
        if limits.deadline is not None and time.monotonic() - self._started > limits.deadline:
            raise SuiteError(f"the run was limited to {limits.deadline} s (--deadline); raise the limit")
        if limits.max_rps:
            time.sleep(max(0.0, self._last_sent + 1 / limits.max_rps - time.monotonic()))
        self._last_sent = time.monotonic()


def _retry_after(answer: Answer) -> float | None:
    """Return how many seconds to wait when the answer is not the server's own judgement, else None."""
    if answer.status != 429 and answer.status not in _GATEWAY_FAILURES:
        return None
    told = answer.headers.get("retry-after", "")
    return min(float(told), 30.0) if told.isdigit() else 0.5


def _last_segment(path: str) -> str:
    return unquote(path.rsplit("/", 1)[-1])


def _is_refusal(error: Exception) -> bool:
    text = repr(error)
    return "NewConnectionError" in text or "NameResolutionError" in text or "ProxyError" in text


def _cause(error: Exception) -> str:
    return str(error.args[0] if error.args else error).split("(Caused by ")[-1].rstrip(")")

"""Random traffic with a server in the same process, whose faults on the wire are known, judged by an oracle."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.oracle import Oracle
from governance_contract import Contract
from tests.cast.independent import KEY, Ledger
from tests.cast.wire import COLLECTION, Reply
from tests.cast.wire import Call as WireCall

STEM = "ct-drill"
_DURATIONS = ("30s", "1m", "1h", "1d", "2d", "1w", "1M", "1Y")
_FOREIGN = "somebody-else"


@dataclass(frozen=True)
class Weather:
    """How often, of a hundred requests, something happens beside: failures, lost responses, writes of others."""

    fails_before: int = 0
    fails_after: int = 0
    is_lost_before: int = 0
    is_lost_after: int = 0
    foreign_writes: int = 0


CALM = Weather()
STORMY = Weather(fails_before=4, fails_after=4, is_lost_before=4, is_lost_after=4, foreign_writes=10)


class Drill:
    """Sends random valid and invalid requests to a ledger, and tells an oracle of each."""

    def __init__(
        self,
        contract: Contract,
        ledger: Ledger,
        seed: int,
        weather: Weather = CALM,
        shown: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._ledger = ledger
        vars(ledger)["now"] = self._instant
        self._weather = weather
        self._shown = shown
        self._now = 1_700_000_000.0
        self._names = 0
        self._keys: list[str] = []
        self.oracle = Oracle(contract, Credentials(KEY), lambda _, view: STEM in str(view.values()).lower())

    def run(self, steps: int) -> list[Observation]:
        """Return all that the oracle observed of so many requests, and of what it wanted to read after them."""
        observed: list[Observation] = []
        for _ in range(steps):
            if self._happens(self._weather.foreign_writes):
                self._write_as_somebody_else()
            observed += self.send(self._drawn())
            for call in self.oracle.reads_of_doubtful():
                observed += self.oracle.judge(self._exchange(call))
        return [*observed, *self.oracle.conclude()]

    def send(self, call: Call) -> tuple[Observation, ...]:
        """Return what the oracle observes of a call that the weather may spoil."""
        weather, body = self._weather, {"is_bifrost_error": False, "status_code": 500, "error": {"message": "failed"}}
        failed = Response(500, _HEADERS, json.dumps(body).encode())
        for share, is_carried_out, spoilt in (
            (weather.fails_before, False, failed),
            (weather.fails_after, True, failed),
            (weather.is_lost_before, False, Response.missing("the connection was reset")),
            (weather.is_lost_after, True, Response.missing("the connection was reset")),
        ):
            if self._happens(share):
                exchange = self._exchange(call, is_carried_out=is_carried_out)
                return self.oracle.judge(replace(exchange, response=spoilt))
        return self.oracle.judge(self._exchange(call))

    def _instant(self) -> str:
        return datetime.fromtimestamp(self._now, UTC).isoformat(timespec="microseconds")

    def _happens(self, share: int) -> bool:
        return self._random.randrange(100) < share

    def _exchange(self, call: Call, *, is_carried_out: bool = True) -> Exchange:
        self._now += 0.01
        began = self._now
        reply = self._ledger.answer(_on_the_wire(call)) if is_carried_out else Reply(500)
        self._now += 0.01
        value = reply.with_configs(self._shown).value
        key = reply.config.get("id")
        if call.method == "POST" and reply.is_success and isinstance(key, str):
            self._keys.append(key)
        response = Response(reply.status, _HEADERS, json.dumps(value).encode())
        return Exchange(call, response, began, self._now)

    def _write_as_somebody_else(self) -> None:
        self._names += 1
        body = {"model_name": f"{_FOREIGN}-{self._names}"}
        call = Call("POST", COLLECTION, body=json.dumps(body).encode(), headers=_JSON)
        self._ledger.answer(_on_the_wire(call))

    def _drawn(self) -> Call:
        kinds: tuple[tuple[Callable[[], Call], int], ...] = (
            (self._create, 5), (self._update, 6), (self._get, 4), (self._list, 4), (self._delete, 2), (self._wrong, 4),
            (self._without_key, 1),
        )  # fmt: skip
        choose = self._random.choices([make for make, _ in kinds], [share for _, share in kinds])[0]
        return choose()

    def _create(self) -> Call:
        return _call("POST", COLLECTION, {"model_name": self._name(), **self._members(), **self._scope()})

    def _update(self) -> Call:
        members = self._members()
        if self._happens(30):
            members["model_name"] = self._name()
        return _call("PUT", self._path(), members)

    def _get(self) -> Call:
        return Call("GET", self._path())

    def _delete(self) -> Call:
        return Call("DELETE", self._path())

    def _list(self) -> Call:
        query: dict[str, str] = {}
        if self._happens(60):
            query["search"] = self._random.choice((STEM, STEM.upper(), "drill-1", "nobody"))
        if self._happens(30):
            query["scope"] = self._random.choice(("global", "user", "virtual_key"))
        if self._happens(50):
            query |= {"limit": str(self._random.randrange(6)), "offset": str(self._random.randrange(6))}
        return Call("GET", COLLECTION, query)

    def _wrong(self) -> Call:
        two = [{"max_limit": 1, "reset_duration": "1d"}, {"max_limit": 2, "reset_duration": "1d"}]
        wrong = self._random.choice(
            (
                {"model_name": 7},
                {"budgets": two},
                {"budgets": [{"max_limit": 5}]},
                {"provider": ["x"]},
                {"budgets": "all"},
            )
        )
        if self._happens(50):
            return _call("PUT", self._path(), wrong)
        return _call("POST", COLLECTION, {"model_name": self._name(), **wrong})

    def _without_key(self) -> Call:
        return replace(self._random.choice((self._create, self._update, self._get, self._delete))(), authorization="")

    def _path(self) -> str:
        key = self._random.choice(self._keys) if self._keys and not self._happens(5) else "nobody-has-this"
        return f"{COLLECTION}/{key}"

    def _name(self) -> str:
        if self._names and self._happens(15):
            return f"{STEM}-{self._random.randrange(self._names) + 1}"
        self._names += 1
        return f"{STEM}-{self._names}"

    def _scope(self) -> Mapping[str, Any]:
        return {"scope": "virtual_key", "scope_id": "vk-frontend"} if self._happens(20) else {}

    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if self._happens(50):
            windows = self._random.sample(_DURATIONS, self._random.randrange(4))
            limits = (5, 12.5, 1_000_000, 0.1)
            members["budgets"] = [
                {"max_limit": self._random.choice(limits), "reset_duration": window} for window in windows
            ]
        if self._happens(40):
            members["rate_limit"] = {"token_max_limit": 1000, "token_reset_duration": "1h"}
        if self._happens(20):
            members["provider"] = self._random.choice(("openai", "anthropic"))
        return members


_JSON = {"Content-Type": "application/json"}
_HEADERS = {"content-type": "application/json"}


def _call(method: str, path: str, body: Any) -> Call:
    return Call(method, path, body=json.dumps(body).encode(), headers=_JSON)


def _on_the_wire(call: Call) -> WireCall:
    authorization = f"Bearer {KEY}" if call.authorization is None else call.authorization
    headers = {**{name.lower(): item for name, item in call.headers.items()}, "authorization": authorization}
    return WireCall(call.method, call.path, dict(call.query), headers, call.body or b"")

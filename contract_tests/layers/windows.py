"""Windows of budgets and rate limits, on targets whose clock can be moved: those with the mock's control API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked, NotApplicable
from contract_tests.exam import CREATE, GET, LIST, Exam
from contract_tests.exchange import Call, Response, json_call
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from governance_contract.kinds.generated import instant_of
from governance_contract.kinds.kind import same

_ADMIN = "/__admin"
_NEW_YEAR = "2099-12-31T23:59:00Z"
"""A Thursday: one minute before a day, a month and a year begin, but no week."""


class Clockwork:
    """A session of the control API: data and a clock of its own, which is gone when the session is dropped."""

    def __init__(self, exam: Exam) -> None:
        """Open the session.

        Raises:
            NotApplicable: the target has no control API.
        """
        self._exam = exam
        self.session = f"{exam.prefix}-{exam.target.run_id}"
        self.headers = {"X-Mock-Session": self.session}
        answer = exam.target.send(Call("GET", f"{_ADMIN}/clock", headers=self.headers)).response
        if answer.status != 200 or not isinstance(answer.json, dict) or "now" not in answer.json:
            raise NotApplicable("the clock of the target cannot be moved; it has no control API as the mock's")

    def tell(self, method: str, path: str, value: dict[str, Any]) -> Response:
        """Send a control request and return its answer.

        Raises:
            Blocked: it was refused.
        """
        self._exam.target.stranger(path.rsplit("/", 1)[-1])
        call = json_call(method, f"{_ADMIN}/{path}", value)
        exchange = self._exam.target.send(Call(call.method, call.path, body=call.body, headers=self.headers))
        if exchange.response.status != 200:
            raise Blocked(f"{method} {path} was answered {exchange.response.shown(200)}")
        return exchange.response

    def advance(self, duration: str) -> None:
        """Let a duration go by."""
        self.tell("PUT", "clock", {"action": "advance", "duration": duration})

    def create(self, members: dict[str, Any]) -> str:
        """Return the id of a new config of the session."""
        body = self._exam.filled({**samples.smallest(), **members})
        found = configs_in(self._exam.send(CREATE, body=body, headers=self.headers))
        if not found:
            raise Blocked("a valid create was not answered with a config")
        return str(found[0].get("id"))

    def read(self, config_id: str) -> dict[str, Any]:
        """Return a config of the session."""
        return next(iter(configs_in(self._exam.send(GET, config_id, headers=self.headers))), {})

    def close(self) -> None:
        """Drop the session with everything in it."""
        self._exam.target.stranger(self.session)
        self._exam.target.send(Call("DELETE", f"{_ADMIN}/sessions/{self.session}"))


@contextmanager
def _clockwork(exam: Exam) -> Iterator[Clockwork]:
    """Open a session and drop it; the oracle hears nothing of that world.

    Raises:
        NotApplicable: the target has no control API.
    """
    with exam.witness.looking_away():
        clockwork = Clockwork(exam)
        yield clockwork
        clockwork.close()


@PROBES.probe("TIME-01", layer="time", profile="thorough")
def rolling_windows(exam: Exam) -> None:
    """The usage of a rolling budget stays for its duration, then returns to 0, and `last_reset` moves."""
    with _clockwork(exam) as clockwork, exam.story():
        config_id = clockwork.create({"budgets": [budget(LARGE, "1h"), budget(LARGE, "1d")]})
        clockwork.tell("POST", "spend", {"model_config_id": config_id, "cost": 4})
        begun = _budgets(clockwork.read(config_id))
        for duration, usage in (("59m", {"1h": 4, "1d": 4}), ("2m", {"1h": 0, "1d": 4}), ("24h", {"1h": 0, "1d": 0})):
            clockwork.advance(duration)
            held = _budgets(clockwork.read(config_id))
            for window, wanted in usage.items():
                now = held.get(window, {})
                exam.check(
                    "TIME-01",
                    GET,
                    same(now.get("current_usage"), wanted),
                    f"the usage of a window of {window}",
                    expected=f"{wanted} after another {duration}",
                    received=repr(now),
                )
                moved = _is_later(now, begun.get(window, {}))
                exam.check(
                    "TIME-01",
                    GET,
                    moved == (wanted == 0),
                    f"the last reset of a window of {window}",
                    expected="moved" if wanted == 0 else "as it was",
                    received=repr(now.get("last_reset")),
                )


@PROBES.probe("TIME-02", layer="time", profile="thorough")
def calendar_windows(exam: Exam) -> None:
    """Calendar-aligned budgets reset at the boundaries of day, month and year in UTC, and of the week on Monday."""
    with _clockwork(exam) as clockwork, exam.story():
        clockwork.tell("PUT", "clock", {"action": "set", "instant": _NEW_YEAR})
        windows = ("1d", "1w", "1M", "1Y")
        lines = [{**budget(LARGE, window), "current_usage": 3} for window in windows]
        name = exam.fresh_name("calendar")
        config = {"model_name": name, "scope": "global", "calendar_aligned": True, "budgets": lines}
        clockwork.tell("PUT", "state", {"collections": {"model_configs": [config]}})
        for duration, day, fresh in (("2m", "2100-01-01", {"1d", "1M", "1Y"}), ("3d", "2100-01-04", {"1d", "1w"})):
            clockwork.advance(duration)
            found = configs_in(exam.send(LIST, query={"search": name}, headers=clockwork.headers))
            held = _budgets(next(iter(found), {}))
            boundary = instant_of(f"{day}T00:00:00Z")
            reset = {window for window in windows if instant_of(held.get(window, {}).get("last_reset")) == boundary}
            idle = {window for window in reset if same(held[window].get("current_usage"), 0)}
            exam.check(
                "TIME-02",
                LIST,
                reset == idle == fresh,
                f"the windows that begin on {day}",
                expected=f"{sorted(fresh)} with usage 0",
                received=f"{sorted(reset)} begin there, {sorted(idle)} with usage 0",
            )


@PROBES.probe("TIME-03", layer="time", profile="thorough")
def counters_reset_apart(exam: Exam) -> None:
    """The token counter stays when the shorter window of the request counter ends, and the other way round."""
    with _clockwork(exam) as clockwork, exam.story():
        for of_tokens, of_requests in (("1h", "1m"), ("1m", "1h")):
            rate = {"token_max_limit": LARGE, "token_reset_duration": of_tokens}
            rate |= {"request_max_limit": LARGE, "request_reset_duration": of_requests}
            config_id = clockwork.create({"rate_limit": rate})
            clockwork.tell("POST", "spend", {"model_config_id": config_id, "tokens": 10, "requests": 2})
            clockwork.advance("61s")
            held = clockwork.read(config_id).get("rate_limit") or {}
            usage = (held.get("token_current_usage"), held.get("request_current_usage"))
            wanted = (10, 0) if of_tokens == "1h" else (0, 2)
            exam.check(
                "TIME-03",
                GET,
                same(list(usage), list(wanted)),
                f"tokens over {of_tokens} and requests over {of_requests}",
                expected=f"{wanted} after 61 s",
                received=repr(usage),
            )


def _budgets(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(entry.get("reset_duration")): entry for entry in config.get("budgets") or ()}


def _is_later(now: dict[str, Any], before: dict[str, Any]) -> bool:
    new, old = instant_of(now.get("last_reset")), instant_of(before.get("last_reset"))
    return new is not None and old is not None and new > old

"""Windows of budgets and rate limits, on targets whose clock can be moved: those with the mock's control API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked, NotApplicable
from contract_tests.exam import CREATE, GET, LIST, Exam
from contract_tests.exchange import Call, Response, json_call
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from contract_tests.oracle.instants import read_instant
from contract_tests.oracle.rollover import Passage

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

    def advance(self, duration: str) -> datetime:
        """Let a duration go by, and return what time it is then.

        Raises:
            Blocked: the clock does not say.
        """
        value = self.tell("PUT", "clock", {"action": "advance", "duration": duration}).json
        now = read_instant(value.get("now")) if isinstance(value, dict) else None
        if now is None:
            raise Blocked("the clock of the control API does not say what time it is")
        return now

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

    def find(self, name: str) -> dict[str, Any]:
        """Return the config of the session with a name, from the list."""
        return next(iter(configs_in(self._exam.send(LIST, query={"search": name}, headers=self.headers))), {})

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
        before = clockwork.read(config_id)
        for duration in ("59m", "2m", "24h"):
            now = clockwork.advance(duration)
            after = clockwork.read(config_id)
            exam.judge_passage(GET, Passage(before, after, now))
            before = after


@PROBES.probe("TIME-02", layer="time", profile="thorough")
def calendar_windows(exam: Exam) -> None:
    """Calendar-aligned budgets reset at the boundaries of day, month and year in UTC, and of the week on Monday."""
    with _clockwork(exam) as clockwork, exam.story():
        clockwork.tell("PUT", "clock", {"action": "set", "instant": _NEW_YEAR})
        lines = [{**budget(LARGE, window), "current_usage": 3} for window in ("1d", "1w", "1M", "1Y")]
        name = exam.fresh_name("calendar")
        config = {"model_name": name, "scope": "global", "calendar_aligned": True, "budgets": lines}
        clockwork.tell("PUT", "state", {"collections": {"model_configs": [config]}})
        before = clockwork.find(name)
        for duration in ("2m", "3d"):
            now = clockwork.advance(duration)
            after = clockwork.find(name)
            exam.judge_passage(LIST, Passage(before, after, now, is_aligned=True))
            before = after


@PROBES.probe("TIME-03", layer="time", profile="thorough")
def counters_reset_apart(exam: Exam) -> None:
    """The token counter stays when the shorter window of the request counter ends, and the other way round."""
    with _clockwork(exam) as clockwork, exam.story():
        for of_tokens, of_requests in (("1h", "1m"), ("1m", "1h")):
            rate = {"token_max_limit": LARGE, "token_reset_duration": of_tokens}
            rate |= {"request_max_limit": LARGE, "request_reset_duration": of_requests}
            config_id = clockwork.create({"rate_limit": rate})
            clockwork.tell("POST", "spend", {"model_config_id": config_id, "tokens": 10, "requests": 2})
            before = clockwork.read(config_id)
            now = clockwork.advance("61s")
            exam.judge_passage(GET, Passage(before, clockwork.read(config_id), now))

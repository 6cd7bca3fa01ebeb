"""Requests that are held over real HTTP, and released by the control API."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mockserver.app import create_app
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

KEY = "management-key"
CONFIGS = "/api/governance/model-configs"
SECONDS = 30
"""How long a test waits for what must come; nothing here takes that long unless it is broken."""

NUMBERS = itertools.count()


class Holding:
    """A session in which requests to create are held."""

    def __init__(self, url: str, session: str, threads: ThreadPoolExecutor) -> None:
        self.url = url
        self.session = session
        self._threads = threads

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        target = path if path.startswith("/api") else f"/__admin{path}"
        headers = {"Authorization": f"Bearer {KEY}", "X-Mock-Session": self.session}
        answer = requests.request(method, self.url + target, json=body, headers=headers, timeout=SECONDS)
        assert answer.status_code == status, answer.text
        return answer.json()

    def hold(self, **members: Any) -> None:
        self.ask("POST", "/faults", {"kind": "hold", "operation": "createModelConfig", **members})

    def creating(self, name: str, status: int = 200) -> Future[Any]:
        """Return the answer to come to a request to create, which is held from now on."""
        count = len(self.held())
        answer = self._threads.submit(self.ask, "POST", CONFIGS, {"model_name": name}, status=status)
        while len(self.held()) == count:
            assert not answer.done()
        return answer

    def held(self) -> list[str]:
        return [hold["id"] for hold in self.ask("GET", "/holds")["holds"]]

    def names(self) -> list[str]:
        return [config["model_name"] for config in self.ask("GET", "/state")["collections"]["model_configs"]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with BackgroundServer(create_app(Settings(api_key=KEY, scenario="empty"))) as background:
        yield background.url


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def holding(url: str, threads: ThreadPoolExecutor) -> Iterator[Holding]:
    session = Holding(url, f"holding-{next(NUMBERS)}", threads)
    yield session
    session.ask("POST", "/reset")


def test_held_requests_act_in_the_order_in_which_they_are_released(holding: Holding) -> None:
    holding.hold()
    first, second = holding.creating("first"), holding.creating("second")
    assert holding.held() == ["1", "2"]
    assert holding.names() == []
    holding.ask("POST", "/holds/2/release")
    assert second.result(SECONDS)["model_config"]["model_name"] == "second"
    assert not first.done()
    holding.ask("POST", "/holds/1/release")
    first.result(SECONDS)
    assert holding.names() == ["second", "first"]


def test_a_request_can_be_held_after_it_has_acted(holding: Holding) -> None:
    holding.hold(when="after")
    answer = holding.creating("m")
    assert holding.names() == ["m"]
    (hold,) = holding.ask("GET", "/holds")["holds"]
    assert (hold["operation"], hold["method"], hold["path"]) == ("createModelConfig", "POST", CONFIGS)
    assert (hold["fault"], hold["when"]) == ("1", "after")
    assert holding.ask("POST", "/holds/1/release") == hold
    assert answer.result(SECONDS)["model_config"]["model_name"] == "m"


def test_all_held_requests_are_released_at_once(holding: Holding) -> None:
    holding.hold(times=3)
    answers = [holding.creating(str(number)) for number in range(3)]
    released = holding.ask("POST", "/holds/release")["holds"]
    assert [hold["id"] for hold in released] == ["1", "2", "3"]
    for answer in answers:
        answer.result(SECONDS)
    assert holding.names() == ["0", "1", "2"]
    assert holding.ask("POST", "/holds/release") == {"holds": []}
    holding.ask("POST", CONFIGS, {"model_name": "not-held"})


@pytest.mark.parametrize(("method", "path"), [("POST", "/reset"), ("DELETE", "/faults"), ("DELETE", "/faults/1")])
def test_a_request_is_released_when_what_holds_it_is_gone(holding: Holding, method: str, path: str) -> None:
    holding.hold()
    answer = holding.creating("m")
    holding.ask(method, path)
    answer.result(SECONDS)
    assert holding.held() == []
    assert holding.names() == ["m"]


def test_a_dropped_session_releases_what_it_holds(holding: Holding) -> None:
    holding.hold()
    answer = holding.creating("m")
    holding.ask("DELETE", f"/sessions/{holding.session}")
    answer.result(SECONDS)


def test_a_session_that_gives_way_releases_what_it_holds(threads: ThreadPoolExecutor) -> None:
    with BackgroundServer(create_app(Settings(api_key=KEY, scenario="empty", max_sessions=1))) as background:
        holding, other = (Holding(background.url, name, threads) for name in ("one", "other"))
        holding.hold()
        answer = holding.creating("m")
        other.names()
        answer.result(SECONDS)


def test_a_request_that_is_not_held_cannot_be_released(holding: Holding) -> None:
    answer = holding.ask("POST", "/holds/1/release", status=404)
    assert answer["error"]["message"] == "there is no held request with id 1"


def test_two_sessions_hold_side_by_side(holding: Holding, threads: ThreadPoolExecutor) -> None:
    other = Holding(holding.url, f"{holding.session}-other", threads)
    for each in (holding, other):
        each.hold()
    mine, others = holding.creating("mine"), other.creating("other")
    holding.ask("POST", "/holds/release")
    mine.result(SECONDS)
    assert not others.done()
    assert other.held() == ["1"]
    other.ask("POST", "/holds/1/release")
    others.result(SECONDS)
    assert (holding.names(), other.names()) == (["mine"], ["other"])


def test_a_held_request_can_meet_an_error_in_the_end(holding: Holding) -> None:
    holding.hold(times=1)
    holding.ask("POST", "/faults", {"kind": "status", "status": 502, "when": "after", "times": 1})
    answer = holding.creating("m", status=502)
    holding.ask("POST", "/holds/1/release")
    answer.result(SECONDS)
    assert holding.names() == ["m"]


def test_a_stop_does_not_wait_for_held_requests(threads: ThreadPoolExecutor) -> None:
    with BackgroundServer(create_app(Settings(api_key=KEY, scenario="empty"))) as background:
        holding = Holding(background.url, "base", threads)
        holding.hold()
        answer = holding.creating("m", status=503)
    assert "nothing was done" in answer.result(SECONDS)["error"]["message"]


def test_a_held_request_shows_its_query_and_its_body_without_the_key(
    holding: Holding, threads: ThreadPoolExecutor
) -> None:
    holding.ask("POST", "/faults", {"kind": "hold"})
    body = {"model_name": "m", "note": f"{KEY} {'x' * 20_000}"}
    answers = [
        threads.submit(holding.ask, "GET", f"{CONFIGS}?search=one&provider={KEY}"),
        threads.submit(holding.ask, "POST", CONFIGS, body),
    ]
    while len(holding.held()) < 2:
        assert not any(answer.done() for answer in answers)
    read, created = sorted(holding.ask("GET", "/holds")["holds"], key=lambda hold: hold["method"])
    assert (read["query"], read["body"], read["body_size"]) == ("search=one&provider=(hidden)", "", 0)
    assert created["body"].startswith('{"model_name": "m", "note": "(hidden) xxx')
    assert (len(created["body"]), created["body_size"]) == (16384, len(json.dumps(body)))
    holding.ask("POST", "/holds/release")
    for answer in answers:
        answer.result(SECONDS)

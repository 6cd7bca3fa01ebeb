import json
from typing import Any

import requests

from mockserver.app import create_app, mock_of, sessions_of
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings
from mockserver.state.clock import Clock

PATH = "/api/governance/model-configs"
KEY = {"Authorization": "Bearer mock-development-key", "Host": "h"}
VALID = json.dumps({"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}]})

ASKED = {
    "a list": ("GET", PATH, {}, None),
    "a page of a list": ("GET", f"{PATH}?limit=2&offset=1", {}, None),
    "a query beyond ASCII": ("GET", f"{PATH}?search=%C3%A9", {}, None),
    "a refused query": ("GET", f"{PATH}?limit=-1", {}, None),
    "one that exists": ("GET", f"{PATH}/KEY", {}, None),
    "one that does not exist": ("GET", f"{PATH}/none", {}, None),
    "an escaped key": ("GET", f"{PATH}/a%20b%3F", {}, None),
    "a key beyond ASCII": ("GET", f"{PATH}/%C3%A9", {}, None),
    "a key with a slash": ("GET", f"{PATH}/a%2Fb", {}, None),
    "an empty key": ("GET", f"{PATH}/", {}, None),
    "a head": ("HEAD", PATH, {}, None),
    "an unknown path": ("GET", "/api/none", {}, None),
    "a method that is not there": ("PATCH", PATH, {}, VALID),
    "a config that is created": ("POST", PATH, {}, VALID),
    "a config that is refused": ("POST", PATH, {}, '{"budgets": [{"max_limit": -1}]}'),
    "no JSON": ("POST", PATH, {}, "{"),
    "no body": ("POST", PATH, {}, None),
    "a body that is too long": ("POST", PATH, {}, "[" * 3000),
    "a config that is changed": ("PUT", f"{PATH}/KEY", {}, '{"budgets": []}'),
    "a config that is deleted": ("DELETE", f"{PATH}/KEY", {}, None),
    "a wrong key": ("GET", PATH, {"Authorization": "Bearer wrong"}, None),
    "another session": ("POST", PATH, {"X-Mock-Session": "s1"}, VALID),
    "a session that cannot be": ("GET", PATH, {"X-Mock-Session": "s/1"}, None),
    "a page of another origin": ("GET", PATH, {"Origin": "http://localhost:3000"}, None),
    "a preference": ("GET", PATH, {"Prefer": "code=500"}, None),
    "a delay": ("POST", PATH, {"Prefer": "delay=1"}, VALID),
    "a warning": ("POST", PATH, {}, '{"model_name": "w", "colour": "é"}'),
}


def answers(clock: Clock, *, directly: bool) -> dict[str, Any]:
    """Return all answers of a new mock, and what its log says of them, by name."""
    app = create_app(Settings(seed=1, max_body_bytes=2000, scenario="sample"), clock=clock)
    log, direct = sessions_of(app).base.log, mock_of(app) if directly else None
    found: dict[str, Any] = {}
    with BackgroundServer(app, max_body_bytes=2000, direct=direct) as running, requests.Session() as client:
        for name, (method, target, headers, body) in ASKED.items():
            key = client.get(running.url + PATH, headers=KEY, timeout=5).json()["model_configs"][0]["id"]
            url, told = running.url + target.replace("KEY", key), {**KEY, **headers}
            answer = client.request(method, url, headers=told, data=body, timeout=5)
            heads = [(header.lower(), value) for header, value in answer.headers.items()]
            logged = log.all()[-1]
            found[name] = (answer.status_code, heads, answer.content, {**logged.as_json(), "duration_ms": 0})
    return found


def test_both_ways_answer_and_log_the_same(clock: Clock) -> None:
    direct, through_flask = answers(clock, directly=True), answers(clock, directly=False)
    assert {name for name in ASKED if direct[name] != through_flask[name]} == set()
    assert {direct[name][0] for name in ASKED} >= {200, 400, 401, 404, 405, 413}


def test_what_an_application_adds_is_passed_by(clock: Clock) -> None:
    app = create_app(Settings(), clock=clock)
    app.before_request(lambda: ("changed", 418))
    for direct, status in ((mock_of(app), 200), (None, 418)):
        with BackgroundServer(app, direct=direct) as running:
            assert requests.get(running.url + PATH, headers=KEY, timeout=5).status_code == status

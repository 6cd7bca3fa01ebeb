"""Faults and held requests over the control API, where no connection needs to break."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver.faults import sockets

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"
LOST = {"kind": "status", "status": 503, "operation": "createModelConfig", "when": "after", "times": 1}


def names(ask: Ask, session: str | None = None) -> list[str]:
    configs = ask("GET", "/state", session=session)["collections"]["model_configs"]
    return [config["model_name"] for config in configs]


def test_a_fault_is_added_listed_read_and_deleted(ask: Ask) -> None:
    added = ask("POST", "/faults", LOST)
    counts = {"id": "1", "probability": 1, "seed": 0, "matched": 0, "fired": 0, "active": True}
    assert added == {**LOST, **counts}
    assert ask("GET", "/faults") == {"faults": [added]}
    assert ask("GET", "/faults/1") == added
    ask("DELETE", "/faults/1")
    assert ask("GET", "/faults") == {"faults": []}
    ask("POST", "/faults", LOST)
    ask("DELETE", "/faults")
    assert ask("GET", "/faults") == {"faults": []}


@pytest.mark.parametrize(("method", "path"), [("GET", "/faults/1"), ("DELETE", "/faults/1")])
def test_a_fault_that_does_not_exist_answers_404(ask: Ask, method: str, path: str) -> None:
    assert ask(method, path, status=404)["error"]["message"] == "there is no fault with id 1"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "kind is required"),
        ({"kind": "none"}, "kind must be one of CONNECTION_RESET_BY_PEER, .* hold"),
        ({"kind": "status"}, "status is required when kind is status"),
        ({"kind": "status", "status": 200}, "status .*400"),
        ({"kind": "latency"}, "latency is required when kind is latency"),
        ({"kind": "latency", "latency": {"type": "uniform", "lower": 1}}, "upper is required when type is uniform"),
        ({"kind": "latency", "latency": {"type": "fixed", "milliseconds": 300001}}, "300000"),
        ({"kind": "hold", "probability": 0}, "probability"),
        ({"kind": "hold", "times": 0}, "times"),
        ({"kind": "hold", "when": "never"}, "when must be one of before, after"),
        ({"kind": "hold", "path": "api"}, "a path that begins with / or *"),
        ({"kind": "hold", "until": "tomorrow"}, "until"),
        ({"kind": "hold", "until": "0001-01-01T00:00:00+23:59"}, "until must be later than "),
        ({"kind": "hold", "until": "2026-03-01T09:00:00Z"}, "until must be later than 2026-03-01T09:00:00.000000Z"),
        (
            {"kind": "hold", "method": "FROB"},
            "method must be one of GET, HEAD, POST, PUT, DELETE",
        ),
        ({"kind": "hold", "operation": "createModelConfig", "method": "get"}, "method must be one of POST"),
        ({"kind": "latency", "latency": {"type": "fixed", "milliseconds": 1, "seconds": 1}}, "seconds"),
        ({"kind": "hold", "operation": "none"}, "operation must be one of listModelConfigs, .*"),
        ({"kind": "hold", "status": 503}, "status is not allowed when kind is "),
        ({"kind": "hold", "message": "m"}, "message is not allowed when kind is "),
        ({"kind": "timeout", "latency": {"type": "fixed", "milliseconds": 1}}, "latency is not allowed when kind is "),
        ({"kind": "EMPTY_RESPONSE", "milliseconds": 1}, "milliseconds is not allowed when kind is "),
        ({"kind": "latency", "latency": {"type": "fixed", "milliseconds": 1, "sigma": 1}}, "sigma is not allowed"),
        ({"kind": "hold", "path": "/api/nowhere"}, "path must be a pattern that matches one of /api/governance/"),
        ({"kind": "hold", "path": f"{CONFIGS}?limit=1"}, "path must be a path without a query"),
        ({"kind": "hold", "path": f"{CONFIGS}/a?limit=1"}, "path must be a path without a query"),
        ({"kind": "hold", "path": CONFIGS, "operation": "listUsers"}, "matches one of /api/users"),
        ({"kind": "hold", "path": CONFIGS, "method": "PUT"}, "matches one of /api/governance/model-configs/{mc_id}"),
        (
            {"kind": "latency", "latency": {"type": "uniform", "lower": 2, "upper": 1}},
            "latency must be a range with lower",
        ),
    ],
)
def test_a_fault_that_cannot_be_is_refused(ask: Ask, body: Any, message: str) -> None:
    answer = ask("POST", "/faults", body, status=400)
    assert re.search(message, answer["error"]["message"])
    assert ask("GET", "/faults") == {"faults": []}


@pytest.mark.parametrize("kind", ["EMPTY_RESPONSE", "timeout"])
def test_a_connection_cannot_be_broken_where_it_cannot_be_found(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setattr(sockets, "_DESCRIPTORS", tmp_path / "none")
    answer = ask("POST", "/faults", {"kind": kind}, status=400)
    assert "no list of open descriptors" in answer["error"]["message"]
    ask("POST", "/faults", {"kind": "status", "status": 500})


def test_the_number_of_faults_is_bounded(ask: Ask) -> None:
    for _ in range(100):
        ask("POST", "/faults", LOST)
    ask("POST", "/faults", LOST, status=409)
    ask("POST", CONFIGS, {"model_name": "m"}, status=503)
    ask("POST", "/faults", LOST)


def test_an_error_before_the_request_acts_changes_nothing(ask: Ask) -> None:
    ask("POST", "/faults", {**LOST, "when": "before", "message": "down for a while"})
    answer = ask("POST", CONFIGS, {"model_name": "m"}, status=503)
    assert answer["error"]["message"] == "down for a while"
    assert names(ask) == []
    ask("POST", CONFIGS, {"model_name": "m"})


def test_an_error_after_the_request_has_acted_lets_a_retry_meet_what_it_left(ask: Ask) -> None:
    ask("POST", "/faults", LOST)
    answer = ask("POST", CONFIGS, {"model_name": "m"}, status=503)
    assert answer["error"]["message"] == "this error was asked for by fault 1"
    assert names(ask) == ["m"]
    ask("POST", CONFIGS, {"model_name": "m"}, status=409)


def test_the_log_has_the_real_exchange_and_what_struck_it(ask: Ask) -> None:
    ask("POST", "/faults", LOST)
    ask("POST", CONFIGS, {"model_name": "m"}, status=503)
    (entry,) = ask("GET", "/requests")["requests"]
    assert entry["response"]["status"] == 200
    assert '"model_name":"m"' in entry["response"]["body"]
    assert entry["faults"] == [{"id": "1", "kind": "status", "when": "after", "status": 503}]


def test_exports_tell_of_faults_and_replay_only_what_acted(ask: Ask) -> None:
    ask("POST", "/faults", LOST)
    ask("POST", "/faults", {**LOST, "when": "before", "status": 499})
    ask("POST", "/faults", {"kind": "EMPTY_RESPONSE", "times": 1})
    ask("POST", CONFIGS, {"model_name": "acted"}, status=503)
    ask("POST", CONFIGS, {"model_name": "refused"}, status=499)
    ask("POST", CONFIGS, {"model_name": "unheard"}, status=501)
    acted, refused, unheard = ask("GET", "/requests/export")["log"]["entries"]
    assert [each["response"]["status"] for each in (acted, refused, unheard)] == [200, 499, 0]
    assert unheard["_faults"] == [{"id": "3", "kind": "EMPTY_RESPONSE", "when": "before"}]
    replay = ask("GET", "/requests/export?format=pytest")
    assert "acted" in replay
    assert "refused" not in replay
    assert "unheard" not in replay


def test_a_fault_does_not_ask_for_the_key(ask: Ask, client: FlaskClient) -> None:
    ask("POST", "/faults", {"kind": "status", "status": 418})
    assert client.get(CONFIGS, headers={"Authorization": ""}).status_code == 418


def test_a_fault_ends_by_the_clock_of_its_session(ask: Ask) -> None:
    ask("POST", "/faults", {"kind": "status", "status": 500, "until": "2026-03-01T10:00:00Z"})
    ask("GET", CONFIGS, status=500)
    ask("PUT", "/clock", {"action": "advance", "duration": "1h"})
    ask("GET", CONFIGS)
    assert ask("GET", "/faults/1")["active"] is False


def test_sessions_have_faults_of_their_own_and_begin_with_those_of_the_base(ask: Ask) -> None:
    ask("POST", "/faults", {"kind": "status", "status": 500})
    ask("DELETE", "/faults", session="a")
    ask("GET", CONFIGS, status=500)
    ask("GET", CONFIGS, session="a")
    ask("GET", CONFIGS, status=500, session="b")


def test_a_reset_ends_all_faults(ask: Ask) -> None:
    ask("POST", "/faults", {"kind": "status", "status": 500})
    ask("POST", "/reset")
    assert ask("GET", "/faults") == {"faults": []}
    ask("GET", CONFIGS)


def test_a_delayed_request_acts_after_its_delay(ask: Ask) -> None:
    for when in ("before", "after"):
        ask("POST", "/faults", {"kind": "latency", "latency": {"type": "fixed", "milliseconds": 1}, "when": when})
    ask("POST", CONFIGS, {"model_name": "m"})
    assert [each["when"] for each in ask("GET", "/requests")["requests"][0]["faults"]] == ["before", "after"]


def test_another_server_says_that_it_cannot_break_the_connection(ask: Ask) -> None:
    ask("POST", "/faults", {"kind": "RANDOM_DATA_THEN_CLOSE", "when": "after"})
    answer = ask("POST", CONFIGS, {"model_name": "m"}, status=501)
    assert "RANDOM_DATA_THEN_CLOSE" in answer["error"]["message"]
    assert names(ask) == ["m"]

"""Sessions: forked from the base on first use, apart from each other, bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

PATH = "/api/governance/model-configs"
HEADER = "X-Mock-Session"


def names(client: FlaskClient, session: str | None = None) -> list[str]:
    answer = client.get(PATH, headers={HEADER: session} if session else {})
    return [config["model_name"] for config in answer.get_json()["model_configs"]]


def create(client: FlaskClient, name: str, **headers: str) -> dict[str, Any]:
    answer = client.post(PATH, json={"model_name": name}, headers=headers)
    assert answer.status_code == 200, answer.text
    config: dict[str, Any] = answer.get_json()["model_config"]
    return config


def listed(client: FlaskClient) -> list[str]:
    return [each["name"] for each in client.get("/__admin/sessions").get_json()["sessions"]]


def test_a_session_begins_as_the_base_is_and_goes_its_own_way(client: FlaskClient) -> None:
    create(client, "base")
    create(client, "own", **{HEADER: "a"})
    create(client, "later")
    assert names(client, "a") == ["base", "own"]
    assert names(client) == names(client, "base") == ["base", "later"]
    assert names(client, "b") == ["base", "later"]


def test_a_session_can_be_named_by_cookie(client: FlaskClient) -> None:
    client.set_cookie("mock_session", "a")
    create(client, "own")
    client.delete_cookie("mock_session")
    assert names(client) == []
    assert names(client, "a") == ["own"]


def test_the_header_goes_before_the_cookie(client: FlaskClient) -> None:
    client.set_cookie("mock_session", "cookie")
    create(client, "own", **{HEADER: "header"})
    assert names(client, "header") == ["own"]
    assert names(client) == []


def test_a_dropped_session_begins_anew(client: FlaskClient) -> None:
    create(client, "own", **{HEADER: "a"})
    assert client.delete("/__admin/sessions/a").status_code == 200
    assert client.delete("/__admin/sessions/a").status_code == 404
    assert client.delete("/__admin/sessions/base").status_code == 404
    assert names(client, "a") == []


def test_a_reset_takes_a_session_back_to_its_own_beginning(client: FlaskClient) -> None:
    create(client, "base")
    create(client, "own", **{HEADER: "a"})
    client.put("/__admin/clock", json={"action": "advance", "duration": "1d"}, headers={HEADER: "a"})
    client.put("/__admin/snapshots/s", headers={HEADER: "a"})
    assert client.post("/__admin/reset", headers={HEADER: "a"}).status_code == 200
    assert names(client, "a") == ["base"]
    assert client.get("/__admin/clock", headers={HEADER: "a"}).get_json()["now"].startswith("2026-03-01T09")
    assert client.get("/__admin/snapshots", headers={HEADER: "a"}).get_json() == {"snapshots": []}
    client.post("/__admin/reset")
    assert names(client) == []


def test_the_longest_unused_session_gives_way(clients: Callable[..., FlaskClient]) -> None:
    client = clients(max_sessions=2)
    for session in ("a", "b", "a", "c"):
        names(client, session)
    assert listed(client) == ["base", "a", "c"]


def test_an_idle_session_is_dropped(clients: Callable[..., FlaskClient], advance: Callable[..., None]) -> None:
    client = clients(session_idle_seconds=60)
    names(client, "a")
    advance(seconds=40)
    names(client, "b")
    advance(seconds=40)
    assert listed(client) == ["base", "b"]


@pytest.mark.parametrize("name", ["a b", "x" * 65, "../x", "a/b", "é"])
def test_a_session_needs_a_plain_name(client: FlaskClient, name: str) -> None:
    answer = client.get(PATH, headers={HEADER: name})
    assert answer.status_code == 400
    assert "expected 1 to 64 letters" in answer.get_json()["error"]["message"]
    assert listed(client) == ["base"]


def test_ids_of_a_session_follow_from_seed_and_name(clients: Callable[..., FlaskClient]) -> None:
    ids = [create(clients(), "m", **{HEADER: session})["id"] for session in ("a", "a", "b", "base")]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3

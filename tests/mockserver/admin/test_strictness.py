"""What no operation of the control API knows is rejected: query parameters and bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from mockserver import admin

Ask = Callable[..., Any]

ENDLESS = "streamRequests"
OPERATIONS = [each for each in admin.control_contract().operations if each.id != ENDLESS]
WITHOUT_BODY = [each for each in OPERATIONS if each.request_schema is None]


def violations(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.get_json()["extra_fields"]["violations"]
    return found


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_an_unknown_query_parameter_is_rejected(client: FlaskClient, operation: Any) -> None:
    path = operation.path.replace("{name}", "a").replace("{number}", "1")
    answer = client.open(f"{path}?colour=red", method=operation.method, data=b"{}")
    assert answer.status_code == 400
    first = violations(answer)[0]
    assert first["pointer"] == "query/colour"
    assert first["fix"]["patch"] == [{"op": "remove", "path": "query/colour"}]


@pytest.mark.parametrize("operation", WITHOUT_BODY, ids=lambda each: each.id)
def test_a_body_is_rejected_where_none_is_taken(client: FlaskClient, operation: Any) -> None:
    path = operation.path.replace("{name}", "a").replace("{number}", "1")
    answer = client.open(path, method=operation.method, json={"scenario": "one"})
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"] == f"{operation.id} takes no body"


@pytest.mark.parametrize("body", [b"", b"{}", b" {}\n"])
def test_an_empty_body_counts_as_none(client: FlaskClient, body: bytes) -> None:
    assert client.post("/__admin/reset", data=body).status_code == 200


def test_a_rejected_request_does_nothing(ask: Ask) -> None:
    ask("POST", "/api/governance/model-configs", {"model_name": "kept"})
    ask("POST", "/reset?hard=1", status=400)
    ask("POST", "/reset", {"hard": True}, status=400)
    assert ask("GET", "/health")["collections"]["model_configs"] == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/requests?limt=5", "the query parameter limt is unknown; did you mean limit?"),
        ("/requests?colour=red", "the query parameter colour is unknown; expected one of limit"),
        ("/clock?limit=5", "the query parameter limit is unknown; expected no query parameters"),
        ("/requests?limit=5&limit=6", "limit is sent more than once"),
    ],
)
def test_the_message_says_what_is_expected(ask: Ask, path: str, message: str) -> None:
    assert ask("GET", path, status=400)["error"]["message"] == message


def test_all_that_is_wrong_is_told_at_once(ask: Ask, client: FlaskClient) -> None:
    answer = client.get("/__admin/requests?limit=x&colour=red")
    assert [each["pointer"] for each in violations(answer)] == ["query/colour", "query/limit"]
    answer = client.put("/__admin/clock?colour=red", json={"action": "advance", "instant": "2099-01-01T00:00:00Z"})
    assert {each["pointer"] for each in violations(answer)} == {"query/colour", "/duration", "/instant"}
    assert ask("GET", "/clock")["frozen"] is False

"""The page at `/`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
Clients = Callable[..., FlaskClient]


def page(client: FlaskClient, **headers: str) -> str:
    answer = client.get("/", headers={**BROWSER, **headers})
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    return answer.text


def told(client: FlaskClient, **headers: str) -> Any:
    answer = client.get("/", headers=headers)
    assert answer.status_code == 200
    return answer.get_json()


def links(text: str) -> list[str]:
    return re.findall(r'href="(/[^"]*)"', text)


def test_a_browser_is_told_every_operation_of_the_document(client: FlaskClient, contract: Contract) -> None:
    text = page(client)
    assert "<h1>Mock of the LLM gateway governance API</h1>" in text
    assert all(f"<code>{operation.path}</code>" in text for operation in contract.operations)


def test_every_link_leads_somewhere(client: FlaskClient) -> None:
    found = links(page(client))
    assert {"/openapi.json", "/openapi.yaml", "/__admin/docs", "/__admin/requests"} <= set(found)
    for path in found:
        answer = client.get(path)
        assert answer.status_code == 200, path
        answer.close()


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}], ids=str)
def test_a_program_is_told_the_same_as_json(client: FlaskClient, contract: Contract, headers: dict[str, str]) -> None:
    answer = told(client, **headers)
    assert [each["path"] for each in answer["operations"]] == [operation.path for operation in contract.operations]
    assert answer["control"]["reference"] == "/__admin/docs"
    assert answer["now"]["collections"]["model_configs"] == 0


def test_the_key_is_shown_where_it_is_the_documented_one(clients: Clients) -> None:
    documented = clients(api_key="mock-development-key")
    assert "-H 'Authorization: Bearer mock-development-key'" in page(documented)
    assert told(documented)["authorization"] == "Bearer mock-development-key"
    secret = clients(api_key="a-secret-key")
    assert "a-secret-key" not in page(secret) + str(told(secret))
    assert "mock-development-key" not in page(secret)


def test_a_mock_without_control_api_shows_none(clients: Clients) -> None:
    client = clients(admin=False)
    assert links(page(client)) == ["/openapi.json", "/openapi.yaml"]
    assert told(client)["control"] is None


def test_what_needs_the_token_is_no_link(clients: Clients) -> None:
    client = clients(admin_token="a-token", admin_prefix="/control")
    text = page(client)
    assert "needs the admin token" in text
    assert "<code>/control/requests</code>" in text
    assert "a-token" not in text
    open_links = ["/control/docs", "/openapi.json", "/openapi.yaml", "/control/openapi.json", "/control/openapi.yaml"]
    assert links(text) == open_links
    assert all(client.get(path).status_code == 200 for path in open_links)


def test_it_tells_of_the_session_that_asks(client: FlaskClient) -> None:
    own = {"X-Mock-Session": "own"}
    client.post("/__admin/scenarios/page-full", headers=own)
    client.put("/__admin/clock", json={"action": "set", "instant": "2099-01-01T00:00:00Z"}, headers=own)
    now = told(client, **own)["now"]
    assert (now["session"], now["sessions"], now["scenario"]) == ("own", 2, "page-full")
    assert now["collections"]["model_configs"] == 25
    assert now["clock"].startswith("2099-01-01T00:00:0")
    assert "<dd>page-full</dd>" in page(client, **own)
    assert told(client)["now"]["scenario"] == "empty"


def test_the_scenario_goes_with_the_state(client: FlaskClient) -> None:
    def scenario() -> str:
        return str(told(client)["now"]["scenario"])

    client.put("/__admin/snapshots/s")
    client.post("/__admin/scenarios/one")
    client.put("/__admin/state", json={"collections": {"model_configs": []}})
    assert scenario() == "one"
    client.post("/__admin/snapshots/s/restore")
    assert scenario() == "empty"
    client.post("/__admin/scenarios/one")
    client.post("/__admin/reset")
    assert scenario() == "empty"


def test_an_impossible_session_is_no_obstacle(client: FlaskClient) -> None:
    assert told(client, **{"X-Mock-Session": "a b"})["now"]["session"] == "base"


def test_nothing_of_the_document_becomes_markup(clients: Clients, edited: Callable[..., Path]) -> None:
    hostile = "<script>alert(1)</script>"
    document = edited(("LLM gateway governance API", hostile), ("summary: List users", f"summary: {hostile}"))
    text = page(clients(document=document))
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 3


def test_nothing_of_the_request_becomes_markup(client: FlaskClient) -> None:
    assert "<script" not in page(client, Host='"><script>alert(1)</script>', Cookie="mock_session=<script>")


def test_a_browser_runs_and_loads_nothing_for_it(client: FlaskClient) -> None:
    answer = client.get("/", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Vary"] == "Accept"
    assert "src=" not in answer.text


def test_rob_02_other_methods_and_paths_are_refused_as_before(client: FlaskClient) -> None:
    assert client.post("/", json={}).status_code == 405
    answer = client.get("/index.html", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.get_json()["error"]["message"]

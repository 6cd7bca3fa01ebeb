"""The reference with try-it-out, which has to work without any other host."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract

Clients = Callable[..., FlaskClient]


def page(client: FlaskClient, prefix: str = "/__admin") -> str:
    answer = client.get(f"{prefix}/docs")
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    return answer.text


def shown(text: str) -> Any:
    found = re.search(r'data-shown="([^"]*)"', text)
    assert found
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("prefix", ["/__admin", "/a/b"])
def test_all_that_the_page_loads_comes_from_the_mock(clients: Clients, prefix: str) -> None:
    client = clients(admin_prefix=prefix)
    text = page(client, prefix)
    loaded = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert sum(path.endswith(".js") for path in loaded) == 3
    for path in loaded:
        assert path.startswith(f"{prefix}/docs/") or path in ("data:,", "/openapi.yaml")
        if path != "data:,":
            answer = client.get(path)
            assert answer.status_code == 200
            assert answer.data


def test_the_page_has_no_script_of_its_own_and_lets_none_in(client: FlaskClient) -> None:
    policy = client.get("/__admin/docs").headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert not re.search(r"<script(?! src=)", page(client))


def test_both_documents_are_tried_on_this_mock(clients: Clients, contract: Contract) -> None:
    client = clients(admin_prefix="/control")
    api, control = (client.get(each["url"]).get_json() for each in shown(page(client, "/control"))["urls"])
    for document in (api, control):
        assert [server["url"] for server in document["servers"]] == ["/"]
    assert api["paths"] == client.get("/openapi.json").get_json()["paths"]
    assert client.get("/control/health").status_code == 200
    assert "/control/health" in control["paths"]
    assert all(path.startswith("/control/") for path in control["paths"])
    assert [each["name"] for each in shown(page(client, "/control"))["urls"]] == [
        contract.document.root["info"]["title"],
        "Control API of the mock",
    ]


def test_the_page_starts_with_the_key_only_where_that_is_no_secret(clients: Clients) -> None:
    documented = {"scheme": "bearerAuth", "value": "mock-development-key"}
    assert shown(page(clients(api_key="mock-development-key")))["key"] == documented
    secret = page(clients(api_key="a-secret-key"))
    assert shown(secret)["key"] is None
    assert "a-secret-key" not in secret


def test_the_page_needs_no_token_but_what_it_tries_does(clients: Clients) -> None:
    client = clients(admin_token="a-token")
    del client.environ_base["HTTP_AUTHORIZATION"]
    assert "a-token" not in page(client)
    assert client.get("/__admin/docs/control.json").status_code == 200
    assert client.get("/__admin/health").status_code == 401


def test_a_mock_without_control_api_has_no_reference(clients: Clients) -> None:
    client = clients(admin=False)
    assert client.get("/__admin/docs").status_code == 404
    assert client.get("/__admin/docs/api.json").status_code == 404


def test_only_the_listed_files_are_served(client: FlaskClient) -> None:
    assert client.get("/__admin/docs/index.css").status_code == 404
    assert client.get("/__admin/docs/../app.py").status_code == 404


def test_an_asset_is_sent_again_only_when_it_has_changed(client: FlaskClient) -> None:
    first = client.get("/__admin/docs/swagger-ui.css")
    assert first.mimetype == "text/css"
    again = client.get("/__admin/docs/swagger-ui.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_nothing_of_the_document_becomes_markup(clients: Clients, edited: Callable[..., Path]) -> None:
    hostile = "</title><script>alert('1')</script>"
    text = page(clients(document=edited(("LLM gateway governance API", f'"{hostile}"'))))
    assert text.count("<script") == 3
    assert shown(text)["urls"][0]["name"] == hostile

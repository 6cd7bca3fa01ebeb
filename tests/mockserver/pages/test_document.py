"""The documents name the mock that serves them, under the URL by which it was reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
import yaml
from flask.testing import FlaskClient

from governance_contract import Contract
from mockserver import admin
from mockserver.app import create_app
from mockserver.pages.document import served, served_text
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

Clients = Callable[..., FlaskClient]
URL = "https://mock.example:8443/below"


@pytest.mark.parametrize("path", ["/openapi", "/__admin/openapi"])
def test_a_document_names_the_url_under_which_it_is_served(client: FlaskClient, path: str) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    as_json = client.get(f"{path}.json", base_url=URL)
    as_yaml = client.get(f"{path}.yaml", base_url=URL)
    assert (as_json.mimetype, as_yaml.mimetype) == ("application/json", "application/yaml")
    assert [each["url"] for each in as_json.get_json()["servers"]] == [URL]
    assert yaml.safe_load(as_yaml.text)["servers"] == as_json.get_json()["servers"]
    assert as_json.headers["X-Content-Type-Options"] == as_yaml.headers["X-Content-Type-Options"] == "nosniff"


def test_the_rest_is_what_the_mock_reads(client: FlaskClient, contract: Contract) -> None:
    as_json, as_yaml = client.get("/openapi.json"), client.get("/openapi.yaml")
    assert as_json.get_json() == {**contract.document.root, "servers": as_json.get_json()["servers"]}
    own, given = as_yaml.text.splitlines(), contract.document.text.splitlines()
    assert [line for line in given if line not in own] == [
        "  - url: http://127.0.0.1:4010",
        "    description: The mock on its default port.",
    ]


def test_the_paths_of_the_control_api_are_those_of_its_prefix(clients: Clients) -> None:
    client = clients(admin_prefix="/control")
    as_json, as_yaml = client.get("/control/openapi.json").get_json(), client.get("/control/openapi.yaml").text
    assert len(as_json["paths"]) == len(admin.control_contract().document.root["paths"])
    assert all(path.startswith("/control/") for path in as_json["paths"])
    assert yaml.safe_load(as_yaml)["paths"].keys() == as_json["paths"].keys()


def test_the_server_of_the_mock_says_its_port() -> None:
    with BackgroundServer(create_app(Settings(scenario="empty"))) as background:
        for path in ("/openapi.json", "/__admin/openapi.json"):
            told = requests.get(f"{background.url}{path}", timeout=30).json()
            assert [each["url"] for each in told["servers"]] == [background.url]


@pytest.mark.parametrize(
    "text",
    [
        "openapi: 3.1.1\nservers: []\npaths: {}\n",
        "openapi: 3.1.1\nservers:\n- url: /a\n# more\n- url: /b\npaths: {}\n",
        "openapi: 3.1.1\nservers:\n\n  - url: /a\n    variables: {}\n\npaths: {}\n",
        "openapi: 3.1.1\npaths: {}\n",
        '{"openapi": "3.1.1", "paths": {}}',
        "{openapi: 3.1.1, servers: [{url: /a}], paths: {}}\n",
    ],
)
def test_whatever_the_form_of_the_file_both_forms_say_the_same(contract: Contract, text: str) -> None:
    root: dict[str, Any] = yaml.safe_load(text)
    document = replace(contract.document, root=root, text=text)
    assert yaml.safe_load(served_text(document, 'http://"quoted"')) == served(root, 'http://"quoted"')

"""What a browser lets pages of other origins do with the mock."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import mockserver
from mockserver import headers

PATH = "/api/governance/model-configs"
PAGE = "http://localhost:5173"
OTHER = "http://other.example"
Clients = Callable[..., FlaskClient]


def preflight(client: FlaskClient, path: str, method: str, origin: str = PAGE, asked: str = "") -> TestResponse:
    del client.environ_base["HTTP_AUTHORIZATION"]
    sent = {"Origin": origin, "Access-Control-Request-Method": method}
    return client.options(path, headers={**sent, **({"Access-Control-Request-Headers": asked} if asked else {})})


def allowed(answer: TestResponse) -> dict[str, str]:
    """Return what an answer says to a browser, by the ends of the names of its headers."""
    start = "Access-Control-"
    return {name.removeprefix(start): value for name, value in answer.headers.items() if name.startswith(start)}


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (PATH, "GET, POST"),
        (f"{PATH}/x", "DELETE, GET, PUT"),
        (f"{PATH}/a%252Fb", "DELETE, GET, PUT"),
        ("/api/users", "GET"),
        ("/openapi.json", "GET"),
    ],
)
def test_a_preflight_needs_no_key_and_names_the_methods_of_the_path(
    client: FlaskClient, path: str, methods: str
) -> None:
    answer = preflight(client, path, "GET", asked="authorization")
    assert answer.status_code == 200
    told = allowed(answer)
    assert (told["Allow-Origin"], told["Allow-Methods"], told["Max-Age"]) == ("*", methods, "600")
    assert "Allow-Credentials" not in told


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Prefer", "X-Mock-Session", "traceparent"])
def test_a_preflight_allows_every_header(client: FlaskClient, name: str) -> None:
    assert allowed(preflight(client, PATH, "POST", asked=name))["Allow-Headers"] == name


def test_a_preflight_for_a_method_that_the_path_has_not_is_not_answered_with_methods(client: FlaskClient) -> None:
    assert "Allow-Methods" not in allowed(preflight(client, PATH, "DELETE"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 200), ("POST", PATH, 400), ("GET", f"{PATH}/none", 404), ("GET", "/nowhere", 404)],
)
def test_every_answer_can_be_read_with_our_headers(client: FlaskClient, method: str, path: str, status: int) -> None:
    answer = client.open(path, method=method, headers={"Origin": PAGE})
    assert answer.status_code == status
    told = allowed(answer)
    assert told["Allow-Origin"] == "*"
    assert set(told["Expose-Headers"].split(", ")) == set(headers.EXPOSED)


def test_a_refused_method_can_be_read(client: FlaskClient) -> None:
    answer = client.patch(PATH, headers={"Origin": PAGE})
    assert (answer.status_code, allowed(answer)["Allow-Origin"]) == (405, "*")


def test_every_header_of_ours_is_exposed() -> None:
    sources = Path(mockserver.__file__).parent.rglob("*.py")
    written = {name for file in sources for name in re.findall(r'"(X-Mock-[A-Za-z-]+)"', file.read_text("utf-8"))}
    assert written - {"X-Mock-Session"} <= set(headers.EXPOSED)
    assert {headers.VIOLATIONS, headers.WARNINGS} <= written


def test_other_clients_see_nothing_of_it(client: FlaskClient) -> None:
    assert allowed(client.get(PATH)) == {}
    assert allowed(client.options(PATH)) == {}


def test_only_pages_of_the_origins_that_are_named_may_read(clients: Clients) -> None:
    client = clients(cors_origin=(PAGE, "http://[::1]:8080"))
    for origin, told in ((PAGE, PAGE), ("http://[::1]:8080", "http://[::1]:8080"), (OTHER, None), (f"{PAGE}0", None)):
        answer = client.get(PATH, headers={"Origin": origin})
        assert answer.status_code == 200
        assert allowed(answer).get("Allow-Origin") == told
    assert client.get(PATH, headers={"Origin": PAGE}).headers["Vary"] == "Origin"


def test_without_an_origin_no_page_may_read(clients: Clients) -> None:
    assert allowed(clients(cors_origin=()).get(PATH, headers={"Origin": PAGE})) == {}


def test_cookies_are_allowed_where_that_is_set(clients: Clients) -> None:
    client = clients(cors_origin=(PAGE,), cors_credentials=True)
    told = allowed(client.get(PATH, headers={"Origin": PAGE, "Cookie": "mock_session=mine"}))
    assert (told["Allow-Origin"], told["Allow-Credentials"]) == (PAGE, "true")


def test_the_control_api_is_not_for_pages_that_nobody_named(client: FlaskClient) -> None:
    assert allowed(client.get("/__admin/health", headers={"Origin": PAGE})) == {}
    assert allowed(client.get("/__admin/nowhere", headers={"Origin": PAGE})) == {}
    assert allowed(preflight(client, "/__admin/clock", "PUT")) == {}


def test_the_control_api_is_for_pages_that_are_named_and_no_other(clients: Clients) -> None:
    client = clients(cors_origin=("*", PAGE), admin_prefix="/control")
    answer = client.post("/control/reset", headers={"Origin": PAGE})
    assert (answer.status_code, allowed(answer)["Allow-Origin"]) == (200, PAGE)
    assert client.post("/control/reset", headers={"Origin": OTHER}).status_code == 403
    told = allowed(preflight(client, "/control/clock", "PUT", asked="x-mock-session"))
    assert (told["Allow-Methods"], told["Allow-Headers"]) == ("GET, PUT", "x-mock-session")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Host": "127.0.0.1:4010", "Origin": "http://127.0.0.1:4010"}, 200),
        ({"Host": "[::1]:4010"}, 200),
        ({"Host": "192.168.1.7"}, 200),
        ({"Host": "app.localhost:4010"}, 200),
        ({"Origin": OTHER}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:5173"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "https://localhost", "X-Forwarded-Proto": "https"}, 200),
        ({"Origin": "http://localhost", "X-Forwarded-Proto": "https"}, 403),
        ({"Origin": "chrome-extension://localhost"}, 403),
        ({"Host": "other.example"}, 403),
        ({"Host": "other.example", "Origin": OTHER}, 403),
        ({"Host": "[::1"}, 403),
        ({"Host": "localhost.other.example"}, 403),
    ],
    ids=str,
)
def test_a_foreign_page_does_not_get_through_to_the_control_api(
    client: FlaskClient, sent: dict[str, str], status: int
) -> None:
    client.post(PATH, json={"model_name": "m"})
    answer = client.post("/__admin/reset", headers=sent, data="{}", content_type="text/plain")
    assert answer.status_code == status
    left = client.get(PATH).get_json()["total_count"]
    assert left == (0 if status == 200 else 1)


def test_a_page_with_the_token_may_come_by_any_name(clients: Clients) -> None:
    client = clients(admin_token="a-token")
    sent: dict[str, Any] = {"Host": "mock.example", "Authorization": "Bearer a-token"}
    assert client.post("/__admin/reset", headers=sent).status_code == 200
    assert client.post("/__admin/reset", headers={"Host": "mock.example"}).status_code == 401


def test_a_page_of_a_public_site_may_reach_this_private_address_where_its_origin_may_use_it(clients: Clients) -> None:
    def told(client: FlaskClient, path: str) -> str | None:
        asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Private-Network": "true"}
        return allowed(client.options(path, headers={"Origin": OTHER, **asked})).get("Allow-Private-Network")

    assert told(clients(), PATH) == "true"
    assert told(clients(cors_origin=(OTHER,)), "/__admin/health") == "true"
    assert told(clients(cors_origin=(PAGE,)), PATH) is None
    assert told(clients(), "/__admin/health") is None

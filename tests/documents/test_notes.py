"""The mock serves an API of another kind from its document alone."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app import create_app
from mockserver.settings import Settings

DOCUMENT = Path(__file__).with_name("notes.yaml")
KEY = "editor:secret"
BASIC = {"Authorization": "Basic " + base64.b64encode(KEY.encode()).decode()}

Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(notes: FlaskClient) -> Ask:
    def asked(method: str, path: str, body: Any = None, **rest: Any) -> TestResponse:
        return notes.open(f"/v2{path}", method=method, json=body, **{"headers": BASIC, **rest})

    return asked


@pytest.fixture
def notes() -> FlaskClient:
    return create_app(Settings(document=DOCUMENT, scenario="empty", api_key=KEY)).test_client()


@pytest.fixture
def ada(ask: Ask) -> str:
    assert ask("POST", "/people", {"login": "ada", "full_name": "Ada L", "age": 36}).status_code == 201
    return "ada"


@pytest.fixture
def board(ask: Ask, ada: str) -> dict[str, Any]:
    answer = ask("POST", "/boards", {"title": "First", "owner": ada})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.get_json()["board"]
    return made


def test_documented_statuses_and_headers_are_answered(ask: Ask) -> None:
    made = ask("POST", "/people", {"login": "a b", "full_name": "A"})
    assert (made.status_code, made.headers["Location"], made.headers["X-Version"]) == (201, "/v2/people/a%20b", "7")
    assert made.get_json() == {"login": "a b", "full_name": "A"}
    gone = ask("DELETE", "/people/a%20b")
    assert (gone.status_code, gone.data, "Content-Type" in gone.headers) == (204, b"", False)


def test_a_bare_array_is_a_list(ask: Ask, ada: str) -> None:
    ask("POST", "/people", {"login": "grace", "full_name": "Grace H", "age": 37})
    answer = ask("GET", "/people?sort=-age", headers={})
    assert [each["login"] for each in answer.get_json()] == ["grace", ada]
    assert answer.headers["X-Total-Count"] == "2"
    assert [each["login"] for each in ask("GET", "/people?login=ada,nobody").get_json()] == [ada]
    assert [each["login"] for each in ask("GET", "/people").get_json()] == [ada, "grace"]


def test_credentials_are_asked_for_as_the_document_says(ask: Ask) -> None:
    refused = ask("POST", "/boards", {}, headers={})
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert ask("POST", "/boards", {}, headers={"X-Notes-Key": KEY}).status_code == 422
    assert ask("POST", "/boards", {}, headers={"Authorization": f"Bearer {KEY}"}).status_code == 401
    assert ask("GET", "/people", headers={}).status_code == 200


def test_the_base_path_is_that_of_the_server(notes: FlaskClient) -> None:
    assert notes.get("/people").status_code == 404
    assert notes.get("/v2/people").status_code == 200
    assert notes.get("/openapi.json").get_json()["servers"][0]["url"].endswith("/v2")


def test_a_key_that_is_a_whole_number_counts_up(ask: Ask, board: dict[str, Any]) -> None:
    assert board["number"] == 1
    second = ask("POST", "/boards", {"title": "Second", "owner": "ada"}).get_json()["board"]
    assert second["number"] == 2
    assert ask("GET", "/boards/2").get_json()["board"] == second
    assert [ask("GET", f"/boards/{key}").status_code for key in ("02", "2.0", "x", "3")] == [404] * 4


def test_resources_lie_in_others(ask: Ask, board: dict[str, Any]) -> None:
    ask("POST", "/boards", {"title": "Second", "owner": "ada"})
    made = ask("POST", "/boards/1/notes", {"text": "hello"}).get_json()
    assert made["board"] == 1
    assert ask("POST", "/boards/1/notes", {"text": "hello"}).status_code == 409
    assert ask("POST", "/boards/2/notes", {"text": "hello"}).status_code == 201
    assert ask("GET", f"/boards/1/notes/{made['id']}").get_json() == made
    assert ask("GET", f"/boards/2/notes/{made['id']}").status_code == 404
    assert ask("POST", "/boards/9/notes", {"text": "hello"}).status_code == 404
    assert ask("GET", "/boards/9/notes").status_code == 404
    assert ask("DELETE", f"/boards/{board['number']}").status_code == 204
    assert ask("GET", "/boards/1/notes").status_code == 404


@pytest.mark.usefixtures("board")
def test_lists_are_filtered_sorted_and_paged(ask: Ask) -> None:
    for text, color in (("b", "red"), ("a", "blue"), ("d", "red"), ("c", None)):
        assert ask("POST", "/boards/1/notes", {"text": text, **({"color": color} if color else {})}).status_code == 201

    def texts(query: str) -> str:
        return "".join(each["text"] for each in ask("GET", f"/boards/1/notes?{query}").get_json()["data"])

    assert texts("color=red&color=blue&size=9") == "bad"
    assert texts("sort_by=text") == "abc"
    assert texts("sort_by=text&order=desc&page=2&size=2") == "ba"
    assert texts("sort_by=color&order=desc") == "bda"
    assert texts("sort_by=color&page=2") == "c"
    assert ask("GET", "/boards/1/notes?sort_by=id").status_code == 400


@pytest.mark.usefixtures("board")
def test_a_patch_merges(ask: Ask) -> None:
    layout = {"columns": 2, "grid": {"width": 5, "lines": [{"at": 1}, {"at": 2}]}}
    first = ask("PATCH", "/boards/1", {"layout": layout}).get_json()["board"]
    assert first["color"] == "white"
    second = ask("PATCH", "/boards/1", {"color": None, "layout": {"grid": {"width": 6}}}).get_json()["board"]
    assert "color" not in second
    assert second["layout"]["columns"] == 2
    assert second["layout"]["grid"]["id"] == first["layout"]["grid"]["id"]
    assert second["layout"]["grid"]["lines"] == first["layout"]["grid"]["lines"]
    lines = [{"at": 2}, {"at": 3}]
    third = ask("PATCH", "/boards/1", {"layout": {"grid": {"lines": lines}}}).get_json()["board"]["layout"]["grid"]
    assert third["lines"][0]["id"] == first["layout"]["grid"]["lines"][1]["id"]
    assert [line["board"] for line in third["lines"]] == ["First", "First"]


def test_a_reference_must_lead_somewhere_wherever_it_stands(ask: Ask, ada: str) -> None:
    body = {"title": "t", "owner": "nobody", "readers": [{"person": ada}, {"person": "none"}]}
    told = ask("POST", "/boards", body).get_json()["extra_fields"]["violations"]
    assert [each["pointer"] for each in told] == ["/owner", "/readers/1/person"]
    assert ask("PUT", f"/people/{ada}", {"mentor": "nobody"}).status_code == 422
    assert ask("PUT", f"/people/{ada}", {"mentor": ada}).status_code == 204


def test_names_follow_a_rename(ask: Ask, ada: str) -> None:
    ask("POST", "/boards", {"title": "t", "owner": ada, "readers": [{"person": ada}]})
    assert ask("GET", "/boards/1").get_json()["board"]["owner_name"] == "Ada L"
    assert ask("PUT", f"/people/{ada}", {"full_name": "Ada King"}).status_code == 204
    board = ask("GET", "/boards/1").get_json()["board"]
    reader = {"person": ada, "person_name": "Ada King", "board_title": "t"}
    assert (board["owner_name"], board["readers"]) == ("Ada King", [reader])


def test_a_delete_does_with_those_that_refer_what_the_document_says(ask: Ask, ada: str) -> None:
    ask("POST", "/people", {"login": "grace", "full_name": "G", "mentor": ada})
    ask("POST", "/boards", {"title": "kept", "owner": "grace"})
    ask("POST", "/boards", {"title": "read by Ada", "owner": "grace", "readers": [{"person": ada}]})
    refused = ask("DELETE", "/people/grace")
    assert refused.status_code == 409
    assert "the board 1 and 1 more refers to it" in refused.get_json()["error"]["message"]
    assert ask("DELETE", f"/people/{ada}").status_code == 204
    assert [ask("GET", f"/boards/{key}").status_code for key in (1, 2)] == [200, 404]
    assert ask("GET", "/people").get_json() == [{"login": "grace", "full_name": "G", "mentor": "ada"}]


@pytest.mark.usefixtures("board")
def test_state_with_nested_resources_is_exported_and_imported(ask: Ask, notes: FlaskClient) -> None:
    ask("POST", "/boards/1/notes", {"text": "hello"})
    exported = notes.get("/__admin/state").get_json()["collections"]
    assert [each["text"] for each in exported["boards/1/notes"]] == ["hello"]
    notes.post("/__admin/reset")
    assert ask("GET", "/boards/1").status_code == 404
    answer = notes.put("/__admin/state", json={"collections": exported})
    assert answer.status_code == 200, answer.text
    assert notes.get("/__admin/state").get_json()["collections"] == exported
    assert ask("POST", "/boards", {"title": "next", "owner": "ada"}).get_json()["board"]["number"] == 2


def test_spending_says_that_nothing_counts(notes: FlaskClient) -> None:
    answer = notes.post("/__admin/spend", json={"call": {"model": "m"}, "cost": 1})
    assert answer.status_code == 409
    assert "x-counter" in answer.get_json()["error"]["message"]

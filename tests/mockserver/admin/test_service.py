"""Health, version and settings; where the control API is, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract, defects
from mockserver import admin
from mockserver.admin.verbs import VERBS
from mockserver.app import create_app
from mockserver.settings import Settings, SettingsError

Ask = Callable[..., Any]


def test_health_names_session_and_holdings(ask: Ask) -> None:
    answer = ask("GET", "/health", session="a")
    assert (answer["status"], answer["session"], answer["collections"]["model_configs"]) == ("ok", "a", 0)


def test_the_versions_are_those_of_both_documents(ask: Ask, contract: Contract) -> None:
    answer = ask("GET", "/version")
    assert answer["api"] == contract.document.root["info"]["version"]
    assert answer["control"] == admin.control_contract().document.root["info"]["version"]


def test_every_operation_documents_how_any_of_them_may_be_refused() -> None:
    for operation in admin.control_contract().operations:
        common = {"400", "401", "403", "500", *(["413"] if operation.request_schema is not None else [])}
        assert common <= set(operation.responses), operation.id


def test_settings_show_no_secret(clients: Callable[..., FlaskClient]) -> None:
    client = clients(admin_token="token")
    answer = client.get("/__admin/settings", headers={"Authorization": "Bearer token"})
    assert (
        answer.get_json()["settings"] | {"api_key": "(set)", "admin_token": "(set)", "port": 4010}
        == (answer.get_json()["settings"])
    )
    assert "management-key" not in answer.text


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer wrong", "Basic token", "token", "Bearer management-key"])
def test_a_token_is_needed_where_one_is_set(clients: Callable[..., FlaskClient], value: str) -> None:
    client = clients(admin_token="token")
    answer = client.post("/__admin/reset", headers={"Authorization": value})
    assert answer.status_code == 401
    assert "Bearer <admin token>" in answer.get_json()["error"]["message"]
    assert client.post("/__admin/reset", headers={"Authorization": "Bearer token"}).status_code == 200


def test_the_token_does_not_open_the_api(clients: Callable[..., FlaskClient]) -> None:
    client = clients(admin_token="token")
    path = "/api/governance/model-configs"
    assert client.get(path, headers={"Authorization": "Bearer token"}).status_code == 401


def test_the_control_api_can_be_elsewhere_or_nowhere(clients: Callable[..., FlaskClient]) -> None:
    moved = clients(admin_prefix="/control")
    assert moved.get("/control/health").status_code == moved.get("/control/openapi.json").status_code == 200
    assert moved.get("/__admin/health").status_code == 404
    assert clients(admin=False).get("/__admin/health").status_code == 404


def test_a_prefix_that_hides_the_api_is_refused() -> None:
    with pytest.raises(SettingsError, match="would hide /api/governance/model-configs"):
        create_app(Settings(admin_prefix="/api/governance"))


def test_every_verb_carries_out_an_operation() -> None:
    assert {operation.verb for operation in admin.control_contract().operations} == set(VERBS)


def test_the_document_of_the_control_api_has_no_defects() -> None:
    assert defects.find(admin.control_contract().document, abilities={}) == ()


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("PUT", "/clock", {"action": "freeze", "instnt": 5}, "instnt is unknown; did you mean instant?"),
        ("POST", "/spend", {"call": {"model": "m"}, "costs": 4}, "costs is unknown; did you mean cost?"),
        ("POST", "/spend", {"call": {"model": "m", "user": "u"}}, "user is unknown; did you mean user_id?"),
        (
            "POST",
            "/spend/simulate",
            {"days": 1, "mix": [{"model": "m", "x": 1}]},
            "x is unknown; expected one of model,",
        ),
        ("POST", "/requests/count", {"staus": 400}, "staus is unknown; did you mean status?"),
        ("POST", "/faults", {"kind": "timeout", "operations": "x"}, "operations is unknown; did you mean operation?"),
        ("PUT", "/state", {"collections": {}, "clock": 1}, "clock is unknown; expected one of collections"),
    ],
)
def test_a_misspelt_member_is_refused_as_it_would_be_without_effect(
    ask: Ask, method: str, path: str, body: Any, message: str
) -> None:
    answer = ask(method, path, body, status=400)
    assert answer["error"]["message"].startswith(message)


def test_control_requests_are_not_logged(ask: Ask) -> None:
    ask("GET", "/health")
    ask("GET", "/nothing-here", status=404)
    assert ask("GET", "/requests")["total"] == 0

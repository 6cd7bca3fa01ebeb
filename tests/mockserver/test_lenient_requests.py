"""What requests leave behind that break rules with `validate=off`: the mock goes on with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from governance_contract import Contract
from mockserver.app import sessions_of

PATH = "/api/governance/model-configs"
Create = Callable[..., dict[str, Any]]
DAY = {"max_limit": 5, "reset_duration": "1d"}
FULL = {
    "model_name": "m",
    "provider": "p",
    "scope": "virtual_key",
    "scope_id": "vk-frontend",
    "budgets": [DAY, {"max_limit": 50, "reset_duration": "1w"}],
    "rate_limit": {"token_max_limit": 5, "token_reset_duration": "1h"},
}
ODD_BUDGETS: list[Any] = [
    {},
    {"max_limit": None},
    {"reset_duration": ""},
    {"max_limit": -1, "reset_duration": "0d"},
    DAY,
]


def sent(client: FlaskClient, body: Any, path: str = PATH, prefer: str = "validate=off") -> TestResponse:
    method = "POST" if path == PATH else "PUT"
    return client.open(path, method=method, json=body, headers={"Prefer": prefer})


def listed(client: FlaskClient) -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = client.get(PATH).get_json()["model_configs"]
    return configs


def use_everything(client: FlaskClient) -> None:
    """Ask for all that looks at resources or changes them with time and spending."""
    client.put("/__admin/snapshots/before")
    for config in listed(client):
        asked = [
            client.get(f"{PATH}/{config['id']}"),
            client.post("/__admin/spend", json={"model_config_id": config["id"], "cost": 1, "tokens": 1}),
            client.put(f"{PATH}/{config['id']}", json={"provider": f"p-{config['id']}"}),
            client.put(f"{PATH}/{config['id']}", json={"budgets": [DAY]}) if config["budgets"][:1] else None,
        ]
        assert [answer.status_code for answer in asked if answer] == [200] * len([each for each in asked if each])
    call = {"model": "m", "provider": "p", "virtual_key_id": "vk-frontend"}
    for method, path, body in [
        ("GET", "/clock/upcoming", None),
        ("PUT", "/clock", {"action": "advance", "duration": "3M"}),
        ("POST", "/spend", {"cost": 1, "call": call}),
        ("POST", "/spend/simulate", {"days": 1, "calls_per_hour": 1, "seed": 1}),
        ("GET", "/snapshots/before/diff", None),
        ("GET", "/state", None),
        ("GET", "/requests", None),
    ]:
        answer = client.open(f"/__admin{path}", method=method, json=body)
        assert answer.status_code == 200, (path, answer.text)
    assert client.get(f"{PATH}?search=m&scope=global&provider=p").status_code == 200


def test_every_body_that_breaks_one_rule_is_stored_or_refused_and_breaks_nothing_later(
    client: FlaskClient, contract: Contract
) -> None:
    stored = 0
    for number, case in enumerate(contract.counterexamples(contract.operations["createModelConfig"], FULL)):
        body = case.body
        if isinstance(body, dict) and body.get("provider"):
            body = {**body, "provider": f"p{number}"}
        answer = sent(client, body)
        assert answer.status_code in (200, 400, 409), answer.text
        stored += answer.status_code == 200
    assert stored > 20
    use_everything(client)


def test_every_update_that_breaks_one_rule_is_stored_or_refused_and_breaks_nothing_later(
    client: FlaskClient, contract: Contract, created: Create
) -> None:
    operation, path = contract.operations["updateModelConfig"], f"{PATH}/{created()['id']}"
    valid = {name: FULL[name] for name in ("model_name", "provider", "budgets", "rate_limit")}
    statuses = []
    for case in contract.counterexamples(operation, valid):
        statuses.append(sent(client, case.body, path).status_code)
        assert client.get(path).status_code == 200
    assert set(statuses) == {200, 400}
    use_everything(client)


@pytest.mark.parametrize("budgets", [ODD_BUDGETS, [DAY, DAY, DAY], [{}], [{"id": None}, {"id": "none"}]])
def test_odd_budgets_can_be_stored_and_replaced(client: FlaskClient, budgets: Any) -> None:
    config = sent(client, {"model_name": "m", "budgets": budgets}).get_json()["model_config"]
    assert len(config["budgets"]) == len(budgets)
    assert len({budget["id"] for budget in config["budgets"]}) == len(budgets)
    for _ in range(2):
        assert sent(client, {"budgets": budgets}, f"{PATH}/{config['id']}").status_code == 200
    use_everything(client)


def test_a_window_that_is_no_duration_never_ends(client: FlaskClient) -> None:
    body = {"model_name": "m", "budgets": [{"max_limit": 5, "reset_duration": "P1D"}, DAY]}
    config = sent(client, body).get_json()["model_config"]
    client.post("/__admin/spend", json={"model_config_id": config["id"], "cost": 3})
    moved = client.put("/__admin/clock", json={"action": "advance", "duration": "9Y"}).get_json()
    assert [each["pointer"] for each in moved["rollovers"]] == ["/budgets/1/current_usage"]
    (config,) = listed(client)
    assert [budget["current_usage"] for budget in config["budgets"]] == [3, 0]


@pytest.mark.parametrize(
    "body",
    [[], "text", None, {"model_name": 7}, {"model_name": "m", "budgets": {}}, {"model_name": "m", "budgets": [None]}],
)
def test_what_nothing_can_be_made_of_is_refused(client: FlaskClient, body: Any) -> None:
    answer = sent(client, body)
    assert answer.status_code == 400
    assert {each["keyword"].rpartition("/")[2] for each in answer.get_json()["extra_fields"]["violations"]} == {"type"}
    assert listed(client) == []


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 300 + b"]" * 300, b"\xff"])
def test_what_is_no_json_is_refused(client: FlaskClient, data: bytes) -> None:
    assert client.post(PATH, data=data, headers={"Prefer": "validate=off"}).status_code == 400


def test_an_identity_stays_unique(client: FlaskClient) -> None:
    assert sent(client, {"budgets": [{}]}).status_code == 200
    answer = sent(client, {})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (409, "validate=off")
    assert len(listed(client)) == 1


def test_a_dangling_reference_is_let_pass_and_told(client: FlaskClient) -> None:
    body = {"model_name": "m", "scope": "virtual_key", "scope_id": "vk-nobody"}
    answer = sent(client, body, prefer="validate=log")
    assert answer.headers["X-Mock-Violations"] == 'REQ-06;at="/scope_id"'
    assert "scope_name" not in answer.get_json()["model_config"]


def test_data_that_is_kept_in_a_file_keeps_the_document(clients: Callable[..., FlaskClient], tmp_path: Path) -> None:
    client = clients(data=tmp_path / "kept")
    answer = sent(client, {"model_name": ""})
    assert (answer.status_code, listed(client)) == (400, [])
    assert "X-Mock-Session" in answer.get_json()["error"]["message"]
    headers = {"Prefer": "validate=off", "X-Mock-Session": "lax"}
    assert client.post(PATH, json={"model_name": ""}, headers=headers).status_code == 200
    sessions_of(client.application).close()


def test_an_unknown_id_is_still_unknown(client: FlaskClient) -> None:
    assert sent(client, {}, f"{PATH}/none").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("limit=many", ["a", "b"]),
        ("limit=1&offset=-1", ["a"]),
        ("limit=-1&search=b", ["b"]),
        ("scope=team", []),
        ("scope=GLOBAL", []),
    ],
)
def test_a_broken_parameter_counts_as_absent_and_a_broken_filter_filters(
    client: FlaskClient, created: Create, query: str, found: list[str]
) -> None:
    for name in ("a", "b"):
        created(model_name=name)
    answer = client.get(f"{PATH}?{query}&__validate=log")
    assert [config["model_name"] for config in answer.get_json()["model_configs"]] == found
    assert "query/" in answer.headers["X-Mock-Violations"]
    assert client.get(f"{PATH}?{query}").status_code == 400

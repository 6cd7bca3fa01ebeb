"""The mock over HTTP: credentials, documented answers, paths and methods (contract, section 3: AUTH, RESP, ROB)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract
from mockserver.state.chance import new_ids

PATH = "/api/governance/model-configs"
KEY = "management-key"
KEY_SCOPE = {"scope": "virtual_key", "scope_id": "vk-frontend"}
Create = Callable[..., dict[str, Any]]


def budget(duration: str, limit: float = 10) -> dict[str, Any]:
    return {"max_limit": limit, "reset_duration": duration}


def put(client: FlaskClient, config: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = client.put(f"{PATH}/{config['id']}", json=body)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.get_json()["model_config"]
    return changed


OPERATIONS = [
    ("GET", PATH),
    ("POST", PATH),
    ("GET", f"{PATH}/no-such-id"),
    ("PUT", f"{PATH}/no-such-id"),
    ("DELETE", f"{PATH}/no-such-id"),
    ("GET", "/api/governance/virtual-keys"),
    ("GET", "/api/users"),
    ("GET", "/api/providers"),
    ("GET", "/api/models"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer another-key"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer vk-frontend"},
        {"X-Api-Key": KEY},
        {"Authorization": "Bearer cl\u00e9"},
    ],
    ids=str,
)
def test_auth_any_credentials_but_the_key_answer_401(
    client: FlaskClient, method: str, path: str, headers: dict[str, str]
) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    answer = client.open(path, method=method, headers=headers, json={"model_name": "m"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["status_code"] == 401


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_auth_06_a_request_that_is_answered_401_changes_nothing(
    client: FlaskClient, created: Create, method: str
) -> None:
    config = created()
    path = PATH if method == "POST" else f"{PATH}/{config['id']}"
    headers = {"Authorization": "Bearer another-key"}
    assert client.open(path, method=method, headers=headers, json={"model_name": "m"}).status_code == 401
    assert client.get(PATH).get_json()["model_configs"] == [config]


def test_resp_01_every_answer_is_documented(client: FlaskClient, contract: Contract, created: Create) -> None:
    own = created(budgets=[budget("1d")], rate_limit={"token_max_limit": 5, "token_reset_duration": "1h"})["id"]
    asked: list[tuple[str, str, str, Any]] = [
        ("createModelConfig", "POST", PATH, {"model_name": "m", **KEY_SCOPE}),
        ("createModelConfig", "POST", PATH, {"model_name": "m", **KEY_SCOPE}),
        ("createModelConfig", "POST", PATH, {}),
        ("listModelConfigs", "GET", PATH, None),
        ("listModelConfigs", "GET", f"{PATH}?limit=x", None),
        ("getModelConfig", "GET", f"{PATH}/{own}", None),
        ("getModelConfig", "GET", f"{PATH}/none", None),
        ("updateModelConfig", "PUT", f"{PATH}/{own}", {"provider": "p"}),
        ("updateModelConfig", "PUT", f"{PATH}/{own}", {"provider": 7}),
        ("updateModelConfig", "PUT", f"{PATH}/none", {}),
        ("deleteModelConfig", "DELETE", f"{PATH}/{own}", None),
        ("deleteModelConfig", "DELETE", f"{PATH}/{own}", None),
        ("listVirtualKeys", "GET", "/api/governance/virtual-keys?limit=1&offset=1", None),
        ("getVirtualKey", "GET", "/api/governance/virtual-keys/vk-frontend", None),
        ("getVirtualKey", "GET", "/api/governance/virtual-keys/none", None),
        ("listUsers", "GET", "/api/users?page=2&limit=1", None),
        ("listProviders", "GET", "/api/providers", None),
        ("listModels", "GET", "/api/models", None),
    ]
    for operation_id, method, path, body in asked:
        answer = client.open(path, method=method, json=body)
        operation = contract.operations[operation_id]
        assert answer.status_code in operation.statuses, (path, answer.text)
        assert answer.content_type == "application/json"
        assert contract.validator(operation.schema_of(answer.status_code)).violations(answer.get_json()) == ()


def test_resp_03_ids_are_the_same_again_for_the_same_seed_and_unlike_each_other() -> None:
    first, again, other = new_ids(7), new_ids(7), new_ids(8)
    ids = [first() for _ in range(100)]
    assert ids == [again() for _ in range(100)]
    assert len({*ids, other(), new_ids(None)()}) == 102


def test_resp_04_instants_have_a_zone_and_are_in_order(client: FlaskClient, created: Create) -> None:
    config = put(client, created(), provider="p")
    first, second = (datetime.fromisoformat(config[name]) for name in ("created_at", "updated_at"))
    assert first.tzinfo is not None
    assert first < second


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", PATH, "GET, HEAD, OPTIONS, POST"),
        ("DELETE", PATH, "GET, HEAD, OPTIONS, POST"),
        ("PUT", PATH, "GET, HEAD, OPTIONS, POST"),
        ("TRACE", PATH, "GET, HEAD, OPTIONS, POST"),
        ("BREW", PATH, "GET, HEAD, OPTIONS, POST"),
        ("POST", f"{PATH}/x", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("PATCH", f"{PATH}/x", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("POST", "/api/users", "GET, HEAD, OPTIONS"),
    ],
)
def test_rob_02_an_unsupported_method_answers_405(client: FlaskClient, method: str, path: str, allowed: str) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.get_json()["status_code"] == 405


@pytest.mark.parametrize("path", ["/api", "/api/governance", "/api/governance/model-config", "/admin"])
def test_rob_02_an_unknown_path_answers_404(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()["status_code"]) == (404, 404)
    assert path in answer.get_json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("POST", "/api/governance/model-config", "POST /api/governance/model-configs (createModelConfig)"),
        ("GET", f"{PATH}/", "GET /api/governance/model-configs (listModelConfigs)"),
        ("PUT", "/__admin/clok", "PUT /__admin/clock (moveClock)"),
    ],
)
def test_an_unknown_path_is_told_of_the_nearest_operation(
    client: FlaskClient, method: str, path: str, meant: str
) -> None:
    message = client.open(path, method=method).get_json()["error"]["message"]
    assert message == f"no operation has the path {path}; did you mean {meant}?"


def test_a_moved_control_api_is_told_of_where_it_is(clients: Callable[..., FlaskClient]) -> None:
    assert "/control/clock" in clients(admin_prefix="/control").get("/control/clok").get_json()["error"]["message"]
    assert "clock" not in clients(admin=False).get("/__admin/cloc").get_json()["error"]["message"].replace("cloc;", "")


def test_a_refusal_says_how_to_mend_what_only_the_state_can_tell(client: FlaskClient, created: Create) -> None:
    own = created()["id"]
    taken = client.post(PATH, json={"model_name": "gpt-4o"}).get_json()["extra_fields"]["violations"][0]["fix"]
    assert taken == {
        "message": f"change the model config {own} instead, or one of scope, scope_id, model_name, provider"
    }
    unknown = client.post(PATH, json={"model_name": "m", "scope": "virtual_key", "scope_id": "vk-fronted"})
    assert unknown.get_json()["extra_fields"]["violations"][0]["fix"] == {
        "message": "send a key that exists, such as vk-frontend",
        "patch": [{"op": "replace", "path": "/scope_id", "value": "vk-frontend"}],
    }


@pytest.mark.parametrize(
    ("query", "fix"),
    [
        (
            "limit=-1",
            {"message": "replace -1 by 0", "patch": [{"op": "replace", "path": "query/limit", "value": 0}]},
        ),
        ("limit=many", {"message": "leave limit out", "patch": [{"op": "remove", "path": "query/limit"}]}),
        (
            "scope=User",
            {
                "message": 'replace "User" by "user"',
                "patch": [{"op": "replace", "path": "query/scope", "value": "user"}],
            },
        ),
    ],
)
def test_a_refused_query_says_how_to_mend_it(client: FlaskClient, query: str, fix: Any) -> None:
    (violation,) = client.get(f"{PATH}?{query}").get_json()["extra_fields"]["violations"]
    assert violation["fix"] == fix


def test_head_answers_what_get_does_without_the_body(client: FlaskClient, created: Create) -> None:
    created()
    head, got = client.head(PATH), client.get(PATH)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.data))
    assert client.head(PATH, headers={"Authorization": "Bearer x"}).status_code == 401


def test_options_lists_the_methods(client: FlaskClient) -> None:
    answer = client.options(PATH)
    assert answer.status_code == 200
    assert {"GET", "POST"} <= set(answer.allow)

"""Routes find the operation that a request is for, and name the one that was perhaps meant."""

from __future__ import annotations

import pytest

from governance_contract.operations import Operation
from mockserver.routes import Routes, nearest


def operation(method: str, path: str, name: str) -> Operation:
    return Operation(name, method, path, "", "", (), None, {})


OPERATIONS = [
    operation("GET", "/api/models", "listModels"),
    operation("GET", "/api/governance/model-configs", "listModelConfigs"),
    operation("POST", "/api/governance/model-configs", "createModelConfig"),
    operation("GET", "/api/governance/model-configs/{id}", "getModelConfig"),
    operation("DELETE", "/api/governance/model-configs/{id}", "deleteModelConfig"),
    operation("PUT", "/api/governance/model-configs/default", "setDefault"),
    operation("PUT", "/api/keys/{vk-id}/budgets/{id}.json", "setBudget"),
    operation("GET", "/api/keys/{vk-id}/{kind}/{id}", "getPart"),
]
TABLE = Routes(OPERATIONS)
ROUTES = TABLE.all


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("GET", "/api/models", "listModels", {}),
        ("HEAD", "/api/models", "listModels", {}),
        ("GET", "/api/governance/model-configs/a b", "getModelConfig", {"id": "a b"}),
        ("GET", "/api/governance/model-configs/a\nb", "getModelConfig", {"id": "a\nb"}),
        ("PUT", "/api/governance/model-configs/default", "setDefault", {}),
        ("GET", "/api/governance/model-configs/default", "getModelConfig", {"id": "default"}),
        ("PUT", "/api/keys/k/budgets/b.json", "setBudget", {"vk-id": "k", "id": "b"}),
        ("GET", "/api/keys/k/budgets/b", "getPart", {"vk-id": "k", "kind": "budgets", "id": "b"}),
    ],
)
def test_an_operation_is_found_by_method_and_path(
    method: str, path: str, found: str, parameters: dict[str, str]
) -> None:
    assert TABLE.find(method, path) == (next(each for each in OPERATIONS if each.id == found), parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/models/"),
        ("get", "/api/models"),
        ("GET", "//api/models"),
        ("GET", "/api/governance/model-configs/"),
        ("GET", "/api/governance/model-configs/a/b"),
        ("HEAD", "/api/keys/k/budgets/"),
        ("POST", "/api/governance/model-configs/default"),
    ],
)
def test_no_other_request_is_for_an_operation(method: str, path: str) -> None:
    assert TABLE.find(method, path) is None


def test_the_methods_of_a_path_are_those_of_all_templates_that_match_it() -> None:
    assert TABLE.methods("/api/governance/model-configs/default") == ("DELETE", "GET", "HEAD", "OPTIONS", "PUT")
    assert TABLE.methods("/api/nothing") == ()
    refusal = TABLE.refusal("PATCH", "/api/models")
    assert (refusal.status, refusal.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_prefix_takes_the_place_of_the_beginning_of_each_path() -> None:
    table = Routes([operation("GET", "/__admin/clock", "readClock")], prefix="/control", instead_of="/__admin")
    assert table.find("GET", "/control/clock") is not None
    assert table.find("GET", "/__admin/clock") is None


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("GET", "/api/governance/model-config", "listModelConfigs"),
        ("POST", "/api/governance/model_configs", "createModelConfig"),
        ("POST", "/api/governance/model-configs/", "createModelConfig"),
        ("DELETE", "/API/Governance/Model-Configs/abc", "deleteModelConfig"),
        ("PATCH", "/api/governance/model-config/abc", "getModelConfig"),
        ("GET", "/v1/api/model", "listModels"),
    ],
)
def test_the_nearest_operation_is_found(method: str, path: str, meant: str) -> None:
    found = nearest(ROUTES, method, path)
    assert found is not None
    assert found.operation.id == meant


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/x" * 5000])
def test_a_path_that_is_like_none_is_meant_for_none(path: str) -> None:
    assert nearest(ROUTES, "GET", path) is None
    assert nearest([], "GET", path) is None

from __future__ import annotations

import pytest

from mockserver.nearby import Route, nearest

ROUTES = [
    Route("GET", "/api/models", "listModels"),
    Route("GET", "/api/governance/model-configs", "listModelConfigs"),
    Route("POST", "/api/governance/model-configs", "createModelConfig"),
    Route("GET", "/api/governance/model-configs/{id}", "getModelConfig"),
    Route("DELETE", "/api/governance/model-configs/{id}", "deleteModelConfig"),
]


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/api/governance/model-config", "listModelConfigs"),
        ("POST", "/api/governance/model_configs", "createModelConfig"),
        ("POST", "/api/governance/model-configs/", "createModelConfig"),
        ("DELETE", "/API/Governance/Model-Configs/abc", "deleteModelConfig"),
        ("PATCH", "/api/governance/model-config/abc", "getModelConfig"),
        ("GET", "/v1/api/model", "listModels"),
    ],
)
def test_the_nearest_operation_is_found(method: str, path: str, operation: str) -> None:
    found = nearest(ROUTES, method, path)
    assert found is not None
    assert found.operation == operation


@pytest.mark.parametrize("path", ["/", "/favicon.ico", "/x" * 5000])
def test_a_path_that_is_like_none_is_meant_for_none(path: str) -> None:
    assert nearest(ROUTES, "GET", path) is None
    assert nearest([], "GET", path) is None

from __future__ import annotations

import pytest

from governance_contract import Contract

CONFIGS = "/api/governance/model-configs"


@pytest.mark.parametrize(
    ("method", "path", "operation_id"),
    [
        ("GET", CONFIGS, "listModelConfigs"),
        ("get", CONFIGS, "listModelConfigs"),
        ("POST", CONFIGS, "createModelConfig"),
        ("GET", f"{CONFIGS}/a", "getModelConfig"),
        ("PUT", f"{CONFIGS}/a%2Fb", "updateModelConfig"),
        ("DELETE", f"{CONFIGS}/{{mc_id}}", "deleteModelConfig"),
        ("GET", "/api/models", "listModels"),
        ("PATCH", f"{CONFIGS}/a", None),
        ("DELETE", CONFIGS, None),
        ("GET", f"{CONFIGS}/", None),
        ("GET", f"{CONFIGS}/a/b", None),
        ("GET", "/api/governance/model-config", None),
        ("GET", "", None),
    ],
)
def test_a_request_addresses_the_operation_of_its_method_and_path(
    contract: Contract, method: str, path: str, operation_id: str | None
) -> None:
    found = contract.operations.at(method, path)
    assert (found.id if found else None) == operation_id


def test_operations_stand_in_the_order_of_the_document(contract: Contract) -> None:
    assert [operation.id for operation in contract.operations][:5] == [
        "listModelConfigs",
        "createModelConfig",
        "getModelConfig",
        "updateModelConfig",
        "deleteModelConfig",
    ]
    assert len(contract.operations) == 10


def test_an_operation_says_what_it_does_to_what(contract: Contract) -> None:
    update = contract.operations["updateModelConfig"]
    assert (update.method, update.path) == ("PUT", f"{CONFIGS}/{{mc_id}}")
    assert (update.verb, update.resource) == ("update", "ModelConfig")
    assert update.secured


def test_an_operation_has_the_parameters_of_its_path_and_its_own(contract: Contract) -> None:
    listing, getting = contract.operations["listModelConfigs"], contract.operations["getModelConfig"]
    assert [p.name for p in listing.parameters_in("query")] == [
        "limit",
        "offset",
        "search",
        "scope",
        "provider",
    ]
    assert [(p.name, p.required) for p in getting.parameters_in("path")] == [("mc_id", True)]
    assert getting.parameters_in("query") == ()


def test_a_parameter_keeps_what_the_document_says_of_it(contract: Contract) -> None:
    limit, _, search, *_ = contract.operations["listModelConfigs"].parameters
    assert limit.extensions == {"x-page": {"maximum": 100, "filtered": 25}}
    assert (limit.required, limit.allow_empty, search.allow_empty) == (False, False, True)
    assert limit.schema.value["type"] == "integer"


def test_parameters_by_reference_are_resolved(contract: Contract) -> None:
    page, limit = contract.operations["listUsers"].parameters
    assert (page.name, limit.name) == ("page", "limit")
    assert limit.schema.pointer == "/components/parameters/LookupLimit/schema"


@pytest.mark.parametrize(
    ("operation_id", "statuses"),
    [
        ("listModelConfigs", (200, 400, 401, 500)),
        ("createModelConfig", (200, 400, 401, 409, 500)),
        ("getModelConfig", (200, 401, 404, 500)),
        ("updateModelConfig", (200, 400, 401, 404, 409, 500)),
        ("deleteModelConfig", (200, 401, 404, 500)),
    ],
)
def test_the_documented_statuses_are_those_of_the_contract(
    contract: Contract, operation_id: str, statuses: tuple[int, ...]
) -> None:
    operation = contract.operations[operation_id]
    assert operation.statuses == statuses
    assert operation.success_status == 200


def test_success_and_refusal_have_their_schemas(contract: Contract) -> None:
    create = contract.operations["createModelConfig"]
    assert create.schema_of(200).value == {"$ref": "#/components/schemas/CreateModelConfigResponse"}
    assert create.schema_of(401).value == {"$ref": "#/components/schemas/ErrorResponse"}
    assert create.request_schema is not None
    assert contract.operations["deleteModelConfig"].request_schema is None


def test_an_id_that_no_operation_has_is_an_error(contract: Contract) -> None:
    with pytest.raises(KeyError, match="patchModelConfig"):
        contract.operations["patchModelConfig"]

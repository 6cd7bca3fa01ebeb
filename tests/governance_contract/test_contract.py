from __future__ import annotations

import pytest

from governance_contract import Contract
from governance_contract.locations import data_path


def test_the_document_that_comes_with_the_kit_is_the_default(contract: Contract) -> None:
    assert contract.document.path == data_path("openapi", "governance.yaml")


def test_a_validator_is_made_once_also_for_a_reference_to_its_schema(contract: Contract) -> None:
    schema = contract.document.schema("Scope")
    parameter = next(p for p in contract.operations["listModelConfigs"].parameters if p.name == "scope")
    assert contract.validator(schema) is contract.validator(parameter.schema)


def test_a_reference_with_keywords_beside_it_keeps_them(contract: Contract) -> None:
    member = contract.document.schema("CreateModelConfigRequest").child("properties", "scope")
    (violation,) = contract.validator(member).violations("team")
    assert violation.rule == "REQ-03"


def test_an_operation_without_a_body_has_no_request_schema(contract: Contract) -> None:
    with pytest.raises(LookupError, match="deleteModelConfig takes no body"):
        contract.request_validator(contract.operations["deleteModelConfig"])


def test_resources_are_the_schemas_that_say_so(contract: Contract) -> None:
    assert set(contract.resources) == {"ModelConfig", "VirtualKey", "User", "Provider", "Model"}
    assert contract.resources["ModelConfig"].node.pointer == "/components/schemas/ModelConfig"

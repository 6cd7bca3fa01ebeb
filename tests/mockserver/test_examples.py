"""The examples of the document are what the mock accepts and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from governance_contract import Contract, load_contract
from governance_contract.document import Node

PATH = "/api/governance/model-configs"
JSON = "application/json"
NO_ID = "00000000-0000-4000-8000-000000000000"
KEY = "management-key"

DOCUMENT = load_contract().document

Ask = Callable[[FlaskClient], TestResponse]


def post(**body: Any) -> Ask:
    return lambda client: client.post(PATH, json={"model_name": "m", **body})


def posted_text(body: str) -> Ask:
    return lambda client: client.post(PATH, data=body, content_type=JSON)


def get(path: str, authorization: str | None = f"Bearer {KEY}") -> Ask:
    def ask(client: FlaskClient) -> TestResponse:
        environ = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
        del client.environ_base["HTTP_AUTHORIZATION"]
        return client.get(path, environ_overrides=environ)

    return ask


def created_twice(client: FlaskClient) -> TestResponse:
    client.post(PATH, json={"model_name": "m"})
    return client.post(PATH, json={"model_name": "m"})


def renamed_onto_another(client: FlaskClient) -> TestResponse:
    client.post(PATH, json={"model_name": "other"})
    own = client.post(PATH, json={"model_name": "m"}).get_json()["model_config"]["id"]
    return client.put(f"{PATH}/{own}", json={"model_name": "other"})


DAY, WEEK = {"max_limit": 5, "reset_duration": "1d"}, {"max_limit": 50, "reset_duration": "1w"}
REFUSED: dict[str, Ask] = {
    "ModelNameMissing": posted_text("{}"),
    "UnknownScope": post(scope="team"),
    "ScopeIdMissing": post(scope="user"),
    "UnknownVirtualKey": post(scope="virtual_key", scope_id="vk-nobody"),
    "WrongType": post(provider=7),
    "MalformedJson": posted_text('{"model_name": "m'),
    "EqualResetDurations": post(budgets=[DAY, WEEK, DAY]),
    "BudgetWithoutLimit": post(budgets=[{"reset_duration": "1d"}]),
    "LimitNotPositive": post(budgets=[{"max_limit": 0, "reset_duration": "1d"}]),
    "NoDuration": post(budgets=[{"max_limit": 5, "reset_duration": "P1D"}]),
    "UnpairedRateLimit": post(rate_limit={"token_max_limit": 5}),
    "RateLimitNoInteger": post(rate_limit={"request_max_limit": 1.5, "request_reset_duration": "1m"}),
    "LimitIsNoNumber": get(f"{PATH}?limit=many"),
    "OffsetIsNegative": get(f"{PATH}?offset=-1"),
    "MissingKey": get(PATH, None),
    "WrongKey": get(PATH, "Bearer another-key"),
    "WrongScheme": get(PATH, "Basic bWFuYWdlbWVudC1rZXk="),
    "UnknownId": get(f"{PATH}/{NO_ID}"),
    "IdentityTaken": created_twice,
    "RenamedOntoAnother": renamed_onto_another,
}
"""For each error example of the document the request that it describes."""

TOLD = ("rule", "level", "pointer", "received", "message")


def named_requests() -> list[Any]:
    found = []
    for operation in ("post", "put"):
        path = PATH if operation == "post" else f"{PATH}/{{mc_id}}"
        body = DOCUMENT.at("").child("paths", path, operation, "requestBody", "content", JSON, "examples")
        found += [pytest.param(operation, example["value"], id=name) for name, example in body.value.items()]
    return found


def error_examples() -> Node:
    return DOCUMENT.at("").child("components", "examples")


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """Return an error body with the members of violations that examples show."""
    violations = [
        {name: violation[name] for name in TOLD if name in violation}
        for violation in body["extra_fields"].get("violations", ())
    ]
    return {**body, "extra_fields": {"violations": violations} if violations else {}}


@pytest.mark.parametrize(("method", "body"), named_requests())
def test_a_request_example_is_accepted(
    client: FlaskClient, created: Callable[..., dict[str, Any]], method: str, body: dict[str, Any]
) -> None:
    path = PATH if method == "post" else f"{PATH}/{created(model_name='before')['id']}"
    answer = client.open(path, method=method.upper(), json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", ["smallest", "globalBudget", "scopedKey", "multiBudgetWithRateLimit"])
def test_a_created_example_is_what_the_request_of_its_name_is_answered(
    client: FlaskClient, contract: Contract, name: str
) -> None:
    operation = contract.document.at("").child("paths", PATH, "post")
    request = operation.child("requestBody", "content", JSON, "examples", name, "value").value
    example = operation.child("responses", "200", "content", JSON, "examples", name)
    expected = contract.document.resolve(example).child("value").value
    assert shape_of(client.post(PATH, json=request).get_json()) == shape_of(expected)


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_example_is_what_the_mock_answers(client: FlaskClient, name: str) -> None:
    answer = REFUSED[name](client)
    example = error_examples().child(name, "value").value
    assert shown(answer.get_json()) == example
    assert answer.status_code == example["status_code"]


def test_every_error_example_but_that_of_a_failure_is_asked_for() -> None:
    errors = {name for name, example in error_examples().value.items() if "error" in example["value"]}
    assert errors - set(REFUSED) == {"InternalFailure"}


def shape_of(value: Any, name: str = "") -> Any:
    """Return `value` with ids and instants, which differ from run to run, replaced by their name."""
    if isinstance(value, dict):
        return {key: shape_of(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [shape_of(item) for item in value]
    return name if name == "id" or name.endswith(("_at", "_reset")) else value

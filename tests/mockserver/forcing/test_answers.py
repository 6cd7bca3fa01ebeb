"""Answers that a request asks for: documented, changing nothing, and told of (`Prefer`, `Preference-Applied`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from governance_contract import Contract
from mockserver.app import create_app
from mockserver.serving.server import BackgroundServer
from mockserver.settings import Settings

PATH = "/api/governance/model-configs"
KEY = "management-key"
APPLIED, VIOLATIONS = "Preference-Applied", "X-Mock-Violations"
Create = Callable[..., dict[str, Any]]


def ask(client: FlaskClient, prefer: str, method: str = "GET", path: str = PATH, **rest: Any) -> TestResponse:
    return client.open(path, method=method, headers={"Prefer": prefer, **rest.pop("headers", {})}, **rest)


def refusal(answer: TestResponse) -> str:
    assert answer.status_code == 400, answer.text
    assert APPLIED not in answer.headers
    message: str = answer.get_json()["error"]["message"]
    return message


def everything(client: FlaskClient) -> Any:
    return client.get("/__admin/state").get_json()


def example(contract: Contract, name: str) -> Any:
    return contract.document.at("").child("components", "examples", name, "value").value


def test_every_documented_status_can_be_forced_and_is_as_documented(client: FlaskClient, contract: Contract) -> None:
    for operation in contract.operations:
        path = operation.path.replace("{mc_id}", "none").replace("{vk_id}", "none")
        for status in operation.statuses:
            schema = operation.schema_of(status)
            answer = ask(client, f"code={status}", operation.method, path, data=b"no JSON")
            assert (answer.status_code, answer.content_type) == (int(status), "application/json")
            assert answer.headers[APPLIED] == f"code={status}"
            assert contract.validator(schema).violations(answer.get_json()) == ()


@pytest.mark.parametrize("prefer", ["code=200", "code=409", "dynamic=true", "example=smallest", "code=500, delay=0"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_forced_answer_changes_nothing(client: FlaskClient, created: Create, prefer: str, method: str) -> None:
    config = created()
    before = everything(client)
    path, prefer = (
        (PATH, prefer) if method == "POST" else (f"{PATH}/{config['id']}", prefer.replace("smallest", "rename"))
    )
    assert APPLIED in ask(client, prefer, method, path, json={"model_name": "other"}).headers
    assert everything(client) == before


def test_a_forced_deletion_deletes_nothing(client: FlaskClient, created: Create) -> None:
    path = f"{PATH}/{created()['id']}"
    assert ask(client, "code=200", "DELETE", path).status_code == 200
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "prefer", "status", "name"),
    [
        ("POST", "code=200", 200, "CreatedSmallest"),
        ("POST", "code=200, example=scopedKey", 200, "CreatedScopedKey"),
        ("POST", "example=multiBudgetWithRateLimit", 200, "CreatedMultiBudget"),
        ("POST", "example=equalResetDurations", 400, "EqualResetDurations"),
        ("POST", "code=409", 409, "IdentityTaken"),
        ("POST", "code=409; example=renamedOntoAnother", 409, "RenamedOntoAnother"),
        ("GET", "example=onePage", 200, "OnePage"),
        ("GET", "example=empty", 200, "EmptyList"),
        ("GET", "code=200", 200, "OnePage"),
    ],
)
def test_the_body_is_the_example_of_that_name_or_the_first(
    client: FlaskClient, contract: Contract, method: str, prefer: str, status: int, name: str
) -> None:
    answer = ask(client, prefer, method)
    assert (answer.status_code, answer.get_json()) == (status, example(contract, name))
    assert answer.headers[APPLIED] == prefer.replace(";", ",")


@pytest.mark.parametrize(
    ("method", "prefer", "expected"),
    [
        (
            "GET",
            "code=404",
            "code is 404, which listModelConfigs is not documented to answer; expected 200, 400, 401, 500",
        ),
        ("POST", "example=none", "there is no example 'none' of createModelConfig; 200 has smallest, "),
        (
            "POST",
            "code=409, example=smallest",
            "there is no example 'smallest' of createModelConfig; 409 has identityTaken",
        ),
        ("POST", "dynamic=true, example=smallest", "example and dynamic contradict each other"),
        ("POST", "code=nine", "code is 'nine'; expected a status such as 409"),
        ("POST", "codes=409", "did you mean code?"),
    ],
)
def test_a_preference_that_cannot_be_met_is_refused_and_changes_nothing(
    client: FlaskClient, method: str, prefer: str, expected: str
) -> None:
    before = everything(client)
    assert expected in refusal(ask(client, prefer, method, json={"model_name": "m"}))
    assert everything(client) == before


def test_parameters_do_as_the_header_does_and_are_no_filters(client: FlaskClient, created: Create) -> None:
    created(model_name="a")
    answer = client.get(f"{PATH}?__code=500&limit=many")
    assert (answer.status_code, answer.headers[APPLIED]) == (500, "code=500")
    answer = client.get(f"{PATH}?search=a&__delay=0")
    assert (answer.get_json()["total_count"], answer.headers[APPLIED]) == (1, "delay=0")
    assert "X-Mock-Warnings" not in answer.headers


def test_the_header_wins_over_the_parameter(client: FlaskClient) -> None:
    answer = ask(client, "code=500", path=f"{PATH}?__code=200&__example=failed")
    assert (answer.status_code, answer.headers[APPLIED]) == (500, "code=500, example=failed")


@pytest.mark.parametrize("prefer", ["code=200", "code=nine", "delay=0", "fault=EMPTY_RESPONSE", "validate=off"])
def test_auth_01_a_forced_answer_needs_the_key(client: FlaskClient, prefer: str) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    answer = ask(client, prefer)
    assert answer.status_code == 401
    assert APPLIED not in answer.headers


def test_a_forced_401_asks_for_the_key_as_the_true_one_does(client: FlaskClient) -> None:
    assert ask(client, "code=401").headers["WWW-Authenticate"] == "Bearer"


def test_what_others_prefer_is_passed_over(client: FlaskClient) -> None:
    answer = ask(client, "return=minimal, respond-async, wait=5")
    assert answer.status_code == 200
    assert APPLIED not in answer.headers


def test_the_control_api_is_not_forced(client: FlaskClient) -> None:
    answer = ask(client, "code=500", path="/__admin/health")
    assert answer.status_code == 200
    assert APPLIED not in answer.headers
    assert ask(client, "", path="/__admin/health?__code=500").status_code == 400


def test_dynamic_answers_are_repeated_by_the_seed_that_is_told(client: FlaskClient) -> None:
    first = ask(client, "dynamic")
    told = first.headers[APPLIED]
    assert told.startswith("dynamic=true, seed=")
    assert ask(client, told).data == first.data
    assert ask(client, "dynamic=true, seed=12").data == client.get(f"{PATH}?__dynamic=true&__seed=12").data
    assert ask(client, "dynamic").headers[APPLIED] != told


def test_dynamic_answers_are_made_for_the_status_that_is_asked_for(client: FlaskClient, contract: Contract) -> None:
    answer = ask(client, "code=409, dynamic=true, seed=3", "POST")
    assert (answer.status_code, answer.headers[APPLIED]) == (409, "code=409, dynamic=true, seed=3")
    assert contract.validator(contract.document.schema("ErrorResponse")).violations(answer.get_json()) == ()


def test_dynamic_false_is_the_ordinary_answer(client: FlaskClient, created: Create) -> None:
    config = created()
    answer = ask(client, "dynamic=false, seed=1")
    assert answer.get_json()["model_configs"] == [config]
    assert answer.headers[APPLIED] == "dynamic=false"


def test_what_has_no_examples_is_generated_or_an_error_that_says_so(
    clients: Callable[..., FlaskClient], edited: Callable[..., Path]
) -> None:
    beside = (
        "              examples:\n                one:\n                  summary: One model\n                  value: "
    )
    value = "{models: [{name: gpt-4o, provider: openai}], total: 1}\n"
    failed = "          examples:\n            failed: {$ref: '#/components/examples/InternalFailure'}\n"
    document = edited((beside + value, ""), (failed, ""))
    client = clients(document=document)
    answer = ask(client, "code=200, seed=5", path="/api/models")
    assert (answer.status_code, answer.headers[APPLIED]) == (200, "code=200, seed=5")
    assert "models" in answer.get_json()
    answer = ask(client, "code=500", path="/api/models")
    assert answer.get_json()["error"]["message"] == "this error was asked for by a preference: status 500"


def test_the_log_tells_what_was_honoured_and_where_the_request_went(client: FlaskClient) -> None:
    ask(client, "code=409", "POST", f"{PATH}?__seed=1")
    (entry,) = client.get("/__admin/requests?limit=1").get_json()["requests"]
    assert entry["response"]["preferences"] == ["code=409"]
    assert entry["request"]["query"] == "__seed=1"
    assert entry["request"]["headers"]["prefer"] == "code=409"


BROKEN = {"model_name": "m", "budgets": [{"max_limit": 0, "reset_duration": "P1D"}], "scope": "team"}


def test_validate_log_tells_what_was_let_pass(client: FlaskClient) -> None:
    answer = ask(client, "validate=log", "POST", json=BROKEN)
    assert answer.status_code == 200
    assert answer.headers[VIOLATIONS] == (
        'BUD-05;at="/budgets/0/max_limit", BUD-06;at="/budgets/0/reset_duration", REQ-03;at="/scope"'
    )
    assert answer.headers[APPLIED] == "validate=log"
    found = client.post("/__admin/requests/find", json={"rule": "BUD-06", "status": 200}).get_json()
    assert [entry["response"]["rules"] for entry in found["requests"]] == [["BUD-05", "BUD-06", "REQ-03"]]


def test_validate_off_lets_pass_in_silence(client: FlaskClient) -> None:
    answer = ask(client, "validate=off", "POST", json=BROKEN)
    config = answer.get_json()["model_config"]
    assert (config["scope"], config["budgets"][0]["reset_duration"]) == ("team", "P1D")
    assert VIOLATIONS not in answer.headers
    assert client.post("/__admin/requests/count", json={"rule": "BUD-06"}).get_json() == {"count": 0}


def test_delays_and_broken_connections_reach_the_client() -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    with BackgroundServer(create_app(Settings(api_key=KEY, seed=1))) as server:
        url = f"{server.url}{PATH}"
        began = time.monotonic()
        answer = requests.post(f"{url}?__delay=200", headers={**headers, "Prefer": "code=409"}, timeout=30)
        assert time.monotonic() - began >= 0.2
        assert (answer.status_code, answer.headers[APPLIED]) == (409, "code=409, delay=200")
        before = requests.get(url, headers=headers, timeout=30).json()
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{url}?__fault=EMPTY_RESPONSE", headers=headers, json={"model_name": "lost"}, timeout=30)
        assert requests.get(url, headers=headers, timeout=30).json() == before
        latest = requests.get(f"{server.url}/__admin/requests?limit=2", timeout=30).json()["requests"][1]
        assert [fault["kind"] for fault in latest["faults"]] == ["EMPTY_RESPONSE"]

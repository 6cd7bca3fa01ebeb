from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from governance_contract import Contract
from mockserver.bodies import BodyReader, status_of
from mockserver.problems import Problem


@pytest.fixture(scope="module")
def create(contract: Contract) -> BodyReader:
    return BodyReader(contract, contract.operations["createModelConfig"])


@pytest.fixture(scope="module")
def update(contract: Contract) -> BodyReader:
    return BodyReader(contract, contract.operations["updateModelConfig"])


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ({"model_name": "m"}, {"scope": "global", "model_name": "m"}),
        ({"model_name": "m", "unknown": 1, "budget": {}}, {"scope": "global", "model_name": "m"}),
        ({"model_name": "m", "provider": None, "budgets": None}, {"scope": "global", "model_name": "m"}),
        ({"model_name": "m", "scope_id": "vk-frontend"}, {"scope": "global", "model_name": "m"}),
        ({"model_name": "m", "scope": "global", "scope_id": ""}, {"scope": "global", "model_name": "m"}),
        (
            {"model_name": "m", "scope": "user", "scope_id": "u"},
            {"scope": "user", "model_name": "m", "scope_id": "u"},
        ),
        ({"model_name": "m", "Provider": "p"}, {"scope": "global", "model_name": "m"}),
    ],
)
def test_only_documented_members_that_are_not_null_count(
    create: BodyReader, sent: dict[str, Any], counts: dict[str, Any]
) -> None:
    assert create.read(orjson.dumps(sent)) == counts


def test_an_update_has_no_defaults_and_no_scope(update: BodyReader) -> None:
    assert update.read(b"{}") == {}
    assert update.read(b'{"scope": "user", "scope_id": "u", "provider": "p"}') == {"provider": "p"}


@pytest.mark.parametrize(
    "body",
    [
        '{"model_name": "a:b", "provider": ":"}',
        '{"model_name": "a\\u003a", "x": {"model_name": ":"}}',
        '{"model_name": "\\":\\"", "budgets": []}',
        '{ "model_name" \t: \n "a" }',
    ],
)
def test_colons_and_equal_names_in_different_objects_are_no_repeated_members(create: BodyReader, body: str) -> None:
    assert create.read(body.encode())["model_name"] == json.loads(body)["model_name"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b" \r\n\t", "the body is empty"),
        (b"{", "the body is not valid JSON: "),
        (b'{"model_name": "m"', "the body is not valid JSON: unexpected end of data (character 18)"),
        ('{"é": é'.encode(), "the body is not valid JSON: unexpected character, expected a JSON value (character 6)"),
        (b"{'model_name': 'm'}", "the body is not valid JSON: "),
        (b'{"model_name": "m",}', "the body is not valid JSON: "),
        (b'{"model_name": "m"} {}', "the body is not valid JSON: "),
        (b'{"model_name": NaN}', "the body is not valid JSON: "),
        (b'{"model_name": "\xff"}', "the body is not valid JSON: "),
        (b'{"model_name": "\\ud800"}', "the body is not valid JSON: "),
        (b'{"model_name": "a\nb"}', "the body is not valid JSON: "),
        (b'\xef\xbb\xbf{"model_name": "m"}', "the body is not valid JSON: "),
        ('{"model_name": "m"}'.encode("utf-16"), "the body is not valid JSON: "),
        (b'{"budgets": [{"max_limit": 1e400, "reset_duration": "1d"}]}', "the body is not valid JSON: "),
        (b"model_name=m", "the body is not valid JSON: "),
        (b"[" * 5000 + b"]" * 5000, "the body is not valid JSON: "),
        (b"[" * 201 + b"]" * 201, "the body is nested deeper than 200 levels, the limit of this server"),
        (b'{"model_name": "a", "model_name": "b"}', "the body has an object with the member 'model_name' twice"),
        (b'{"model_name": "a", "model_name": "a"}', "the body has an object with the member 'model_name' twice"),
        (b'{"a": "\\u003a", "\\u0061": 1}', "the body has an object with the member 'a' twice"),
        (b'{"x": [{"y": {"z": 1, "z": {"a": 1}}}]}', "the body has an object with the member 'z' twice"),
        (b"null", "the body must be an object"),
        (b"[]", "the body must be an object"),
        (b"[" * 200 + b"]" * 200, "the body must be an object"),
        (b'"model_name"', "the body must be an object"),
        (b"7", "the body must be an object"),
        (b"true", "the body must be an object"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_what_is_no_json_object_is_refused(create: BodyReader, update: BodyReader, body: bytes, message: str) -> None:
    for reader in (create, update):
        with pytest.raises(Problem) as caught:
            reader.read(body)
        (violation,) = caught.value.violations
        assert (caught.value.status, violation.rule, violation.pointer) == (400, "REQ-08", "")
        assert violation.message.startswith(message)
        orjson.loads(caught.value.response().body)


@pytest.mark.parametrize("levels", [199, 200])
def test_a_body_may_be_nested_as_deep_as_the_limit(create: BodyReader, levels: int) -> None:
    nested = b"[" * (levels - 1) + b"]" * (levels - 1)
    assert create.read(b'{"model_name": "m", "unknown": ' + nested + b"}")["model_name"] == "m"


def test_every_violation_is_listed(create: BodyReader) -> None:
    body = {"provider": 7, "scope": "team", "budgets": [{"max_limit": 0}], "rate_limit": []}
    with pytest.raises(Problem) as caught:
        create.read(orjson.dumps(body))
    assert sorted(violation.rule for violation in caught.value.violations) == [
        "BUD-03",
        "BUD-05",
        "REQ-01",
        "REQ-03",
        "REQ-07",
        "REQ-07",
    ]


@pytest.mark.parametrize("valid", [0, 127, 128, 1000])
def test_of_a_long_list_the_violations_of_the_first_wrong_entries_are_listed(create: BodyReader, valid: int) -> None:
    entries = [{"max_limit": 1, "reset_duration": f"{number}s"} for number in range(1, valid + 1)]
    body = {"model_name": "m", "budgets": [*entries, *[{}] * 100_000]}
    with pytest.raises(Problem) as caught:
        create.read(orjson.dumps(body))
    assert caught.value.violations[0].pointer == f"/budgets/{valid}/max_limit"
    assert len(caught.value.violations) < 8000


def test_the_status_is_that_of_the_first_broken_rule_which_has_one(contract: Contract, create: BodyReader) -> None:
    with pytest.raises(Problem) as caught:
        create.read(b"{}")
    assert status_of(contract.rules, caught.value.violations) == 400
    assert status_of(contract.rules, ()) == 400


def test_as_many_budgets_as_a_body_can_hold_are_read(create: BodyReader) -> None:
    budgets = [{"max_limit": 1, "reset_duration": f"{number}s"} for number in range(1, 20001)]
    assert len(create.read(orjson.dumps({"model_name": "m", "budgets": budgets}))["budgets"]) == 20000

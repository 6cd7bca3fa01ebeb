"""Export, import and scenarios: lossless, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from governance_contract import Contract
from governance_contract.fixtures import fixture_names
from mockserver.state import seeding

Ask = Callable[..., Any]
CONFIGS = "/api/governance/model-configs"
WHOLE = {"model_name": "new", "budgets": [{"max_limit": 5, "reset_duration": "1d", "current_usage": 4.5}]}


@pytest.mark.parametrize("scenario", fixture_names("scenarios"))
def test_what_is_exported_imports_to_the_same(ask: Ask, contract: Contract, scenario: str) -> None:
    ask("PUT", "/clock", {"action": "freeze"})
    ask("POST", f"/scenarios/{scenario}")
    exported = ask("GET", "/state")
    ask("PUT", "/clock", {"action": "freeze"}, session="other")
    ask("PUT", "/state", {"collections": {"model_configs": []}}, session="other")
    ask("PUT", "/state", exported, session="other")
    assert ask("GET", "/state", session="other") == exported
    validator = contract.validator(contract.resources["ModelConfig"].node)
    assert [v for config in exported["collections"]["model_configs"] for v in validator.violations(config)] == []


def test_what_was_updated_when_the_clock_had_stopped_imports_to_the_same(ask: Ask) -> None:
    ask("PUT", "/clock", {"action": "set", "instant": "9998-01-01T00:00:00Z"})
    config = ask("POST", CONFIGS, {"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1Y"}]})
    for provider in ("openai", "anthropic"):
        ask("PUT", f"{CONFIGS}/{config['model_config']['id']}", {"provider": provider})
    exported = ask("GET", "/state")
    ask("PUT", "/state", exported)
    assert ask("GET", "/state") == exported


def test_a_scenario_that_does_not_fit_is_refused_with_its_place(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(name: str, fixtures: Path | None) -> seeding.Recipe:
        recipe = seeding_read(name, fixtures)
        return replace(recipe, collections={**recipe.collections, "model_configs": [{"model_name": ""}]})

    seeding_read = seeding.read_recipe
    monkeypatch.setattr(seeding, "read_recipe", read)
    before = ask("GET", "/state")
    message = ask("POST", "/scenarios/one", status=400)["error"]["message"]
    assert "one.yaml:4: /model_configs/0/model_name: model_name must be not empty" in message
    assert ask("GET", "/state") == before


def test_a_collection_that_is_not_sent_stays(ask: Ask) -> None:
    users = ask("GET", "/state")["collections"]["users"]
    assert ask("PUT", "/state", {"collections": {"model_configs": [WHOLE]}}) == {"collections": {"model_configs": 1}}
    state = ask("GET", "/state")["collections"]
    assert state["users"] == users
    (config,) = state["model_configs"]
    assert (config["scope"], config["budgets"][0]["current_usage"]) == ("global", 4.5)
    assert ask("GET", f"{CONFIGS}/{config['id']}")["model_config"] == config


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "model_name is required"),
        ({"model_name": 7}, "/model_name"),
        ({"model_name": "m", "modelname": "x"}, "/modelname: modelname is unknown; did you mean model_name?"),
        ({"model_name": "m", "buget": []}, "/buget: buget is unknown; did you mean budget?"),
        ({"model_name": "m", "buget": {}}, "/buget: buget is unknown; did you mean budget?"),
        ({"model_name": "m", "buget": None}, "/buget: buget is unknown; did you mean budget?"),
        ({"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d", "x": None}]}, "/budgets/0/x: x is"),
        ({"model_name": "m", "budgets": [None]}, "/budgets/0"),
        ({"model_name": "m", "budgets": [{}]}, "/budgets/0/max_limit"),
        ({"model_name": "m", "rate_limit": {"tokens": {}}}, "/rate_limit/tokens: tokens is unknown"),
        ({}, "/model_name: model_name is required"),
        ({"model_name": "m", "budgets": [{"max_limit": 1}]}, "/budgets/0/reset_duration"),
        ({"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "daily"}]}, "/budgets/0/reset_duration"),
        ({"model_name": "m", "budgets": [{"max_limit": 1, "reset_duration": "1d"}] * 2}, "reset_duration"),
        ({"model_name": "m", "budgets": "none"}, "/budgets"),
        ({"model_name": "m", "budget": "none"}, "/budget"),
        ({"model_name": "m", "rate_limit": {"token_max_limit": 1.5}}, "/rate_limit"),
        ({"model_name": "m", "id": ""}, "/id"),
        ({"model_name": "m", "created_at": "yesterday"}, "/created_at"),
        ({"model_name": "m", "updated_at": "2026-06-30T23:59:60Z"}, "updated_at"),
        ({"model_name": "m", "updated_at": "9999-12-31T23:59:59Z"}, "no instant that the clock can show"),
        ({"model_name": "m", "created_at": "0001-01-01T00:00:00+14:00"}, "no instant that the clock can show"),
        ({"model_name": "m", "scope": "virtual_key"}, "scope_id"),
        ({"model_name": "m", "scope": "virtual_key", "scope_id": "vk-none"}, "scope_id"),
        ({"model_name": "new"}, "an earlier entry has the same scope, scope_id, model_name, provider"),
        (7, "entry 1 of model_configs must be an object"),
    ],
)
def test_an_import_is_all_or_nothing(ask: Ask, entry: Any, said: str) -> None:
    ask("POST", CONFIGS, {"model_name": "kept"})
    before = ask("GET", "/state")
    answer = ask("PUT", "/state", {"collections": {"users": [], "model_configs": [WHOLE, entry]}}, status=400)
    assert said in answer["error"]["message"]
    assert ask("GET", "/state") == before


def test_an_import_is_refused_with_everything_that_is_wrong_with_it(ask: Ask) -> None:
    entries = [{"model_name": ""}, None, {"model_name": "m", "buget": [], "scope": "user"}, WHOLE, WHOLE]
    body = {"collections": {"model_configs": entries, "nothing": []}, "more": 1}
    violations = ask("PUT", "/state", body, status=400)["extra_fields"]["violations"]
    assert {each["pointer"] for each in violations} == {
        "/more",
        "/collections/nothing",
        "/collections/model_configs/0/model_name",
        "/collections/model_configs/1",
        "/collections/model_configs/2/scope_id",
        "/collections/model_configs/2/buget",
        "/collections/model_configs/4",
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"collections": []},
        {"collections": {"nothing": []}},
        {"collections": {"users": {}}},
        {"collections": None},
    ],
)
def test_what_is_no_state_is_refused(ask: Ask, body: Any) -> None:
    before = ask("GET", "/state")
    ask("PUT", "/state", body, status=400)
    assert ask("GET", "/state") == before


def test_ids_of_an_import_must_differ(ask: Ask) -> None:
    entries = [{"id": "a", "model_name": "m"}, {"id": "a", "model_name": "n"}]
    answer = ask("PUT", "/state", {"collections": {"model_configs": entries}}, status=400)
    assert "/model_configs/1/id: an earlier entry has the same id a" in answer["error"]["message"]


def test_a_seeded_id_that_an_import_brought_is_not_given_again(ask: Ask) -> None:
    first = ask("POST", CONFIGS, {"model_name": "m"}, session="s")["model_config"]["id"]
    ask("DELETE", "/sessions/s")
    ask("PUT", "/state", {"collections": {"model_configs": [{"id": first, "model_name": "imported"}]}}, session="s")
    assert ask("POST", CONFIGS, {"model_name": "m"}, session="s")["model_config"]["id"] != first
    assert ask("GET", CONFIGS, session="s")["total_count"] == 2


def test_every_scenario_is_listed_with_what_it_is_for(ask: Ask) -> None:
    listed = ask("GET", "/scenarios")["scenarios"]
    assert tuple(each["name"] for each in listed) == fixture_names("scenarios")
    assert all(each["description"].endswith(".") for each in listed)


@pytest.mark.parametrize(
    ("scenario", "count"),
    [("empty", 0), ("one", 1), ("page-short", 24), ("page-full", 25), ("page-over", 26), ("thousand", 1000)],
)
def test_a_scenario_has_as_many_configs_as_its_name_says(ask: Ask, scenario: str, count: int) -> None:
    assert ask("POST", f"/scenarios/{scenario}")["collections"]["model_configs"] == count
    answer = ask("GET", f"{CONFIGS}?offset=0")
    assert (answer["total_count"], answer["count"]) == (count, min(count, 25))


def test_near_limit_is_at_97_percent(ask: Ask) -> None:
    ask("POST", "/scenarios/near-limit")
    (config,) = ask("GET", CONFIGS)["model_configs"]
    assert [line["current_usage"] / line["max_limit"] for line in config["budgets"]] == [0.97, 0.97]


def test_number_edges_come_back_exactly(ask: Ask) -> None:
    ask("POST", "/scenarios/number-edges")
    integers, doubles, _ = ask("GET", CONFIGS)["model_configs"]
    assert integers["rate_limit"]["token_max_limit"] == 2**63 - 1
    assert [line["max_limit"] for line in doubles["budgets"]][:2] == [1.7976931348623157e308, 5e-324]


def test_an_unknown_scenario_changes_nothing(ask: Ask) -> None:
    before = ask("GET", "/state")
    answer = ask("POST", "/scenarios/none", status=404)
    assert "there is no scenario 'none'; there is: calendar-month-end, empty" in answer["error"]["message"]
    assert ask("GET", "/state") == before


TAKING_BODIES = [
    ("PUT", "/state"),
    ("PUT", "/clock"),
    ("POST", "/spend"),
    ("POST", "/spend/simulate"),
    ("POST", "/requests/find"),
    ("POST", "/requests/count"),
]
NO_OBJECTS = [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', b"NaN", b"[" * 10_000]
HOSTILE = [
    *((method, path, body) for method, path in TAKING_BODIES for body in NO_OBJECTS),
    ("PUT", "/state", b'{"collections":' + b"[" * 150 + b"]" * 150 + b"}"),
    ("PUT", "/state", b'{"collections":' + b'{"a":' * 250 + b"1" + b"}" * 251),
    ("PUT", "/clock", b'{"action": "advance", "duration": "1e9d"}'),
    ("PUT", "/clock", b'{"action": "set", "instant": 1e400}'),
    ("PUT", "/clock", b'{"action": "scale", "factor": 1e308}'),
    ("POST", "/spend", b'{"cost": 1e309, "call": {"model": "m"}}'),
    ("POST", "/spend/simulate", b'{"days": 1e300}'),
    ("POST", "/requests/find", b'{"status": "x"}'),
]


@pytest.mark.parametrize(("method", "path", "body"), HOSTILE, ids=lambda value: repr(value[:24]))
def test_a_hostile_body_is_refused_and_changes_nothing(
    client: FlaskClient, ask: Ask, method: str, path: str, body: bytes
) -> None:
    before = ask("GET", "/state"), ask("GET", "/clock")
    answer = client.open(f"/__admin{path}", method=method, data=body)
    assert answer.status_code == 400, answer.text
    assert answer.get_json()["error"]["message"]
    assert (ask("GET", "/state"), ask("GET", "/clock")) == before

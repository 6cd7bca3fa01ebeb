"""What a run remembers of configs, and which rule it blames when one is shown otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.memory import Disagreement, Memory

PATH = "/api/governance/model-configs"
CONFIG = {"id": "a", "model_name": "m", "provider": "p", "budgets": [{"max_limit": 1, "reset_duration": "1d"}]}
OTHER = {**CONFIG, "id": "b", "model_name": "n"}


def exchange(method: str, path: str, body: Any = None, status: int = 200, **answer: Any) -> Exchange:
    sent = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    return Exchange(Call(method, path, body=sent), Response(status, headers, json.dumps(answer).encode()))


def created(config: dict[str, Any]) -> Exchange:
    return exchange("POST", PATH, {}, model_config=config)


def updated(config: dict[str, Any], sent: dict[str, Any], status: int = 200) -> Exchange:
    answer = {"model_config": config} if status == 200 else {"error": {"message": "no"}}
    return exchange("PUT", f"{PATH}/{config['id']}", sent, status, **answer)


def read(config: dict[str, Any]) -> Exchange:
    return exchange("GET", f"{PATH}/{config['id']}", model_config=config)


def listed(*configs: dict[str, Any]) -> Exchange:
    return exchange("GET", PATH, model_configs=list(configs), total_count=len(configs))


def told(*exchanges: Exchange) -> list[Disagreement]:
    memory = Memory()
    return [each for item in exchanges for each in memory.take_in(item)]


@pytest.mark.parametrize(
    "exchanges",
    [
        (created(CONFIG), read(CONFIG), listed(CONFIG)),
        (created(CONFIG), read({**CONFIG, "budget": None, "rate_limit": {}})),
        (created(CONFIG), read({**CONFIG, "config_hash": "x", "made_up": 1})),
        (created(CONFIG), updated({**CONFIG, "provider": "q"}, {"provider": "q"}), read({**CONFIG, "provider": "q"})),
        (created(CONFIG), updated({**CONFIG, "provider": "q"}, {"provider": None})),
        (created(CONFIG), updated({**CONFIG, "updated_at": "later"}, {})),
        (listed(CONFIG), read({**CONFIG, "provider": "q"})),
        (created(CONFIG), exchange("DELETE", f"{PATH}/a", message="gone"), listed(OTHER)),
        (created(CONFIG), exchange("DELETE", f"{PATH}/a", message="gone"), created(CONFIG), read(CONFIG)),
        (created(CONFIG), exchange("DELETE", f"{PATH}/a", status=404, message="no"), read(CONFIG)),
        (created(CONFIG), exchange("PUT", f"{PATH}/a", {}, 500), read({**CONFIG, "provider": "q"})),
        (created(CONFIG), updated(CONFIG, {}, 400), read(CONFIG), listed(CONFIG)),
    ],
)
def test_what_is_as_it_was_or_may_have_changed_is_no_disagreement(exchanges: tuple[Exchange, ...]) -> None:
    assert told(*exchanges) == []


CHANGED = {**CONFIG, "provider": "q"}


@pytest.mark.parametrize(
    ("rule", "exchanges"),
    [
        ("RESP-02", (created(CONFIG), read(CHANGED))),
        ("RESP-02", (created(CONFIG), listed(CHANGED, OTHER))),
        ("RESP-02", (created(CONFIG), read(CONFIG), read(CHANGED))),
        ("LIFE-05", (created(CONFIG), read(CONFIG), created(OTHER), read(CHANGED))),
        ("LIFE-02", (created(CONFIG), updated(CONFIG, {"provider": "q"}, 400), read(CHANGED))),
        ("AUTH-06", (created(CONFIG), updated(CONFIG, {"provider": "q"}, 401), read(CHANGED))),
        ("PUT-01", (created(CONFIG), updated(CHANGED, {"model_name": "m"}))),
        ("PUT-01", (created(CONFIG), updated(CONFIG, {"budgets": 7}, 400), updated(CHANGED, {"model_name": "m"}))),
        ("LIFE-02", (created(CONFIG), updated(CONFIG, {"provider": "q"}, 400), updated(CHANGED, {"model_name": "m"}))),
        ("PUT-01", (created(CONFIG), updated({**CONFIG, "budgets": []}, {"rate_limit": {}, "provider": "p"}))),
    ],
)
def test_the_rule_follows_from_what_has_happened_since(rule: str, exchanges: tuple[Exchange, ...]) -> None:
    (found,) = told(*exchanges)
    assert found.rule == rule
    assert found.steps[0] == exchanges[0]
    assert found.steps[-1] == exchanges[-1]
    assert found.received != found.expected


def test_a_config_that_was_deleted_is_told_of_twice_wherever_it_is_shown() -> None:
    deleted = exchange("DELETE", f"{PATH}/a", message="gone")
    found = told(created(CONFIG), deleted, read(CONFIG), listed(OTHER, CONFIG), listed(CONFIG))
    assert [(each.rule, each.steps[0]) for each in found] == [("LIFE-04", deleted)] * 2
    assert (found[0].expected, found[0].received) == ("no config with this id", "{'id': 'a'}")


def test_a_disagreement_is_told_twice_and_then_the_config_is_known_as_it_is_shown() -> None:
    assert len(told(created(CONFIG), *[read(CHANGED)] * 4)) == 2


def test_a_config_is_known_as_it_was_written_last() -> None:
    memory = Memory()
    assert memory.config("a") is None
    for item in (created(CONFIG), updated(CHANGED, {"provider": "q"})):
        assert list(memory.take_in(item)) == []
    assert memory.config("a") == CHANGED


def test_budgets_may_change_places_and_the_mirror_with_them() -> None:
    day, week = ({"max_limit": 1, "reset_duration": each} for each in ("1d", "1w"))
    config = {**CONFIG, "budgets": [day, week], "budget": day}
    turned = {**config, "budgets": [week, day], "budget": week}
    assert told(created(config), read(turned), updated(turned, {"model_name": "m"})) == []
    assert len(told(created({**CONFIG, "budget": day}), read({**CONFIG, "budgets": [], "budget": day}))) == 1


def test_what_others_changed_is_forgotten() -> None:
    memory = Memory()
    assert list(memory.take_in(created(CONFIG))) == []
    memory.forget("a")
    assert list(memory.take_in(read(CHANGED))) == []
    memory.clear()
    assert list(memory.take_in(read(CONFIG))) == []


def test_a_wrong_answer_is_blamed_on_itself() -> None:
    (found,) = told(created(CONFIG), read(CONFIG), created(OTHER), listed(CHANGED))
    assert (found.rule, found.of_the_answer().rule) == ("LIFE-05", "RESP-02")
    assert found.of_the_answer().label == "provider not as get answers"

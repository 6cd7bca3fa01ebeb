"""Simultaneous requests are explained by an order, or accused by the rule for their sort."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from contract_tests.exchange import Call, Exchange, Response
from contract_tests.oracle.credentials import Credentials
from contract_tests.oracle.observation import Observation
from contract_tests.oracle.oracle import Oracle
from governance_contract import Contract
from tests.cast.independent import KEY, Ledger
from tests.cast.wire import COLLECTION, Reply, refusal
from tests.cast.wire import Call as WireCall

JSON = {"content-type": "application/json"}
BUDGETS = [{"max_limit": 5, "reset_duration": "1d"}]
LIMIT = {"token_max_limit": 7, "token_reset_duration": "1h"}


class Table:
    """A ledger, an oracle that hears of it, and one config that both know."""

    def __init__(self, contract: Contract) -> None:
        self.ledger = Ledger()
        self.oracle = Oracle(contract, Credentials(KEY), lambda *_: True)
        self.now = 1_000.0
        created = self.exchange("POST", COLLECTION, {"model_name": "one"})
        assert not [each for each in self.oracle.judge(created) if not each.holds]
        self.config: dict[str, Any] = created.response.json["model_config"]
        self.path = f"{COLLECTION}/{self.config['id']}"

    def answer(self, method: str, path: str, body: Any = None) -> Reply:
        """Return what the ledger says."""
        text = b"" if body is None else json.dumps(body).encode()
        return self.ledger.answer(WireCall(method, path, {}, {"authorization": f"Bearer {KEY}"}, text))

    def exchange(self, method: str, path: str, body: Any = None, reply: Reply | None = None) -> Exchange:
        """Return an exchange, with the reply of the ledger where none is given."""
        reply = reply or self.answer(method, path, body)
        self.now += 1
        raw = None if body is None else json.dumps(body).encode()
        call = Call(method, path, body=raw, headers={"Content-Type": "application/json"} if raw else {})
        response = Response(reply.status, JSON, json.dumps(reply.value).encode())
        return Exchange(call, response, self.now, self.now + 0.5)

    def judge(self, *simultaneous: Exchange, reads: Sequence[Exchange] = ()) -> list[Observation]:
        """Return what is broken of exchanges that were sent at the same moment, and of the reads after them."""
        began, ended = min(each.began for each in simultaneous), max(each.ended for each in simultaneous)
        at_once = [replace(each, began=began, ended=ended) for each in simultaneous]
        return [each for each in self.oracle.judge_simultaneous(at_once, reads) if not each.holds]

    def shown(self, **members: Any) -> Reply:
        """Return the config as an update that came first would answer it."""
        return Reply(200, {"model_config": {**self.config, **members}})


@pytest.fixture
def table(contract: Contract) -> Table:
    return Table(contract)


def test_eight_requests_in_a_known_order_are_explained(table: Table) -> None:
    updates = [table.exchange("PUT", table.path, {"provider": f"p{number}"}) for number in range(5)]
    gets = [table.exchange("GET", table.path) for _ in range(2)]
    deleted = table.exchange("DELETE", table.path)

    assert table.judge(*updates, *gets, deleted, reads=[table.exchange("GET", table.path)]) == []


def test_a_lost_update_of_another_member_has_no_order(table: Table) -> None:
    first = table.exchange("PUT", table.path, {"provider": "p"})
    table.ledger.rows[table.config["id"]].pop("provider")
    second = table.exchange("PUT", table.path, {"rate_limit": LIMIT})

    found = table.judge(first, second, reads=[table.exchange("GET", table.path)])

    assert [(each.rule, each.kind) for each in found] == [("RACE-05", "no-order")]


def test_two_creates_of_one_identity_have_no_order(table: Table) -> None:
    first = table.exchange("POST", COLLECTION, {"model_name": "two"})
    config = {**first.response.json["model_config"], "id": "another-id"}
    second = table.exchange(
        "POST", COLLECTION, {"model_name": "two"}, Reply(200, {"message": "made", "model_config": config})
    )

    assert [(each.rule, each.kind) for each in table.judge(first, second)] == [("RACE-01", "no-order")]


def test_two_updates_from_no_budgets_leave_those_of_one(table: Table) -> None:
    first = table.exchange("PUT", table.path, {"budgets": BUDGETS})
    second = table.exchange("PUT", table.path, {"budgets": [{"max_limit": 9, "reset_duration": "1w"}]})
    held = [table.answer("GET", table.path).config, first.response.json["model_config"]]
    both = table.shown(budgets=[entry for config in held for entry in config["budgets"]])

    found = table.judge(first, second, reads=[table.exchange("GET", table.path, None, both)])

    assert [(each.rule, each.kind) for each in found] == [("RACE-03", "no-order")]


def test_an_update_beside_a_delete_may_come_first_or_find_nothing(table: Table) -> None:
    updated = table.exchange("PUT", table.path, {"provider": "p"})
    deleted = table.exchange("DELETE", table.path)

    assert table.judge(updated, deleted, reads=[table.exchange("GET", table.path)]) == []


def test_an_update_beside_a_delete_may_not_bring_the_config_back(table: Table) -> None:
    updated = table.exchange("PUT", table.path, {"provider": "p"})
    back = table.exchange("GET", table.path)
    deleted = table.exchange("DELETE", table.path)

    found = table.judge(updated, deleted, reads=[back])

    assert [(each.rule, each.kind) for each in found] == [("RACE-05", "no-order")]


def test_an_update_that_meets_another_may_be_turned_away(table: Table) -> None:
    updated = table.exchange("PUT", table.path, {"provider": "p"})
    turned_away = table.exchange("PUT", table.path, {"rate_limit": LIMIT}, refusal(409))

    assert table.judge(updated, turned_away, reads=[table.exchange("GET", table.path)]) == []

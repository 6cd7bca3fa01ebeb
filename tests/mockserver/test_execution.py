from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from governance_contract import Contract, DocumentError, load_contract
from governance_contract.operations import Operation
from mockserver import actions
from mockserver.actions import Api, World
from mockserver.exchange import Request, Response
from mockserver.execution import Executor
from mockserver.state.store import MemoryStore
from mockserver.verbs import behaviours

KEY = "management-key"
HEADERS = {"authorization": f"Bearer {KEY}"}


def made(contract: Contract) -> Executor[World]:
    api = Api(contract)
    verbs, guarding = behaviours(api), actions.admission(KEY)
    return Executor(contract, verbs, resources=api.shapes, guarding=guarding)


@pytest.fixture
def world() -> World:
    return World(MemoryStore(), lambda: datetime(2026, 3, 1, 9, tzinfo=UTC), iter("abcdefgh").__next__)


@pytest.fixture
def ask(contract: Contract, world: World) -> Callable[..., Response]:
    executor = made(contract)

    def answer(operation: str, body: Any = None, key: str | None = None, **rest: Any) -> Response:
        parameters = {} if key is None else {"mc_id": key}
        sent = orjson.dumps(body) if body is not None else b""
        request = Request(parameters, body=sent, **{"headers": HEADERS, **rest})
        return executor.answer(contract.operations[operation], world, request)

    return answer


def test_a_request_is_answered_in_the_documented_envelope(ask: Callable[..., Response]) -> None:
    answer = ask("createModelConfig", {"model_name": "m"})
    assert answer.status == 200
    assert orjson.loads(answer.body)["model_config"]["id"] == "a"
    assert orjson.loads(ask("getModelConfig", key="a").body)["model_config"]["model_name"] == "m"


def test_authentication_comes_before_everything_else(ask: Callable[..., Response], world: World) -> None:
    before = world.store.state
    for operation in ("createModelConfig", "getModelConfig", "updateModelConfig", "deleteModelConfig"):
        assert ask(operation, [], key="no-such-id", headers={}).status == 401
    assert ask("listModelConfigs", headers={}, query="limit=x").status == 401
    assert world.store.state is before


def test_an_unknown_id_comes_before_a_broken_body(ask: Callable[..., Response]) -> None:
    assert ask("updateModelConfig", [], key="no-such-id").status == 404


def test_a_refused_request_changes_nothing(ask: Callable[..., Response], world: World) -> None:
    ask("createModelConfig", {"model_name": "m"})
    ask("createModelConfig", {"model_name": "n"})
    before = world.store.state
    assert ask("createModelConfig", {"model_name": ""}).status == 400
    assert ask("createModelConfig", {"model_name": "m"}).status == 409
    assert ask("updateModelConfig", {"model_name": "n"}, key="a").status == 409
    assert ask("updateModelConfig", {"model_name": "x", "budgets": [{}]}, key="a").status == 400
    assert ask("deleteModelConfig", key="no-such-id").status == 404
    assert world.store.state is before


def test_a_failure_of_the_mock_is_logged_and_answered_with_500(
    contract: Contract, caplog: pytest.LogCaptureFixture
) -> None:
    def broken_clock() -> datetime:
        raise LookupError("no battery")

    world = World(MemoryStore(), broken_clock, str)
    with caplog.at_level(logging.ERROR):
        answer = made(contract).answer(contract.operations["listModelConfigs"], world, Request(headers=HEADERS))
    assert answer.status == 500
    assert orjson.loads(answer.body)["status_code"] == 500
    assert b"no battery" not in answer.body
    assert "no battery" in caplog.text


def test_an_answer_that_cannot_be_written_is_a_failure_of_the_mock(contract: Contract) -> None:
    executor, world = made(contract), World(MemoryStore(), lambda: datetime.now(UTC), str)
    operation: Operation = contract.operations["getModelConfig"]
    executor._envelopes[operation.id] = _Unwritable()  # type: ignore[assignment]
    executor._actions[operation.id] = lambda _world, _request: None  # type: ignore[assignment,return-value]
    assert executor.answer(operation, world, Request(headers=HEADERS)).status == 500


def test_an_operation_without_security_needs_no_key(edited: Callable[..., Path], world: World) -> None:
    opened = load_contract(edited(("operationId: listModels\n", "operationId: listModels\n      security: []\n")))
    executor = made(opened)
    assert executor.answer(opened.operations["listModels"], world, Request()).status == 200
    assert executor.answer(opened.operations["listProviders"], world, Request()).status == 401


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{verb: list, resource: Model}", "{verb: archive, resource: Model}", "listModels has no behaviour"),
        ("{verb: list, resource: Model}", "{verb: list, resource: Scope}", "listModels acts on 'Scope'"),
    ],
)
def test_an_operation_that_nothing_carries_out_stops_the_start(
    edited: Callable[..., Path], old: str, new: str, message: str
) -> None:
    with pytest.raises(DocumentError, match=message):
        made(load_contract(edited((old, new))))


class _Unwritable:
    def response(self, _outcome: object, _request: Request) -> Response:
        raise TypeError("no JSON can be made of a set")

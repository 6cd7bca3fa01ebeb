"""What a run finds is kept as a case that is red on that server and green on a right one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.bench import Bench, find_scopes
from contract_tests.client.target import Target
from contract_tests.exam import CREATE, GET, UPDATE, Exam
from contract_tests.exchange import Call, Exchange, Response, json_call
from contract_tests.finding import Finding
from contract_tests.keeping import Keeper, Unkeepable
from contract_tests.layers import PROBES
from contract_tests.layers.cases import probe_of
from contract_tests.plan import Plan, ScopeTargets, Shared
from contract_tests.witness import watch
from governance_contract import Contract
from tests.contract_tests.conftest import PATH, Served
from tests.contract_tests.test_broken_servers import (
    middleware,
    refused_and_stored,
    scope_without_target,
    update_without_budgets,
)

NAMES = "ct-0f0f0f0f"
CREATED = Exchange(
    json_call("POST", PATH, {"model_name": f"{NAMES}-a", "scope": "user", "scope_id": "u-1"}),
    Response(200, {}, b'{"model_config": {"id": "id-of-target", "budgets": [{"id": "line-of-target"}]}}'),
)


@pytest.fixture
def bench(contract: Contract, target_of: Callable[..., Target]) -> Callable[..., Bench]:
    def make(url: str, *, keeps: bool = False) -> Bench:
        target = target_of(url)
        witness = watch(contract, target, Plan().prefix)
        scopes = find_scopes(contract, target, {})

        def make_exam(shared: Shared) -> Exam:
            return Exam(contract, target, witness, scopes, Plan(), shared)

        return Bench(contract, target, make_exam, keeps=keeps)

    return make


@pytest.mark.parametrize(
    ("change", "probe_id", "rule", "expect"),
    [
        (update_without_budgets, "updates_of_one_member", "PUT-01", "accepted"),
        (scope_without_target, "REQ-05 refused by createModelConfig", "REQ-05", "refused"),
        (refused_and_stored, "refused_creates_left_nothing", "LIFE-02", "refused"),
    ],
)
def test_a_kept_case_is_red_where_it_was_found_and_green_on_the_mock(
    change: Any,
    probe_id: str,
    rule: str,
    expect: str,
    serve: Callable[..., Served],
    bench: Callable[..., Bench],
) -> None:
    broken = serve(middleware(change), scenario="empty")
    finder = bench(broken.url, keeps=True)
    wanted = {"BUD-03 refused by createModelConfig", probe_id} if rule == "LIFE-02" else {probe_id}

    kept = [case for probe in PROBES if probe.id in wanted for case in finder.run(probe).kept]

    assert (rule, expect) in [(case["rule"], case["expect"]) for case in kept]
    again = probe_of("kept", {"cases": json.loads(json.dumps(kept))})
    assert rule in [each.rule for each in bench(broken.url).run(again).confirmed]
    right = serve(scenario="empty")
    assert bench(right.url).run(again).confirmed == ()
    assert right.names() == []


@pytest.fixture
def keeper(contract: Contract) -> Keeper:
    return Keeper(contract, NAMES, ScopeTargets(("vk-1",), ("u-1",)))


def _finding(rule: str = "PUT-01", kind: str = "unsent") -> Finding:
    return Finding(rule, UPDATE, "MUST", kind, "this", "that")


def test_names_ids_and_targets_are_placeholders(keeper: Keeper) -> None:
    body = {"model_name": f"{NAMES}-b", "budgets": [{"id": "line-of-target", "max_limit": 1}]}
    updated = Exchange(json_call("PUT", f"{PATH}/id-of-target", body), Response(200, {}, b"{}"))
    seen = Exchange(Call("GET", f"{PATH}/id-of-target"), Response(200, {}, b"{}"))

    case = keeper.case_of(_finding("BUD-03"), (CREATED, updated, seen))

    assert case["before"] == [
        {"operation": CREATE, "body": {"model_name": "@run-a", "scope": "user", "scope_id": "@user"}}
    ]
    assert case["config"] == 1
    assert case["body"] == {"model_name": "@run-b", "budgets": [{"id": "@1/budgets/0/id", "max_limit": 1}]}
    assert case["expect"] == "refused"


def test_an_answer_that_is_wrong_in_itself_is_only_asked_for_again(keeper: Keeper) -> None:
    case = keeper.case_of(_finding("RESP-05"), (Exchange(Call("GET", f"{PATH}/nobody"), Response(404, {}, b"")),))

    assert (case["operation"], case["id"], case["expect"]) == (GET, "nobody", "documented")


def test_a_body_that_is_no_json_is_kept_as_its_text(keeper: Keeper) -> None:
    call = Call("POST", PATH, body=f'{{"model_name": "{NAMES}-a"'.encode(), headers={"Content-Type": "x"})

    assert (
        keeper.case_of(_finding("REQ-08"), (Exchange(call, Response(200, {}, b"")),))["raw"]
        == '{"model_name": "@run-a"'
    )


UNKEEPABLE: dict[str, tuple[Exchange, ...]] = {
    "no requests": (),
    "another key": (Exchange(Call("GET", PATH, authorization="Bearer x"), Response(200, {}, b"")),),
    "another path": (Exchange(Call("GET", "/elsewhere"), Response(200, {}, b"")),),
    "headers": (Exchange(Call("GET", PATH, headers={"X-Odd": "1"}), Response(200, {}, b"")),),
    "bytes that are no text": (Exchange(Call("POST", PATH, body=b"\xff"), Response(200, {}, b"")),),
    "another virtual key": (
        Exchange(json_call("POST", PATH, {"model_name": "a", "provider": "with vk-1"}), Response(200, {}, b"")),
    ),
    "a long story": (CREATED,) * 13,
    "an identity that is taken": (CREATED, CREATED),
}


@pytest.mark.parametrize("name", UNKEEPABLE)
def test_what_is_no_matter_of_plain_requests_is_not_kept(name: str, keeper: Keeper) -> None:
    with pytest.raises(Unkeepable):
        keeper.case_of(_finding(), UNKEEPABLE[name])

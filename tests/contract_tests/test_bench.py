from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from contract_tests.bench import Bench, find_scopes, require_judgeable
from contract_tests.client.target import OwnershipError, Target
from contract_tests.errors import Blocked, SuiteError
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.exchange import json_call
from contract_tests.plan import Plan
from contract_tests.probe import Probe
from contract_tests.witness import watch
from governance_contract import Contract
from tests.contract_tests.conftest import PATH, Served
from tests.contract_tests.test_broken_servers import Ask, Response, middleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Maker = Callable[..., Any]


def _probe(run: Callable[[Exam], None]) -> Probe:
    return Probe("p", ("BUD-01",), "probes", "gate", run)


def test_a_finding_that_repeats_is_confirmed(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    report = bench_of(target_of(serve().url)).run(
        _probe(lambda exam: exam.fault("BUD-01", CREATE, "read", "400", "200"))
    )

    assert [each.kind for each in report.confirmed] == ["read"]
    assert report.flaky == ()


def test_a_finding_that_does_not_repeat_is_flaky(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    tries: list[int] = []

    def run(exam: Exam) -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            exam.fault("BUD-01", CREATE, "read", "400", "200")

    report = bench_of(target_of(serve().url)).run(_probe(run))

    assert report.confirmed == ()
    assert [each.kind for each in report.flaky] == ["read"]
    assert len(tries) == 5


def test_a_probe_that_is_blocked_says_why(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    def blocked(_: Exam) -> None:
        raise Blocked("no config could be created")

    assert bench_of(target_of(serve().url)).run(_probe(blocked)).reason == "no config could be created"


def test_what_a_probe_leaves_behind_is_deleted(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    served: Served = serve(scenario="empty")
    target: Target = target_of(served.url)

    def leave_one(exam: Exam) -> None:
        exam.create({"model_name": exam.fresh_name()})

    bench_of(target).run(_probe(leave_one))

    assert served.names() == []
    assert target.journal.leftovers() == ()


def test_what_cannot_be_deleted_is_tried_once_and_named_at_the_end(
    serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    deletes = []

    def refuse(environ: dict[str, Any], ask: Ask) -> Response:
        if environ["REQUEST_METHOD"] != "DELETE":
            return ask(environ)
        deletes.append(environ["PATH_INFO"])
        return "405 Method Not Allowed", [("Content-Type", "application/json")], b"{}"

    served: Served = serve(middleware(refuse), scenario="empty")
    target: Target = target_of(served.url)
    bench: Bench = bench_of(target)
    target.send(json_call("POST", PATH, {"model_name": "ct-0f0f0f0f-a"}))

    left = bench.clean_up()
    assert bench.clean_up() == left
    assert len(deletes) == 1
    assert bench.finish("ct-0f0f0f0f-") == left


def test_a_config_whose_create_went_unanswered_is_found_by_its_name(
    serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    served: Served = serve(scenario="empty")
    served.ask("POST", json={"model_name": "CT-0F0F0F0F-LOST"})
    served.ask("POST", json={"model_name": "of somebody else"})
    target: Target = target_of(served.url)
    target.has_written = True

    assert bench_of(target).finish("ct-0f0f0f0f-") == ()
    assert served.names() == ["of somebody else"]


def test_a_run_that_wrote_nothing_asks_for_nothing_at_its_end(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    target: Target = target_of(serve().url)
    bench: Bench = bench_of(target)
    before = target.requests_sent

    assert bench.finish("ct-") == ()
    assert target.requests_sent == before


def test_scope_targets_are_those_given_else_those_found(serve: Maker, target_of: Maker, contract: Contract) -> None:
    scopes = find_scopes(contract, target_of(serve().url), {"virtual_key": "mine"})

    assert scopes.virtual_keys == ("mine",)
    assert scopes.users


def test_the_mock_is_judgeable_and_a_wrong_key_is_not(serve: Maker, target_of: Maker, contract: Contract) -> None:
    url = serve().url
    require_judgeable(contract, target_of(url))

    with pytest.raises(SuiteError, match="the key is not accepted"):
        require_judgeable(contract, target_of(url, key="another-key"))


def foreign_page(_: WSGIApplication) -> WSGIApplication:
    def served(_: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<h1>It works</h1>"]

    return served


def moved(_: dict[str, Any], __: Ask) -> Response:
    return "301 Moved Permanently", [("Location", "https://elsewhere.invalid/")], b""


def failing_proxy(_: dict[str, Any], __: Ask) -> Response:
    return "503 Service Unavailable", [], b"upstream is down"


ELSEWHERE: dict[str, tuple[Any, str, str]] = {
    "another page": (foreign_page, "", "is not this API"),
    "a proxy that fails": (middleware(failing_proxy), "", "its proxy fails"),
    "a place that is left": (middleware(moved), "", r"sends on to https://elsewhere.invalid/ \(301\)"),
    "a wrong path": (None, "/nowhere", "is the URL right, with the path prefix that the API has"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_not_this_api_is_not_judged(name: str, serve: Maker, target_of: Maker, contract: Contract) -> None:
    spoilt, path, told = ELSEWHERE[name]

    with pytest.raises(SuiteError, match=told):
        require_judgeable(contract, target_of(serve(spoilt).url + path))


def counted(calls: list[int], *pointers: str) -> Probe:
    """Return a probe that finds a rule broken at each pointer and counts how often it comes to each."""

    def run(exam: Exam) -> None:
        for number, pointer in enumerate(pointers):
            calls.append(number)
            exam.fault("BUD-01", CREATE, "read", "400", "200", pointer=pointer)

    return _probe(run)


def test_a_second_try_ends_once_it_has_shown_the_rule_broken_again(
    serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    calls: list[int] = []

    report = bench_of(target_of(serve().url)).run(counted(calls, "one", "two", "three"))

    assert calls == [0, 1, 2, 0]
    assert [(each.pointer, each.is_repeated) for each in report.confirmed] == [
        ("one", True), ("two", False), ("three", False),
    ]  # fmt: skip


def test_what_is_certain_needs_no_second_try(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    bench: Bench = bench_of(target_of(serve().url))
    calls: list[int] = []
    bench.run(counted([], "one"))

    report = bench.run(counted(calls, "two"))

    assert calls == [0]
    assert [(each.pointer, each.is_repeated) for each in report.confirmed] == [("two", False)]


def deletes_nothing(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer a delete as if it had been done."""
    if environ["REQUEST_METHOD"] != "DELETE":
        return ask(environ)
    return "200 OK", [("Content-Type", "application/json")], b'{"message": "deleted"}'


def test_a_delete_that_was_answered_and_did_nothing_is_found(serve: Maker, target_of: Maker, bench_of: Maker) -> None:
    def run(exam: Exam) -> None:
        exam.remove(exam.create({"model_name": exam.fresh_name()})["id"])
        exam.all_configs()

    report = bench_of(target_of(serve(middleware(deletes_nothing)).url)).run(_probe(run))

    assert {(each.rule, each.operation) for each in report.confirmed} == {("LIFE-04", "listModelConfigs")}


def of_another_id(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer a get with an id that nobody has."""
    status, headers, body = ask(environ)
    value = json.loads(body)
    if environ["REQUEST_METHOD"] == "GET" and "model_config" in value:
        value["model_config"]["id"] = "another"
    return status, headers, json.dumps(value).encode()


def test_another_id_in_an_answer_is_a_finding_and_the_probe_goes_on_with_its_own(
    serve: Maker, target_of: Maker, bench_of: Maker
) -> None:
    went_on_with = []

    def run(exam: Exam) -> None:
        config_id = exam.create({"model_name": exam.fresh_name()})["id"]
        held = exam.read(config_id) or {}
        went_on_with.append(held["id"] == config_id)

    report = bench_of(target_of(serve(middleware(of_another_id)).url)).run(_probe(run))

    assert [(each.rule, each.label) for each in report.confirmed] == [
        ("RESP-03", "a response shows another resource than was asked for")
    ]
    assert went_on_with[0]


@pytest.mark.parametrize("has_finding", [True, False])
def test_a_strange_id_ends_the_run_only_where_nothing_was_found(
    serve: Maker, target_of: Maker, bench_of: Maker, *, has_finding: bool
) -> None:
    def run(exam: Exam) -> None:
        if has_finding:
            exam.fault("BUD-01", CREATE, "read", "400", "200")
        exam.send(UPDATE, "of-somebody-else", body={})

    bench: Bench = bench_of(target_of(serve().url))

    with nullcontext() if has_finding else pytest.raises(OwnershipError):
        assert "was held back" in bench.run(_probe(run)).reason


def test_findings_of_rules_that_are_not_judged_are_set_beside(
    serve: Maker, target_of: Maker, contract: Contract
) -> None:
    target = target_of(serve().url)
    witness, scopes = watch(contract, target, Plan().prefix), find_scopes(contract, target, {})
    bench = Bench(contract, target, lambda shared: Exam(contract, target, witness, scopes, Plan(), shared), ("BUD-02",))

    report = bench.run(counted([], "/other"))

    assert report.confirmed == report.flaky == ()
    assert [each.pointer for each in report.beside] == ["/other"]
    assert report.rules == ()


def bare_list(environ: dict[str, Any], ask: Ask) -> Response:
    """Answer the list as an array alone."""
    status, headers, body = ask(environ)
    value = json.loads(body)
    if "model_configs" not in value:
        return status, headers, body
    return status, headers, json.dumps(value["model_configs"]).encode()


def test_a_list_that_is_an_array_alone_is_a_finding_of_this_api(
    serve: Maker, target_of: Maker, judge_in_process: Maker, contract: Contract
) -> None:
    served: Served = serve(middleware(bare_list))
    require_judgeable(contract, target_of(served.url))

    assert "LIST-01" in judge_in_process(served.url, "LIST-01", without=("races",)).red


@pytest.mark.parametrize("body", [b"[]", b'{"data": []}', b"{}"])
def test_a_server_that_answers_every_path_alike_is_another_api(
    body: bytes, serve: Maker, target_of: Maker, contract: Contract
) -> None:
    def alike(_: dict[str, Any], __: Ask) -> Response:
        return "200 OK", [("Content-Type", "application/json")], body

    with pytest.raises(SuiteError, match="is not this API"):
        require_judgeable(contract, target_of(serve(middleware(alike)).url))

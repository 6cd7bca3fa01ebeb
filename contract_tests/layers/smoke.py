"""The smoke profile: one short story in which every MUST rule is tried once, in sixty requests at most."""

from __future__ import annotations

from typing import Any

from contract_tests import samples
from contract_tests.comparison import difference, differences
from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, DELETE, GET, LIST, NO_BODY, UPDATE, Exam
from contract_tests.exchange import Call, Response
from contract_tests.layers.acceptance import LARGE, accepted, budget
from contract_tests.layers.authentication import wrong_ways
from contract_tests.layers.lists import PAGES
from contract_tests.layers.races import race
from contract_tests.layers.refusals import refused_rules
from contract_tests.layers.registry import PROBES
from contract_tests.layers.robustness.exactness import EXACT
from contract_tests.layers.robustness.routes import ROUTES
from contract_tests.readback import check_echo, check_stored, check_unchanged
from contract_tests.rules import ECHO, ECHOES
from contract_tests.samples import WILDCARD
from contract_tests.updating import check_stayed
from governance_contract import Contract, load_contract
from governance_contract.counterexamples import Counterexample

FEW = (("REQ-08", "an empty array"), ("BUD-01", "far apart"))
"""Where another counterexample than the first tells more."""


@PROBES.probe("LIST-01", "RESP-01", "REQ-04", "BUD-07", ECHO, layer="smoke", profile="smoke")
def smallest_body(exam: Exam) -> None:
    """The list has its form; the smallest body is accepted, is global, and can be read."""
    with exam.story():
        exam.page()
        exam.record.exercise(LIST, "LIST-01")
        body = exam.filled(samples.smallest())
        config = accepted(exam, "BUD-07", body, "the smallest body")
        if config is not None:
            scope = config.get("scope")
            exam.check(
                "REQ-04", CREATE, scope == "global", "no scope was sent", expected="global", received=repr(scope)
            )
            exam.leave(config)


@PROBES.probe("RESP-03", "RESP-04", "LIFE-01", "LIST-01", *ECHOES, layer="smoke", profile="smoke")
def richest_body(exam: Exam) -> None:
    """A body with everything is accepted, comes back exactly, and stands in the list once."""
    with exam.story():
        body = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
        body["budgets"] = [budget(0.1 + 0.2, "1m"), budget(LARGE, "1M"), budget(19.99, "1d")]
        body["rate_limit"] = {"token_max_limit": 2**63 - 1, "token_reset_duration": "1h"}
        config = accepted(exam, "BUD-02", body, "every documented member")
        if config is not None:
            check_stored(exam, config)


@PROBES.probe("REQ-02", "IDN-02", "ROB-01", ECHO, layer="smoke", profile="smoke")
def names_of_all_kinds(exam: Exam) -> None:
    """The wildcard, and a name beyond ASCII that differs from another config in nothing but the provider."""
    with exam.story():
        name = f"{exam.fresh_name()}-模型 🚀"
        for label, provider in (("a name beyond ASCII", exam.provider), ("another provider", f"{exam.provider}-2")):
            body = {"model_name": name, "provider": provider}
            answer = exam.send(CREATE, body=body)
            exam.check(
                EXACT if provider == exam.provider else "IDN-02",
                CREATE,
                not answer.is_failure if provider == exam.provider else answer.status < 300,
                label,
                expected="status 200",
                received=answer.shown(),
            )
            for config in configs_in(answer):
                check_echo(exam, CREATE, body, config, label)
        if exam.allow_wildcard:
            accepted(exam, "REQ-02", {"model_name": WILDCARD, "provider": exam.provider}, "model_name *")


def _rules_of_bodies(contract: Contract) -> dict[str, list[Counterexample]]:
    """Return the counterexamples of the MUST rules that a create body can break."""
    found = sorted(refused_rules(CREATE).items())
    return {rule: listed for rule, listed in found if contract.rules[rule].level == "MUST"}


@PROBES.probe("LIFE-02", "PUT-08", "LIST-01", *_rules_of_bodies(load_contract()), layer="smoke", profile="smoke")
def one_refusal_of_each_rule(exam: Exam) -> None:
    """Each MUST rule about bodies is broken once, on create, two of them on update; nothing is stored or changed."""
    with exam.story():
        before = exam.subject()
        for rule, found in _rules_of_bodies(exam.contract).items():
            each = next((c for c in found if any(rule == r and text in c.label for r, text in FEW)), found[0])
            body = exam.filled(each.body)
            answer = exam.send(CREATE, body=body)
            exam.check_refused(rule, CREATE, answer, each.label)
            if isinstance(body, dict) and answer.status >= 400:
                exam.shared.refused[str(body.get("model_name"))] = body
        for body in ({"budgets": [budget(), budget()]}, {"model_name": 7}):
            answer = exam.send(UPDATE, exam.subject_id, body=body)
            exam.check_refused("PUT-08", UPDATE, answer, "what create refuses")
        listed = {config.get("id"): config for config in exam.all_configs()}
        stored = [config for config in listed.values() if config.get("model_name") in exam.shared.refused]
        after = listed.get(before["id"], {})
        exam.check(
            "LIFE-02",
            CREATE if stored else UPDATE,
            not stored and not differences(before, after),
            "a refused request was stored",
            expected="the list as it was before",
            received=repr(stored)[:300] if stored else difference(before, after),
        )
        for config in stored:
            exam.target.journal.created(str(config.get("id")))


@PROBES.probe("PUT-01", "PUT-02", "PUT-05", "LIFE-05", "LIST-01", "LIST-02", layer="smoke", profile="smoke")
def an_update_of_each_kind(exam: Exam) -> None:
    """An update changes what it sends and nothing else: neither other members, nor the scope, nor another config."""
    with exam.story():
        neighbour = exam.create(exam.filled(samples.rich(exam.contract, exam.operation(CREATE))))
        before = exam.subject()
        sent = {"model_name": exam.fresh_name("Renamed"), "budgets": [budget(LARGE, "3d")]}
        exam.send(UPDATE, exam.subject_id, body=sent)
        exam.send(UPDATE, exam.subject_id, body={"scope": "user", "scope_id": "u-1"})  # may be refused, or ignored
        listed = {config.get("id"): config for config in exam.all_configs()}
        after = listed.get(exam.subject_id, {})
        check_stayed(exam, "PUT-01", before, after, {*sent, "scope", "scope_id"}, "an update")
        durations = [entry.get("reset_duration") for entry in after.get("budgets") or ()]
        scope = after.get("scope")
        for rule, holds, label, received in (
            ("PUT-02", durations == ["3d"], "budgets are not the full set that was sent", repr(durations)),
            ("PUT-05", scope == before.get("scope"), "the scope changed", repr(scope)),
        ):
            exam.check(rule, UPDATE, holds, label, expected="what was sent, in the scope it had", received=received)
        held = listed.get(neighbour["id"])
        check_unchanged(exam, "LIFE-05", UPDATE, neighbour, held, "another config changed")
        own = exam.own if exam.is_shared else {}
        lists = [exam.page(limit="1", offset=each, **own)["model_configs"] for each in "01"]
        pages = [[config.get("id") for config in configs] for configs in lists]
        distinct = len({str(each) for page in pages for each in page}) == 2
        exam.check(PAGES, LIST, distinct, "two pages of one", expected="two configs", received=repr(pages))


@PROBES.probe("ROB-02", layer="smoke", profile="smoke")
def routes(exam: Exam) -> None:
    """An unsupported method and an unknown path are refused."""
    path = exam.operation(LIST).path
    for call, allowed in ((Call("PATCH", path, body=b"{}"), (405, 404)), (Call("GET", f"{path}-no"), (404,))):
        exam.target.stranger(path.rsplit("/", 1)[-1])
        answer = exam.target.send(call, is_fresh=True).response
        held = answer.status in allowed
        exam.check(ROUTES, LIST, held, call.method, expected=f"one of {allowed}", received=answer.shown())


@PROBES.probe("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", layer="smoke", profile="smoke")
def wrong_keys(exam: Exam) -> None:
    """Each wrong way to present a key is refused, by operations in turn, and without effect."""
    operations = (LIST, UPDATE, GET, DELETE, CREATE)
    with exam.story():
        before = exam.subject()
        rules = ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05")
        for rule, operation_id in zip(rules, operations, strict=True):
            for credentials, *_ in wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_keys)[:1]:
                body: Any = {"model_name": exam.fresh_name()} if operation_id in (CREATE, UPDATE) else NO_BODY
                config_id = exam.subject_id if operation_id not in (LIST, CREATE) else None
                how = {"authorization": credentials.authorization, "headers": credentials.headers}
                answer = exam.send(operation_id, config_id, body=body, **how)
                exam.check_refused(rule, operation_id, answer, credentials.label)
        after = exam.read(exam.subject_id)
        check_unchanged(exam, "AUTH-06", UPDATE, before, after, "a request that was answered 401 had an effect")


@PROBES.probe("RACE-02", "RACE-03", "RACE-05", layer="smoke", profile="smoke")
def two_at_once(exam: Exam) -> None:
    """Two creates at once both persist; two updates leave one of the two states, or both where they share nothing."""
    with exam.story():
        bodies = [exam.filled(samples.smallest()) for _ in range(2)]
        exchanges = race(exam, [exam.call(CREATE, body=body) for body in bodies])
        for exchange in exchanges:
            exam.write(exchange)
        for config in [config for exchange in exchanges for config in configs_in(exchange.response)][:1]:
            exam.leave(config)
        ids = {config.get("id") for exchange in exchanges for config in configs_in(exchange.response)}
        exam.check("RACE-02", CREATE, len(ids) == 2, "two creates at once", expected="two ids", received=repr(ids))
        exam.subject()
        states = [{"model_name": exam.fresh_name(f"Racer{n}"), "provider": f"{exam.provider}-{n}"} for n in range(2)]
        race(exam, [exam.call(UPDATE, exam.subject_id, body=state) for state in states])
        exam.shared.state = None
        after = exam.read(exam.subject_id) or {}
        held = {name: after.get(name) for name in ("model_name", "provider")}
        exam.check("RACE-03", UPDATE, held in states, "two updates at once", expected=repr(states), received=repr(held))
        parts: list[dict[str, Any]] = [{"provider": exam.provider}, {"budgets": []}]
        race(exam, [exam.call(UPDATE, exam.subject_id, body=part) for part in parts])
        exam.shared.state = None
        exam.read(exam.subject_id)


@PROBES.probe("LIFE-03", "LIFE-04", layer="smoke", profile="smoke")
def deleted_and_never_there(exam: Exam) -> None:
    """A deleted config is gone and its identity free; an id that nobody has answers 404."""
    with exam.story():
        config = exam.spare()
        body, config_id = {"model_name": config["model_name"]}, exam.target.stranger(config["id"])
        answers: list[tuple[str, str, Response]] = [("LIFE-04", DELETE, exam.send(DELETE, config_id))]
        exam.check(
            "LIFE-04", DELETE, answers[0][2].status < 300, "delete", expected="200", received=answers[0][2].shown()
        )
        missing = exam.unknown_key("00000000-0000-4000-8000-000000000000")
        for rule, operation_id, each in (
            ("LIFE-04", GET, config_id),
            ("LIFE-03", GET, missing),
        ):
            answer = exam.send(operation_id, each)
            exam.check(
                rule, operation_id, answer.status == 404, "an id that is gone", expected="404", received=answer.shown()
            )
        again = exam.send(CREATE, body=body)
        exam.check(
            "LIFE-04", CREATE, again.status < 300, "the identity is not free", expected="200", received=again.shown()
        )

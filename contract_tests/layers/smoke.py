"""The smoke profile: one short story in which every MUST rule is tried once, in sixty requests at most."""

from __future__ import annotations

from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.exam import CREATE, DELETE, GET, LIST, NO_BODY, UPDATE, Exam
from contract_tests.exchange import Call
from contract_tests.layers.acceptance import LARGE, accepted, budget, read_back
from contract_tests.layers.authentication import wrong_ways
from contract_tests.layers.races import race
from contract_tests.layers.refusals import refused_rules
from contract_tests.layers.registry import PROBES
from contract_tests.rules import ECHO, ECHOES
from contract_tests.samples import WILDCARD
from governance_contract import Contract, load_contract
from governance_contract.counterexamples import Counterexample

FEW = (("REQ-08", "an empty array"), ("BUD-01", "far apart"))
"""Where another counterexample than the first tells more."""


@PROBES.probe("LIST-01", "RESP-01", "REQ-04", "BUD-07", ECHO, layer="smoke", profile="smoke")
def smallest_body(exam: Exam) -> None:
    """The list has its form; the smallest body is accepted, is global, and can be read."""
    with exam.story():
        exam.page()
        config = accepted(exam, exam.filled(samples.smallest()))
        if config is not None:
            exam.leave(config)


@PROBES.probe("RESP-03", "RESP-04", "LIFE-01", "LIST-01", *ECHOES, layer="smoke", profile="smoke")
def richest_body(exam: Exam) -> None:
    """A body with everything is accepted, comes back exactly, and stands in the list once."""
    with exam.story():
        body = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
        body["budgets"] = [budget(0.1 + 0.2, "1m"), budget(LARGE, "1M"), budget(19.99, "1d")]
        body["rate_limit"] = {"token_max_limit": 2**63 - 1, "token_reset_duration": "1h"}
        config = accepted(exam, body)
        if config is not None:
            read_back(exam, config["id"])


@PROBES.probe("REQ-02", "IDN-02", "ROB-01", ECHO, layer="smoke", profile="smoke")
def names_of_all_kinds(exam: Exam) -> None:
    """The wildcard, and a name beyond ASCII that differs from another config in nothing but the provider."""
    with exam.story():
        name = f"{exam.fresh_name()}-模型 🚀"
        for provider in (exam.provider, f"{exam.provider}-2"):
            exam.send(CREATE, body={"model_name": name, "provider": provider})
        if exam.allow_wildcard:
            exam.send(CREATE, body={"model_name": WILDCARD, "provider": exam.provider})


def _rules_of_bodies(contract: Contract) -> dict[str, list[Counterexample]]:
    """Return the counterexamples of the MUST rules that a create body can break."""
    found = sorted(refused_rules(CREATE).items())
    return {rule: listed for rule, listed in found if contract.rules[rule].level == "MUST"}


@PROBES.probe("LIFE-02", "PUT-08", "LIST-01", *_rules_of_bodies(load_contract()), layer="smoke", profile="smoke")
def one_refusal_of_each_rule(exam: Exam) -> None:
    """Each MUST rule about bodies is broken once on create, one of them on update; nothing is stored or changed."""
    with exam.story():
        exam.subject()
        for rule, found in _rules_of_bodies(exam.contract).items():
            each = next((c for c in found if any(rule == r and text in c.label for r, text in FEW)), found[0])
            exam.send(CREATE, body=exam.filled(each.body))
        exam.send(UPDATE, exam.subject_id, body={"budgets": [budget(), budget()]})
        exam.all_configs()


@PROBES.probe("PUT-01", "PUT-02", "PUT-05", "LIFE-05", "LIST-01", "LIST-02", layer="smoke", profile="smoke")
def an_update_of_each_kind(exam: Exam) -> None:
    """An update changes what it sends and nothing else: neither other members, nor the scope, nor another config."""
    with exam.story():
        exam.create(exam.filled(samples.rich(exam.contract, exam.operation(CREATE))))
        exam.subject()
        sent = {"model_name": exam.fresh_name("Renamed"), "budgets": [budget(LARGE, "3d")]}
        exam.send(UPDATE, exam.subject_id, body=sent)
        exam.send(UPDATE, exam.subject_id, body={"scope": "user", "scope_id": "u-1"})  # may be refused, or ignored
        exam.all_configs()
        exam.page(limit="1", offset="1", **exam.own)


@PROBES.probe("ROB-02", layer="smoke", profile="smoke")
def routes(exam: Exam) -> None:
    """An unsupported method and an unknown path are refused."""
    path = exam.operation(LIST).path
    for call in (Call("PATCH", path, body=b"{}"), Call("GET", f"{path}-no")):
        exam.target.stranger(path.rsplit("/", 1)[-1])
        exam.target.send(call, is_fresh=True)


@PROBES.probe("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", layer="smoke", profile="smoke")
def wrong_keys(exam: Exam) -> None:
    """Each wrong way to present a key is refused, by operations in turn, and without effect."""
    operations = (LIST, UPDATE, GET, DELETE, CREATE)
    with exam.story():
        exam.subject()
        rules = ("AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05")
        for rule, operation_id in zip(rules, operations, strict=True):
            for credentials, *_ in wrong_ways(rule, exam.target.api_key, exam.scopes.virtual_keys)[:1]:
                body: Any = {"model_name": exam.fresh_name()} if operation_id in (CREATE, UPDATE) else NO_BODY
                config_id = exam.subject_id if operation_id not in (LIST, CREATE) else None
                how = {"authorization": credentials.authorization, "headers": credentials.headers}
                exam.send(operation_id, config_id, body=body, **how)
        exam.read(exam.subject_id)


@PROBES.probe("RACE-02", "RACE-03", "RACE-05", layer="smoke", profile="smoke")
def two_at_once(exam: Exam) -> None:
    """Two creates at once both persist; two updates leave one of the two states, or both where they share nothing."""
    with exam.story():
        bodies = [exam.filled(samples.smallest()) for _ in range(2)]
        exchanges = race(exam, [exam.call(CREATE, body=body) for body in bodies])
        for exchange in exchanges:
            exam.write(exchange)
        for config in configs_in(exchanges[0].response):
            if isinstance(config.get("id"), str):
                exam.leave(config)
        exam.subject()
        states = [{"model_name": exam.fresh_name(f"Racer{n}"), "provider": f"{exam.provider}-{n}"} for n in range(2)]
        parts: list[dict[str, Any]] = [{"provider": exam.provider}, {"budgets": []}]
        for updates in (states, parts):
            race(exam, [exam.call(UPDATE, exam.subject_id, body=body) for body in updates])
            exam.shared.state = None
            exam.read(exam.subject_id)


@PROBES.probe("LIFE-03", "LIFE-04", layer="smoke", profile="smoke")
def deleted_and_never_there(exam: Exam) -> None:
    """A deleted config is gone and its identity free; an id that nobody has answers 404."""
    with exam.story():
        config = exam.spare()
        config_id = exam.target.stranger(config["id"])
        exam.send(DELETE, config_id)
        exam.send(GET, config_id)
        exam.send(GET, exam.unknown_key("00000000-0000-4000-8000-000000000000"))
        exam.send(CREATE, body={"model_name": config.get("model_name")})

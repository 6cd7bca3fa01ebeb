"""The identity of a config: scope, target, model and provider together, each of them, and no more."""

from __future__ import annotations

import itertools
import re
from typing import Any

from contract_tests.blame import broken_by_refusing, is_accepted, smallest_refused
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, DELETE, GET, LIST, UPDATE, Exam
from contract_tests.exchange import Exchange
from contract_tests.layers.acceptance import LARGE, budget, check_idle, check_new_budgets
from contract_tests.layers.refusals import NO_EFFECT
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_echo, check_equal, check_unchanged, check_unsent, echo_faults
from contract_tests.residents import (
    Resident,
    Wanted,
    check_residents,
    dismiss,
    made_residents,
    residents,
    settled,
    stem_of,
)
from contract_tests.rules import UPDATE_ECHOES
from contract_tests.samples import WILDCARD
from governance_contract.kinds import generated


@PROBES.probe(
    "IDN-02", "RESP-02", "RESP-03", "LIFE-01", "REQ-02", "REQ-05", "BUD-02", "BUD-04", "BUD-06", "BUD-07", "BUD-08",
    "RATE-01", "RATE-04", "RATE-05", "RATE-06", "ROB-01", "LIST-01",
)  # fmt: skip
def residents_move_in(exam: Exam) -> None:
    """Configs of many identities, sizes and values live side by side, each as it was sent, in create, get and list."""
    if exam.shared.residents:
        dismiss(exam)
    created = residents(exam)
    for each in created:
        with exam.story():
            _judge_create(exam, each)
    _check_long_names(exam, created)
    configs = list(settled(exam).values())
    for config in configs[:1]:
        exam.read(config["id"])  # a first read may still be right where a second is not
    for each in created:
        exam.record.exercise(CREATE, *(_exercised(each) if each.config else ()))
    _check_ids(exam, configs)
    listed = exam.all_configs()
    for number, config in enumerate(configs):
        with exam.story():
            is_read = number % 3 == exam.seed % 3 or exam.profile == "thorough"
            _check_everywhere(exam, config, listed, is_read=is_read)


def _check_long_names(exam: Exam, created: list[Resident]) -> None:
    """Check that of long names which differ in the last letter alone both are accepted, or neither."""
    long = [each for each in created if each.wanted.label.startswith("a long name")]
    if len({each.config is None for each in long}) > 1:
        steps = tuple(each.exchange for each in long)
        received = steps[-1].response.shown()
        label = "a long name that differs in its last letter: refused"
        exam.fault("IDN-02", CREATE, label, "status 200, as for the other", received, steps=steps)


def _exercised(each: Resident) -> set[str]:
    return {each.wanted.rule, "IDN-02", *(("RATE-01", "RATE-04") if "rate_limit" in each.wanted.body else ())}


def _judge_create(exam: Exam, each: Resident) -> None:
    """Check that a resident was accepted and answered as it was sent, as a new config is."""
    wanted, answer, steps = each.wanted, each.exchange.response, (each.exchange,)
    config = each.config
    if config is None:
        is_allowed = wanted.may_be_refused and 400 <= answer.status < 500
        if not is_allowed:
            rule, label, smallest = _blamed(exam, wanted)
            exam.fault(rule, CREATE, label, "status 200", answer.shown(), steps=smallest or steps)
        return
    for rule, fault in echo_faults(exam.contract, wanted.body, config):
        place = re.sub(r"\d+", "*", "/".join(map(str, fault.path)))
        if wanted.may_be_refused and str(fault.path[0]) in exam.mangled:
            continue
        exam.record.mangled.add(str(fault.path[0]))
        rule = "ROB-01" if wanted.may_be_refused else rule  # noqa: PLW2901 - what is unusual has a rule of its own
        label = f"{wanted.label}: {place} does not come back as sent"
        exam.fault(rule, CREATE, label, fault.expected, repr(fault.received), steps=steps)
    check_unsent(exam, wanted.body, config, wanted.label, steps=steps)
    check_new_budgets(exam, config, steps=steps)
    check_idle(exam, config, steps=steps)


def _blamed(exam: Exam, wanted: Wanted) -> tuple[str, str, tuple[Exchange, ...]]:
    """Return the rule that a refusal breaks, with what shows it: the identity where the rest is accepted alone."""
    body = dict(wanted.body)
    body |= {"provider": f"{exam.provider}-alone"} if body["model_name"] == WILDCARD else {}
    if wanted.rule == "IDN-02" or is_accepted(exam, body):
        return "IDN-02", "a config that differs in one member of its identity: refused", ()
    rule = broken_by_refusing(exam, smallest_refused(exam, body))
    refused = [each for each in exam.trail if each.response.status >= 400]
    return rule, f"{wanted.label}: refused", tuple(refused[-1:])


def _check_ids(exam: Exam, configs: list[dict[str, Any]]) -> None:
    """Check that all configs, and all their budgets, have ids of their own."""
    budgets = [entry.get("id") for config in configs for entry in config.get("budgets") or ()]
    for rule, label, ids in (
        ("RESP-03", "two configs have one id", [config["id"] for config in configs]),
        ("BUD-08", "budgets of two configs have one id", budgets),
    ):
        twice = sorted({str(key) for key in ids if ids.count(key) > 1})
        exam.check(rule, CREATE, not twice, label, expected="ids of their own", received=f"{twice} more than once")


def _check_everywhere(exam: Exam, config: dict[str, Any], listed: list[dict[str, Any]], *, is_read: bool) -> None:
    """Check that get, where `is_read`, and list answer a config as create did, the list exactly once."""
    held = exam.read(config["id"]) if is_read else config
    label = "a config that was answered 200 cannot be read"
    if exam.check("LIFE-01", GET, held is not None, label, expected="status 200", received="404") and held:
        check_equal(exam, CREATE, config, held, "get")
    entries = [each for each in listed if each.get("id") == config["id"]]
    label = "the config does not stand in the list exactly once"
    received = f"{len(entries)} entries"
    exam.check("LIFE-01", LIST, len(entries) == 1, label, expected="one entry with its id", received=received)
    for entry in entries[:1]:
        check_equal(exam, CREATE, config, entry, "list")


@PROBES.probe("IDN-01", NO_EFFECT, "LIST-01")
def identities_again(exam: Exam) -> None:
    """A second create of one identity is refused, whatever its other members, and harms nobody."""
    made = [each for each in made_residents(exam) if not each.wanted.may_be_refused]
    again = itertools.cycle((("the same body", {}), ("budgets of its own", {"budgets": [budget(LARGE * 2, "3w")]})))
    for each in made if exam.profile == "thorough" else _one_of_each_scope(made):
        with exam.story():
            label, members = next(again) if "provider" in each.wanted.body else ("all that was left out", _SPELT_OUT)
            answer = exam.send(CREATE, body={"scope": "global", **each.wanted.body, **members})
            steps = (each.exchange, exam.trail[-1])
            exam.check_refused("IDN-01", CREATE, answer, f"the identity again with {label}", steps=steps)
    with exam.story():
        check_residents(exam, NO_EFFECT, CREATE, "a refused second create changed a config")


_SPELT_OUT: dict[str, Any] = {
    "provider": None,
    "budgets": [budget(LARGE, "3w")],
    "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "1d"},
}


def _one_of_each_scope(made: list[Resident]) -> list[Resident]:
    """Return a resident of each scope, with and without provider."""
    groups = {(each.wanted.body.get("scope"), "provider" in each.wanted.body): each for each in reversed(made)}
    return list(groups.values())


@PROBES.probe("PUT-07", "IDN-02", "REQ-05", NO_EFFECT, "LIST-01", *UPDATE_ECHOES)
def rename_onto_another(exam: Exam) -> None:
    """A rename onto the identity of another config is refused and changes neither, whatever makes the two equal."""
    name = stem_of(exam)
    taken = [each.exchange for each in made_residents(exam)]
    with exam.story():
        rename = {"model_name": name, "provider": f"{exam.provider}-2", **_LIMITS}
        before = exam.subject()
        _refused_rename(exam, before, rename, "a rename onto another config", taken)
        padded = exam.send(UPDATE, before["id"], body={**rename, "model_name": f"{name} "})
        label, received = "a rename to the name of another config with a blank behind", padded.shown()
        exam.check("IDN-02", UPDATE, padded.status != 409, label, expected="no conflict", received=received)
        exam.send(UPDATE, before["id"], body={"model_name": name, "provider": f"{exam.provider}-aside"})
        move = {"provider": f"{exam.provider}-2"}
        before = exam.subject()
        _refused_rename(exam, before, move, "a move to the provider of another config", taken)
        body = {"model_name": name, "provider": f"{exam.provider}-aside"}
        own = exam.send(UPDATE, before["id"], body=body)
        label = "an update to its own identity"
        exam.check("IDN-02", UPDATE, own.status == 200, label, expected="status 200", received=own.shown())
    others: list[dict[str, Any]] = [{}]
    others += [{"scope": s, "scope_id": key, "provider": exam.provider} for s, key in exam.scopes.by_scope().items()]
    for members in others[: None if exam.profile == "thorough" else 2]:
        with exam.story():
            config = exam.spare(**members) if members else exam.create({"model_name": exam.fresh_name()})
            where = f"of scope {members['scope']}" if members else "without provider"
            rename = {"model_name": name, **_LIMITS}
            _refused_rename(exam, config, rename, f"a rename onto another config {where}", taken)
            if not members:
                sent = {"provider": f"{exam.provider}-added"}
                for after in configs_in(exam.send(UPDATE, config["id"], body=sent)):
                    check_echo(exam, UPDATE, sent, after, "a provider where there was none")
            exam.leave(config)
    with exam.story():
        check_residents(exam, NO_EFFECT, UPDATE, "a refused rename changed another config")


_LIMITS: dict[str, Any] = {
    "budgets": [budget(LARGE, "1d")],
    "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "4h"},
}
"""What a refused rename would set beside the name."""


def _refused_rename(
    exam: Exam, before: dict[str, Any], body: dict[str, Any], label: str, taken: list[Exchange]
) -> None:
    """Check that a rename onto the identity of a resident is refused and leaves the config as it was."""
    answer = exam.send(UPDATE, before["id"], body=body)
    wanted = {**before, **body}
    identity = ("scope", "scope_id", "model_name", "provider")
    twins = [
        each
        for each in taken
        for config in configs_in(each.response)
        if all(config.get(member) == wanted.get(member) for member in identity)
    ]
    if not twins:
        return
    steps = (*twins, *exam.trail)
    if exam.check_refused("PUT-07", UPDATE, answer, label, steps=steps) and "budgets" in body:
        held = exam.read(before["id"])
        check_unchanged(exam, NO_EFFECT, UPDATE, before, held, "a refused rename changed the config")


@PROBES.probe("IDN-02", "IDN-01", "LIST-01", "LIST-03", "LIFE-04", "PUT-06", NO_EFFECT, *UPDATE_ECHOES)
def renaming_moves_the_identity(exam: Exam) -> None:
    """After a rename the old identity is free, also for a rename back, the new one is taken, and searches know it.

    What is found is the config as it is now, and it was not changed later than what is created afterwards.
    """
    with exam.story():
        old, new = exam.fresh_name("old"), exam.fresh_name("new")
        config = exam.subject()
        exam.send(UPDATE, config["id"], body={"model_name": old, "provider": exam.provider})
        moved = exam.provider.swapcase()
        identity = {"model_name": new, "provider": moved, "budgets": [budget(LARGE, "6h")]}
        early = exam.send(UPDATE, config["id"], body={**identity, "budgets": [budget(LARGE, "1d")] * 2})
        answer = exam.send(UPDATE, config["id"], body=identity)
        if answer.status == 409 and early.status == 400:
            label, received = "a name of a refused update is taken", answer.shown()
            exam.fault(NO_EFFECT, UPDATE, label, "status 200", received)
        for after in configs_in(answer):
            check_echo(exam, UPDATE, identity, after, "a rename after a refused one")
        if answer.status != 200:
            raise Blocked(f"a rename was answered {answer.shown(200)}")
        for query, wanted in (({"search": new, "provider": moved}, [config["id"]]), ({"search": old}, [])):
            found = [each.get("id") for each in exam.page(limit="100", **query).get("model_configs") or ()]
            exam.check(
                "LIST-03",
                LIST,
                found == wanted,
                "a renamed config is found by its old name"
                if found
                else "a renamed config is not found by its new name",
                expected=repr(wanted),
                received=repr(found),
            )
            for renamed, listed in itertools.product(configs_in(answer), configs_in(exam.trail[-1].response)):
                if listed.get("id") == config["id"]:
                    check_equal(exam, UPDATE, renamed, listed, "a filtered list after an update")
        taken = exam.send(CREATE, body={"model_name": new, "provider": moved})
        exam.check_refused("IDN-01", CREATE, taken, "an identity that a rename took", steps=exam.trail)
        free = exam.send(CREATE, body={"model_name": old, "provider": exam.provider})
        exam.check(
            "IDN-02",
            CREATE,
            200 <= free.status < 300,
            "an identity that a rename left is still taken",
            expected="status 200",
            received=free.shown(),
        )
        for renamed, created in itertools.product(configs_in(answer), configs_in(free)):
            _check_sequence(exam, renamed, created)
        for created in configs_in(free):
            if exam.send(DELETE, exam.target.stranger(str(created.get("id")))).status < 300:
                back = exam.send(UPDATE, config["id"], body={"model_name": old, "provider": exam.provider})
                label, received = "a rename back, onto an identity that a deleted config had", back.shown()
                exam.check("LIFE-04", UPDATE, back.status == 200, label, expected="status 200", received=received)


def _check_sequence(exam: Exam, updated: dict[str, Any], created: dict[str, Any]) -> None:
    """Check that an update is not dated later than a create that came after it, whichever node carried it out."""
    first, second = generated.instant_of(updated.get("updated_at")), generated.instant_of(created.get("created_at"))
    holds = first is None or second is None or (first - second).total_seconds() < _SKEW
    label = "updated_at is later than the create that came after the update"
    received = f"{updated.get('updated_at')}, then created_at {created.get('created_at')}"
    exam.check("PUT-06", UPDATE, holds, label, expected="the moment of the update", received=received)


_SKEW = 60
"""Seconds by which the clocks of the nodes of one target may differ."""

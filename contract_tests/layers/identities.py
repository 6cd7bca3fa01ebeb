"""The identity of a config: scope, target, model and provider together, each of them, and no more."""

from __future__ import annotations

import itertools
from typing import Any

from contract_tests.conformity import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, LIST, UPDATE, Exam
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.refusals import NO_EFFECT
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_unchanged


def _identities(exam: Exam) -> list[dict[str, Any]]:
    """Return bodies whose identities differ in one member each, for one model name."""
    name = exam.fresh_name("identity-of-many-letters-all-of-which-count")
    base: dict[str, Any] = {"model_name": name, "provider": exam.provider}
    scopes = exam.scopes.all_by_scope()
    scoped = [{**base, "scope": scope, "scope_id": keys[0]} for scope, keys in scopes.items()]
    scoped += [
        {**base, "scope": scope, "scope_id": key}
        for scope, keys in scopes.items()
        if scope == "virtual_key"
        for key in keys[1:2]
    ]
    others = [{**base, "provider": f"{exam.provider}-2"}, base]
    bodies = [{"model_name": name}, *(body for pair in itertools.zip_longest(others, scoped) for body in pair if body)]
    bodies += [{**base, "model_name": f"{name}-2"}, {**base, "model_name": name.upper()}]
    bodies += [{**base, "provider": exam.provider.upper()}]
    bodies += [{**base, "model_name": f"{name}:x"}, {"model_name": name, "provider": f"x:{exam.provider}"}]
    return bodies


@PROBES.probe("IDN-01", "IDN-02", NO_EFFECT)
def identities_side_by_side(exam: Exam) -> None:
    """Configs that differ in any one member of their identity live side by side; one identity has one config."""
    bodies = _identities(exam)
    made = []
    for body in bodies:
        with exam.story():
            exam.send(CREATE, body=body)
            made += _check_accepted(exam)
    _check_unharmed(exam, "IDN-02", made, "a config is overwritten by one with another identity")
    again = itertools.cycle((("the same body", []), ("budgets of its own", [budget(LARGE * 2, "1w")])))
    for body in bodies[:: 1 if exam.profile == "thorough" else 2]:
        with exam.story():
            label, budgets = next(again)
            answer = exam.send(CREATE, body={**body, "budgets": budgets})
            exam.check_refused("IDN-01", CREATE, answer, f"the identity again with {label}")
    _check_unharmed(exam, NO_EFFECT, made, "a refused second create changed the first config")


def _check_accepted(exam: Exam) -> list[dict[str, Any]]:
    """Check that the create just sent was accepted and return its config."""
    answer = exam.trail[-1].answer
    accepted = exam.check(
        "IDN-02",
        CREATE,
        200 <= answer.status < 300,
        "a config that differs in one member of its identity",
        expected="status 200",
        received=answer.shown(),
    )
    return configs_in(answer) if accepted else []


def _check_unharmed(exam: Exam, rule: str, configs: list[dict[str, Any]], label: str) -> None:
    """Check that the list still holds the configs as they were created."""
    listed = {config.get("id"): config for config in exam.all_configs()}
    for config in configs:
        held = listed.get(config.get("id"))
        check_unchanged(exam, rule, CREATE, config, held, label)


@PROBES.probe("PUT-07", NO_EFFECT)
def rename_onto_another(exam: Exam) -> None:
    """Renaming onto the identity of another config is refused and changes neither."""
    with exam.story():
        name, other = exam.fresh_name("taken"), exam.fresh_name("free")
        taken = exam.create({"model_name": name, "provider": exam.provider})
        subject = exam.create({"model_name": other, "provider": exam.provider})
        rename = {"model_name": name, "provider": exam.provider, "budgets": [budget(LARGE, "1d")]}
        answer = exam.send(UPDATE, subject["id"], body=rename)
        exam.check_refused("PUT-07", UPDATE, answer, "a rename onto another config", steps=exam.trail)
        for config in (taken, subject) if answer.status >= 400 else (taken,):
            held = exam.read(config["id"])
            check_unchanged(exam, NO_EFFECT, UPDATE, config, held, "a refused rename changed a config")
        elsewhere = exam.create({"model_name": name, "provider": f"{exam.provider}-2"})
        answer = exam.send(UPDATE, elsewhere["id"], body={"model_name": name, "provider": exam.provider})
        exam.check_refused("PUT-07", UPDATE, answer, "a move to the provider of another config")
        own = exam.send(UPDATE, taken["id"], body={"model_name": name, "provider": exam.provider})
        exam.check(
            "IDN-02",
            UPDATE,
            own.status == 200,
            "an update to its own identity",
            expected="status 200",
            received=own.shown(),
        )


@PROBES.probe("IDN-02", "IDN-01", "LIST-03")
def renaming_moves_the_identity(exam: Exam) -> None:
    """After a rename the old identity is free, the new one is taken, and the list is searched by the new name."""
    with exam.story():
        old, new = exam.fresh_name("old"), exam.fresh_name("new")
        config = exam.create({"model_name": old, "provider": exam.provider})
        answer = exam.send(UPDATE, config["id"], body={"model_name": new, "provider": exam.provider})
        if answer.status != 200:
            raise Blocked(f"a rename was answered {answer.shown(200)}")
        for name, wanted in ((new, [config["id"]]), (old, [])):
            found = [each.get("id") for each in exam.page(limit="100", search=name).get("model_configs") or ()]
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
        taken = exam.send(CREATE, body={"model_name": new, "provider": exam.provider})
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

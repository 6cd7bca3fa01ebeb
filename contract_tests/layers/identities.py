"""The identity of a config: scope, target, model and provider together, each of them, and no more."""

from __future__ import annotations

import itertools
from typing import Any

from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, DELETE, UPDATE, Exam
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from contract_tests.residents import Resident, dismiss, list_residents, made_residents, residents, settled, stem_of
from contract_tests.rules import UPDATE_ECHOES


@PROBES.probe(
    "IDN-02", "RESP-02", "RESP-03", "LIFE-01", "REQ-02", "REQ-05", "BUD-02", "BUD-04", "BUD-06", "BUD-07", "BUD-08",
    "RATE-01", "RATE-04", "RATE-05", "RATE-06", "ROB-01", "LIST-01",
)  # fmt: skip
def residents_move_in(exam: Exam) -> None:
    """Configs of many identities, sizes and values live side by side, each as it was sent, in create, get and list."""
    if exam.shared.residents:
        dismiss(exam)
    configs = list(settled(exam).values())
    for config in configs[:1]:
        exam.read(config["id"])  # a first read may still be right where a second is not
    exam.all_configs()
    for number, config in enumerate(configs):
        if number % 3 == exam.seed % 3 or exam.profile == "thorough":
            with exam.story():
                exam.read(config["id"])


@PROBES.probe("IDN-01", "LIFE-02", "LIST-01")
def identities_again(exam: Exam) -> None:
    """A second create of one identity is refused, whatever its other members, and harms nobody."""
    made = [each for each in made_residents(exam) if not each.wanted.may_be_refused]
    again: itertools.cycle[dict[str, Any]] = itertools.cycle(({}, {"budgets": [budget(LARGE * 2, "3w")]}))
    for each in made if exam.profile == "thorough" else _one_of_each_scope(made):
        with exam.story():
            members = next(again) if "provider" in each.wanted.body else _SPELT_OUT
            exam.send(CREATE, body={"scope": "global", **each.wanted.body, **members})
    with exam.story():
        list_residents(exam)


_SPELT_OUT: dict[str, Any] = {
    "provider": None,
    "budgets": [budget(LARGE, "3w")],
    "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "1d"},
}
"""What a second create sends where the first left it out."""


def _one_of_each_scope(made: list[Resident]) -> list[Resident]:
    """Return a resident of each scope, with and without provider."""
    groups = {(each.wanted.body.get("scope"), "provider" in each.wanted.body): each for each in reversed(made)}
    return list(groups.values())


@PROBES.probe("PUT-07", "IDN-02", "REQ-05", "LIFE-02", "LIST-01", *UPDATE_ECHOES)
def rename_onto_another(exam: Exam) -> None:
    """A rename onto the identity of another config is refused and changes neither, whatever makes the two equal."""
    residents(exam)  # the others, onto which configs are renamed
    with exam.story():
        _rename_the_subject(exam)
    others: list[dict[str, Any]] = [{}]
    others += [{"scope": s, "scope_id": key, "provider": exam.provider} for s, key in exam.scopes.by_scope().items()]
    for members in others[: None if exam.profile == "thorough" else 2]:
        with exam.story():
            config = exam.spare(**members) if members else exam.create({"model_name": exam.fresh_name()})
            _rename_with_limits(exam, config["id"], {"model_name": stem_of(exam)})
            if not members:
                exam.send(UPDATE, config["id"], body={"provider": f"{exam.provider}-added"})
            exam.leave(config)
    with exam.story():
        list_residents(exam)


def _rename_the_subject(exam: Exam) -> None:
    """Rename the shared config onto a resident, close to it, to its provider alone, and to its own identity."""
    name = stem_of(exam)
    taken = {"model_name": name, "provider": f"{exam.provider}-2"}
    beside = {"model_name": name, "provider": f"{exam.provider}-aside"}
    config_id = exam.subject()["id"]
    _rename_with_limits(exam, config_id, taken)
    exam.send(UPDATE, config_id, body={**taken, **_LIMITS, "model_name": f"{name} "})
    exam.send(UPDATE, config_id, body=beside)
    config_id = exam.subject()["id"]
    exam.send(UPDATE, config_id, body={"provider": taken["provider"]})
    exam.send(UPDATE, config_id, body=beside)


_LIMITS: dict[str, Any] = {
    "budgets": [budget(LARGE, "1d")],
    "rate_limit": {"token_max_limit": LARGE, "token_reset_duration": "4h"},
}
"""What a refused rename would set beside the name."""


def _rename_with_limits(exam: Exam, config_id: str, identity: dict[str, Any]) -> None:
    """Send a rename that also sets limits, and read the config where it is refused: it must be as it was."""
    if exam.send(UPDATE, config_id, body={**identity, **_LIMITS}).status >= 400:
        exam.read(config_id)


@PROBES.probe("IDN-02", "IDN-01", "LIST-01", "LIST-03", "LIFE-04", "PUT-06", "LIFE-02", *UPDATE_ECHOES)
def renaming_moves_the_identity(exam: Exam) -> None:
    """After a rename the old identity is free, also for a rename back, the new one is taken, and searches know it.

    What is found is the config as it is now, and it was not changed later than what is created afterwards.
    """
    with exam.story():
        old = {"model_name": exam.fresh_name("old"), "provider": exam.provider}
        new = {"model_name": exam.fresh_name("new"), "provider": exam.provider.swapcase()}
        config_id = exam.subject()["id"]
        exam.send(UPDATE, config_id, body=old)
        exam.send(UPDATE, config_id, body={**new, "budgets": [budget(LARGE, "1d")] * 2})  # refused, and takes nothing
        answer = exam.send(UPDATE, config_id, body={**new, "budgets": [budget(LARGE, "6h")]})
        if answer.status != 200:
            raise Blocked(f"a rename was answered {answer.shown(200)}")
        exam.page(limit="100", search=new["model_name"], provider=new["provider"])
        exam.page(limit="100", search=old["model_name"])
        exam.send(CREATE, body=new)
        for created in configs_in(exam.send(CREATE, body=old)):
            if exam.send(DELETE, exam.target.stranger(str(created.get("id")))).status < 300:
                exam.send(UPDATE, config_id, body=old)

"""The life of a config: created, read, listed, deleted, free again; and what happens to its neighbours meanwhile."""

from __future__ import annotations

from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import NotApplicable
from contract_tests.exam import CREATE, DELETE, GET, PAGE, UPDATE, Exam
from contract_tests.layers.acceptance import LARGE, accepted, budget
from contract_tests.layers.registry import PROBES
from contract_tests.residents import Resident, list_residents, made_residents, settled, stem_of
from contract_tests.rules import UPDATE_ECHOES
from contract_tests.samples import WILDCARD
from governance_contract.values import without

MISSING_IDS = ("00000000-0000-4000-8000-000000000000", "ct-no-such-id", "0", "-1", "999999999999")


@PROBES.probe("RESP-03", "LIFE-01", "LIST-01", profile="thorough")
def ids_are_unique_and_stable(exam: Exam) -> None:
    """Ids differ from config to config and stay the same from read to read."""
    with exam.story():
        first, second = (exam.create(exam.filled(samples.smallest())) for _ in range(2))
        for config in (first, first, second):
            exam.read(config["id"])
        exam.all_configs()


@PROBES.probe("LIFE-03")
def unknown_ids(exam: Exam) -> None:
    """Get, update and delete answer 404 to an id that nobody has."""
    for operation_id in (GET, UPDATE, DELETE):
        for missing in MISSING_IDS if exam.profile == "thorough" else MISSING_IDS[:1]:
            with exam.story():
                config_id = exam.unknown_key(missing)
                body = {"body": {"model_name": exam.fresh_name()}} if operation_id == UPDATE else {}
                exam.send(operation_id, config_id, **body)


@PROBES.probe("LIFE-03", "LIFE-01")
def ids_that_are_almost_right(exam: Exam) -> None:
    """An id cut short or with more behind, or that of a budget, is another id: it answers 404 and reaches no config."""
    with exam.story():
        right = exam.subject_id
        exam.target.send(exam.call(GET, f"{right}/0"))  # may be refused as a path, in whatever form
        for config_id in (right[:-1], f"{right} ", *_budget_ids(settled(exam))[:1]):
            if config_id:
                exam.send(GET, exam.target.stranger(config_id))
        exam.read(right)


@PROBES.probe("LIFE-04", "LIFE-02", "LIFE-01", "LIST-01", "RESP-02")
def deleted_is_gone(exam: Exam) -> None:
    """After a delete the config is gone everywhere, a second delete answers 404, and its identity is free again."""
    with exam.story():
        body = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
        exam.send(CREATE, body={**body, "budgets": [budget(LARGE, "1d")] * 2})  # refused, and takes no identity
        config_id = exam.target.stranger(exam.create(body)["id"])
        renamed = {**body, "model_name": exam.fresh_name("Renamed")}
        exam.send(UPDATE, config_id, body={"model_name": renamed["model_name"]})
        if exam.send(DELETE, config_id).status >= 300:
            return
        exam.send(UPDATE, config_id, body={"model_name": exam.fresh_name()})
        exam.send(DELETE, config_id)
        again = exam.send(CREATE, body=without(without(renamed, "budgets"), "rate_limit"))
        exam.all_configs()
        exam.send(GET, config_id)
        for config in configs_in(again):
            exam.send(DELETE, exam.target.stranger(str(config.get("id"))))


@PROBES.probe("LIFE-04", "PUT-01", "AUTH-06", "LIFE-02", "BUD-08", *UPDATE_ECHOES)
def lives_in_every_scope(exam: Exam) -> None:
    """Configs of each scope can be changed, keep their target, can be deleted after that, and leave nothing behind."""
    targets = exam.scopes.by_scope()
    if not targets:
        raise NotApplicable("no virtual key and no user were found on the target; pass --virtual-key-id or --user-id")
    rich = samples.rich(exam.contract, exam.operation(CREATE))
    for number, (scope, key) in enumerate(targets.items()):
        with exam.story():
            body = exam.filled({**(without(rich, "provider") if number else rich), "scope": scope, "scope_id": key})
            sent: dict[str, Any] = {"budgets": [budget(7, "3d")], "rate_limit": {}}
            if number:
                sent["model_name"] = WILDCARD if exam.target.is_loopback else exam.fresh_name("Renamed")
                exam.send(CREATE, body={**body, "rate_limit": {**body["rate_limit"], "token_max_limit": "many"}})
            else:
                exam.send(CREATE, body=body, authorization="Bearer ct-no-such-key")
            config_id = exam.create(body)["id"]
            exam.send(UPDATE, config_id, body=sent)
            exam.read(config_id)
            exam.send(DELETE, exam.target.stranger(config_id))
            exam.send(DELETE if number else GET, config_id)
            exam.send(CREATE, body=without({**body, **sent}, "rate_limit"))


@PROBES.probe("LIFE-05", "LIFE-04", "LIST-01", "IDN-01", "IDN-02", "BUD-08", "REQ-02", "REQ-05", *UPDATE_ECHOES)
def neighbours_are_untouched(exam: Exam) -> None:
    """Create, update and delete change no other config, be it alike in name, provider, scope target, or all but one."""
    with exam.story():
        held = settled(exam)
        exam.subject()  # one more neighbour
        *subjects, newest = [exam.create(body) for body in _like_residents(exam)]
        subjects += _in_scope_of_another(exam)
        list_residents(exam)
        for number, subject in enumerate(subjects[:2]):
            sent: dict[str, Any] = {"budgets": [budget(LARGE * 5, "2d")], "rate_limit": {}}
            sent |= {"provider": f"{exam.provider}-2", "rate_limit": _OTHER_RATE} if number else {}
            answer = exam.send(UPDATE, subject["id"], body={**sent, "budgets": _named(sent["budgets"], held)})
            if answer.status >= 400:
                exam.send(UPDATE, subject["id"], body=sent)
        list_residents(exam)
        exam.send(UPDATE, newest["id"], body={"budgets": [budget(LARGE, "3d")]})
        for subject in (*subjects, subjects[0], newest):
            exam.send(DELETE, exam.target.stranger(subject["id"]))
        list_residents(exam)
        if twin := _of_a_virtual_key(exam):
            exam.send(CREATE, body=twin.wanted.body)


def _like_residents(exam: Exam) -> list[dict[str, Any]]:
    """Return bodies of configs that are like residents, or like each other, in all but one member of the identity."""
    rich = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
    scopes = [{"scope": scope, "scope_id": key} for scope, key in exam.scopes.by_scope().items()]
    alike = {"model_name": stem_of(exam), "provider": f"{exam.provider}-among"}
    bodies = [{**rich, "model_name": stem_of(exam)[:-3], "provider": exam.provider}]
    bodies += [{**rich, **alike, **scope} for scope in scopes or [{}]]
    if scopes and exam.allow_wildcard:
        bodies[-1] |= {"model_name": WILDCARD, "provider": exam.provider}
    return bodies


def _in_scope_of_another(exam: Exam) -> list[dict[str, Any]]:
    """Return a config of a user who has the id of a virtual key, unless that is refused, which is no conflict (IDN-02).

    All else in its identity is that of a resident.
    """
    twin = _of_a_virtual_key(exam)
    config = accepted(exam, {**twin.wanted.body, "scope": "user"}) if twin else None
    return [config] if config else []


def _of_a_virtual_key(exam: Exam) -> Resident | None:
    return next((each for each in made_residents(exam) if each.wanted.label == "scope virtual_key"), None)


_OTHER_RATE = {"token_max_limit": 5, "token_reset_duration": "3h"}


def _named(budgets: list[dict[str, Any]], others: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return budgets that name one of another config: whether that is refused or not, the other keeps it."""
    ids = _budget_ids(others)
    return [{"id": ids[0], **entry} for entry in budgets] if ids else budgets


def _budget_ids(configs: dict[str, dict[str, Any]]) -> list[str]:
    ids = (entry.get("id") for config in configs.values() for entry in config.get("budgets") or ())
    return [each for each in ids if isinstance(each, str)]


@PROBES.probe("LIFE-01", "LIST-01", profile="thorough")
def many_configs(exam: Exam) -> None:
    """More configs than a page holds live at once and are counted; the oldest is still there."""
    with exam.story():
        for _ in range(PAGE + 10):
            exam.create(exam.filled(samples.smallest()))
        exam.all_configs()

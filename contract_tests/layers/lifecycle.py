"""The life of a config: created, read, listed, deleted, free again; and what happens to its neighbours meanwhile."""

from __future__ import annotations

from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked, NotApplicable
from contract_tests.exam import CREATE, DELETE, GET, LIST, PAGE, UPDATE, Exam
from contract_tests.exchange import Response
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_echo, check_unsent
from contract_tests.residents import Resident, check_residents, made_residents, settled, stem_of
from contract_tests.rules import UPDATE_ECHOES
from contract_tests.samples import WILDCARD
from contract_tests.updating import check_stayed, updated
from governance_contract.kinds.kind import without

MISSING_IDS = ("00000000-0000-4000-8000-000000000000", "ct-no-such-id", "0", "-1", "999999999999")


@PROBES.probe("RESP-03", "LIFE-01", "LIST-01", profile="thorough")
def ids_are_unique_and_stable(exam: Exam) -> None:
    """Ids differ from config to config and stay the same from read to read."""
    with exam.story():
        configs = [exam.create(exam.filled(samples.smallest())) for _ in range(2)]
        ids = [config["id"] for config in configs]
        exam.check(
            "RESP-03",
            CREATE,
            len(set(ids)) == len(ids),
            "two configs have one id",
            expected="distinct ids",
            received=repr(ids),
        )
        for config in configs:
            for _ in range(2 if config is configs[0] else 1):
                held = exam.read(config["id"]) or {}
                exam.check(
                    "RESP-03",
                    GET,
                    held.get("id") == config["id"] or not held,
                    "the id changes from read to read",
                    expected=config["id"],
                    received=repr(held.get("id")),
                )
            exam.check(
                "LIFE-01", GET, bool(held), "a config cannot be read at once", expected="status 200", received="404"
            )
        listed = [config.get("id") for config in exam.all_configs() if config.get("model_name") in _names(configs)]
        exam.check(
            "RESP-03",
            LIST,
            set(listed) == set(ids),
            "the list gives other ids than create",
            expected=repr(sorted(ids)),
            received=repr(listed),
        )


def _names(configs: list[dict[str, Any]]) -> set[str]:
    return {str(config.get("model_name")) for config in configs}


@PROBES.probe("LIFE-03")
def unknown_ids(exam: Exam) -> None:
    """Get, update and delete answer 404 to an id that nobody has."""
    for operation_id in (GET, UPDATE, DELETE):
        for missing in MISSING_IDS if exam.profile == "thorough" else MISSING_IDS[:1]:
            with exam.story():
                config_id = exam.unknown_key(missing)
                body = {"body": {"model_name": exam.fresh_name()}} if operation_id == UPDATE else {}
                answer = exam.send(operation_id, config_id, **body)
                exam.check_refused("LIFE-03", operation_id, answer, "an id that nobody has")


@PROBES.probe("LIFE-03", "LIFE-01")
def ids_that_are_almost_right(exam: Exam) -> None:
    """An id cut short or with more behind, or that of a budget, is another id: it answers 404 and reaches no config."""
    with exam.story():
        right = exam.subject_id
        beyond = exam.target.send(exam.call(GET, f"{right}/0"))  # may be refused as a path, in whatever form
        label, received, steps = (
            "an id with a slash and more behind",
            beyond.response.shown(),
            (*exam.trail[:1], beyond),
        )
        holds = 400 <= beyond.response.status < 500
        exam.check("LIFE-03", GET, holds, label, expected="status 404", received=received, steps=steps)
        of_budgets = [("of a budget", config_id) for config_id in _budget_ids(settled(exam))[:1]]
        for label, config_id in (("cut short", right[:-1]), ("with a blank behind", f"{right} "), *of_budgets):
            if config_id:
                answer = exam.send(GET, exam.target.stranger(config_id))
                if [each.get("id") for each in configs_in(answer)] != [config_id]:  # else another config has it
                    exam.check_refused("LIFE-03", GET, answer, f"an id {label}", steps=exam.trail)
        label = "a config cannot be read after an id that nobody has"
        is_there = exam.read(right) is not None
        exam.check("LIFE-01", GET, is_there, label, expected="status 200", received="404", steps=exam.trail)


@PROBES.probe("LIFE-04", "LIFE-02", "LIFE-01", "LIST-01", "RESP-02")
def deleted_is_gone(exam: Exam) -> None:
    """After a delete the config is gone everywhere, a second delete answers 404, and its identity is free again."""
    with exam.story():
        body = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
        refused = exam.send(CREATE, body={**body, "budgets": [budget(LARGE, "1d")] * 2})
        config = _created_after(exam, "LIFE-02", body, refused)
        config_id = exam.target.stranger(config["id"])
        renamed = {**body, "model_name": exam.fresh_name("Renamed")}
        exam.send(UPDATE, config_id, body={"model_name": renamed["model_name"]})
        answer = exam.send(DELETE, config_id)
        if not exam.check(
            "LIFE-04", DELETE, 200 <= answer.status < 300, "delete", expected="status 200", received=answer.shown()
        ):
            return
        for operation_id, sent in ((UPDATE, {"body": {"model_name": exam.fresh_name()}}), (DELETE, {})):
            later = exam.send(operation_id, config_id, **sent)
            exam.check(
                "LIFE-04",
                operation_id,
                later.status == 404,
                f"{operation_id} after the delete",
                expected="status 404",
                received=later.shown(),
            )
        bare = without(without(renamed, "budgets"), "rate_limit")
        again = exam.send(CREATE, body=bare)
        listed = [config.get("id") for config in exam.all_configs()]
        is_there = config_id in listed and config_id not in [config.get("id") for config in configs_in(again)]
        label = "still in the list after the delete"
        exam.check("LIFE-04", LIST, not is_there, label, expected="no entry", received="an entry")
        exam.check(
            "LIFE-04",
            CREATE,
            200 <= again.status < 300,
            "the identity is not free after the delete",
            expected="status 200",
            received=again.shown(),
        )
        for config in configs_in(again):
            exam.check(
                "LIFE-04",
                CREATE,
                config.get("id") != config_id,
                "an id is used again",
                expected="a new id",
                received=config_id,
            )
            check_unsent(exam, bare, config, "an identity that was deleted")
            count = listed.count(config.get("id"))
            label, received = "an identity that was deleted and created again is not in the list", f"{count} entries"
            exam.check("LIFE-01", LIST, count == 1, label, expected="one entry", received=received)
        later = exam.send(GET, config_id)
        label = "getModelConfig after the delete"
        exam.check("LIFE-04", GET, later.status == 404, label, expected="status 404", received=later.shown())
        for config in configs_in(again):
            second = exam.send(DELETE, exam.target.stranger(str(config.get("id"))))
            label, received = "delete of a config whose identity was deleted before", second.shown()
            exam.check("LIFE-04", DELETE, second.status == 200, label, expected="status 200", received=received)


def _created_after(exam: Exam, rule: str, body: dict[str, Any], refused: Response) -> dict[str, Any]:
    """Return the config that a body creates, whose identity a create that was `refused` must not have taken."""
    answer = exam.send(CREATE, body=body)
    if 400 <= refused.status < 500 and answer.status == 409:
        label = "the identity of a refused create is taken"
        exam.fault(rule, CREATE, label, "status 200", answer.shown())
    found = configs_in(answer)
    if answer.status >= 300 or not found or not isinstance(found[0].get("id"), str):
        raise Blocked(f"a valid create was answered {answer.shown(200)}")
    return found[0]


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
            if number:
                wrong = {**body, "rate_limit": {**body["rate_limit"], "token_max_limit": "many"}}
                before = _created_after(exam, "LIFE-02", body, exam.send(CREATE, body=wrong))
            else:
                refused = exam.send(CREATE, body=body, authorization="Bearer ct-no-such-key")
                before = _created_after(exam, "AUTH-06", body, refused)
            sent: dict[str, Any] = {"budgets": [budget(7, "3d")], "rate_limit": {}}
            if number:
                sent["model_name"] = WILDCARD if exam.target.is_loopback else exam.fresh_name("Renamed")
            after = updated(exam, before["id"], sent)
            check_echo(exam, UPDATE, sent, after, f"an update of a config of a {scope}")
            check_stayed(exam, "PUT-01", before, after, sent, f"an update of a {scope}")
            answer = exam.send(DELETE, exam.target.stranger(before["id"]))
            label = f"delete of a config of a {scope} that was updated"
            later = exam.send(DELETE if number else GET, before["id"])
            is_gone = answer.status < 300 and later.status == 404
            received = f"{answer.status}, then {later.shown()}"
            exam.check("LIFE-04", DELETE, is_gone, label, expected="200, then 404", received=received)
            again = exam.send(CREATE, body={**body, **sent})
            label = f"the identity of a deleted config of a {scope} is not free"
            is_free = 200 <= again.status < 300
            exam.check("LIFE-04", CREATE, is_free, label, expected="status 200", received=again.shown())
            label, received = "an id is used again", repr(_config_in(again).get("id"))
            is_new = _config_in(again).get("id") != before["id"]
            exam.check("LIFE-04", CREATE, is_new, label, expected="a new id", received=received)
            old, new = ([entry.get("id") for entry in each.get("budgets") or ()] for each in (after, _config_in(again)))
            label, received = "a new budget has the id of a deleted one", repr(new)
            exam.check("BUD-08", CREATE, not {*old} & {*new}, label, expected="an id of its own", received=received)


def _config_in(answer: Response) -> dict[str, Any]:
    return next(iter(configs_in(answer)), {})


@PROBES.probe("LIFE-05", "LIFE-04", "LIST-01", "IDN-01", "IDN-02", "BUD-08", "REQ-02", "REQ-05", *UPDATE_ECHOES)
def neighbours_are_untouched(exam: Exam) -> None:
    """Create, update and delete change no other config, be it alike in name, provider, scope target, or all but one."""
    with exam.story():
        rich = exam.filled(samples.rich(exam.contract, exam.operation(CREATE)))
        scopes = [{"scope": scope, "scope_id": key} for scope, key in exam.scopes.by_scope().items()]
        alike = {"model_name": stem_of(exam), "provider": f"{exam.provider}-among"}
        several = [{**rich, "model_name": stem_of(exam)[:-3], "provider": exam.provider}]
        several += [{**rich, **alike, **scope} for scope in scopes or [{}]]
        if scopes and exam.allow_wildcard:
            several[-1] |= {"model_name": WILDCARD, "provider": exam.provider}
        held = settled(exam)
        shared = exam.subject()
        *subjects, newest = [exam.create(body) for body in several]
        subjects += _in_scope_of_another(exam)
        _check_untouched(exam, CREATE, shared)
        for number, subject in enumerate(subjects[:2]):
            sent: dict[str, Any] = {"budgets": [budget(LARGE * 5, "2d")], "rate_limit": {}}
            sent |= {"provider": f"{exam.provider}-2", "rate_limit": _OTHER_RATE} if number else {}
            answer = exam.send(UPDATE, subject["id"], body={**sent, "budgets": _named(sent["budgets"], held)})
            if answer.status >= 400:
                answer = exam.send(UPDATE, subject["id"], body=sent)
            ids = [entry.get("id") for entry in _config_in(answer).get("budgets") or ()]
            label, foreign = "a budget has the id of another config's", {*ids} & {*_budget_ids(held)}
            exam.check("BUD-08", UPDATE, not foreign, label, expected="ids of their own", received=repr(ids))
        _check_untouched(exam, UPDATE, shared, newest)
        sent = {"budgets": [budget(LARGE, "3d")]}
        for after in configs_in(exam.send(UPDATE, newest["id"], body=sent)):
            check_echo(exam, UPDATE, sent, after, "an update of a config of a user for all models")
        for subject in (*subjects, subjects[0]):
            exam.send(DELETE, exam.target.stranger(subject["id"]))
        is_there = exam.send(DELETE, exam.target.stranger(newest["id"])).status < 400
        label, wanted = "a config is gone with those before it", "status 200 to its own delete"
        exam.check("LIFE-05", DELETE, is_there, label, expected=wanted, received="a refusal")
        listed = {config.get("id") for config in _check_untouched(exam, DELETE, shared)}
        left = [config["id"] for config in (*subjects, newest) if config["id"] in listed]
        label, received = "still in the list right after the delete", repr(left)
        exam.check("LIFE-04", LIST, not left, label, expected="no entry", received=received)
        if twin := _of_a_virtual_key(exam):
            answer = exam.send(CREATE, body=twin.wanted.body)
            label = "an identity after the deletes of others of its name"
            exam.check_refused("IDN-01", CREATE, answer, label, steps=(twin.exchange, *exam.trail))


def _in_scope_of_another(exam: Exam) -> list[dict[str, Any]]:
    """Return a config of a user who has the id of a virtual key, unless that is refused, which is no conflict (IDN-02).

    All else in its identity is that of a resident.
    """
    twin = _of_a_virtual_key(exam)
    if twin is None:
        return []
    answer = exam.send(CREATE, body={**twin.wanted.body, "scope": "user"})
    label, steps = "an identity that differs in scope alone", (twin.exchange, exam.trail[-1])
    holds, received = answer.status != 409, answer.shown()
    exam.check("IDN-02", CREATE, holds, label, expected="no conflict", received=received, steps=steps)
    return configs_in(answer) if answer.status < 300 else []


def _of_a_virtual_key(exam: Exam) -> Resident | None:
    return next((each for each in made_residents(exam) if each.wanted.label == "scope virtual_key"), None)


_OTHER_RATE = {"token_max_limit": 5, "token_reset_duration": "3h"}


def _named(budgets: list[dict[str, Any]], others: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return budgets that name one of another config: whether that is refused or not, the other keeps it."""
    ids = _budget_ids(others)
    return [{"id": ids[0], **entry} for entry in budgets] if ids else budgets


def _budget_ids(configs: dict[str, dict[str, Any]]) -> list[str]:
    return [entry.get("id") for config in configs.values() for entry in config.get("budgets") or ()]


def _check_untouched(exam: Exam, operation_id: str, *others: dict[str, Any]) -> list[dict[str, Any]]:
    return check_residents(exam, "LIFE-05", operation_id, "another config changed", others)


@PROBES.probe("LIFE-01", "LIST-01", profile="thorough")
def many_configs(exam: Exam) -> None:
    """More configs than a page holds live at once and are counted; the oldest is still there."""
    with exam.story():
        made = [exam.create(exam.filled(samples.smallest())) for _ in range(PAGE + 10)]
        listed = {config.get("id") for config in exam.all_configs()}
        missing = [config["id"] for config in made if config["id"] not in listed]
        exam.check(
            "LIFE-01", LIST, not missing, "a config is forgotten", expected="all in the list", received=repr(missing)
        )

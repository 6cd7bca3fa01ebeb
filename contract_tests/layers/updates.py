"""What an update changes and what it leaves alone."""

from __future__ import annotations

import time
from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.layers.acceptance import LARGE, budget
from contract_tests.layers.registry import PROBES
from contract_tests.rules import ECHO, UPDATE_ECHOES

TOKENS = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
REQUESTS = {"request_max_limit": LARGE, "request_reset_duration": "1m"}
OTHERS = ("30s", "5m", "2h", "3d", "2w", "2M", "1Y", "9h", "11h", "13h", "15h", "17h", "19h")
"""Durations of every unit, none of which is a day, a week or a month."""


def _updated(exam: Exam, config_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the config as get answers it after a valid update.

    Raises:
        Blocked: the update was refused, or the config is gone.
    """
    answer = exam.send(UPDATE, config_id, body=body)
    if answer.status != 200:
        raise Blocked(f"a valid update was answered {answer.shown(200)}")
    held = exam.read(config_id)
    if held is None:
        raise Blocked("the config is gone after an update")
    return held


@PROBES.probe("PUT-01", "PUT-06", "RESP-01", "LIFE-01", "LIST-01", *UPDATE_ECHOES)
def updates_of_one_member(exam: Exam) -> None:
    """An update of one member changes it alone, moves `updated_at` forward, and is seen at once by get and list.

    One of all members comes first.
    """
    with exam.story():
        rich = samples.rich(exam.contract, exam.operation(UPDATE))
        whole = exam.filled({**rich, "rate_limit": {**rich["rate_limit"], **_EXACT}})
        config = _updated(exam, exam.subject()["id"], whole)
        exam.all_configs()
        bodies: list[dict[str, Any]] = [
            {"provider": "007"},
            {"model_name": _in_other_case(exam, config)},
            {"rate_limit": TOKENS},
            {"budgets": [budget(LARGE * 7, "1d"), budget(LARGE, "1h")]},
            {"budgets": []},
            {"rate_limit": {}},
        ]
        is_brisk = _moment(config) < 1
        for number, sent in enumerate(bodies):
            time.sleep(_moment(config) if is_brisk or number in _TIMED else 0)
            config = _updated(exam, config["id"], sent)
            if any(sent.values()):
                exam.all_configs()


_EXACT = {
    "token_max_limit": 2**63 - 1,
    "token_reset_duration": "1Y",
    "request_max_limit": 2**53 + 1,
    "request_reset_duration": "1d",
}

_TIMED = (0, 2)
"""The updates before which a run waits for a clock of whole seconds: waiting for it before each would take long."""


@PROBES.probe("PUT-01")
def null_is_absent(exam: Exam) -> None:
    """An update with nulls, or with nothing, is refused or changes nothing that it does not name."""
    nulls = dict.fromkeys(("model_name", "provider", "budgets", "rate_limit"))
    with exam.story():
        config_id = exam.subject_id
        for body in (
            exam.filled(samples.rich(exam.contract, exam.operation(UPDATE))),
            nulls,
            {**nulls, "model_name": exam.fresh_name()},
            {"budgets": None, "provider": exam.provider, "rate_limit": TOKENS},
        ):
            exam.send(UPDATE, config_id, body=body)
        if exam.send(UPDATE, config_id, body={}).status < 300:
            exam.read(config_id)


@PROBES.probe("PUT-02", ECHO)
def budgets_are_the_full_set(exam: Exam) -> None:
    """The budgets of an update are the full desired set: more, fewer, others, none."""
    day, week, month = budget(LARGE, "1d"), budget(LARGE * 2, "1w"), budget(LARGE * 3, "1M")
    less = [month, {**day, "max_limit": LARGE * 9 + 1 / 3}]
    others = [budget(LARGE + number / 7, each) for number, each in enumerate(OTHERS)]
    more = [week, day, month, budget(1, "9d")]
    with exam.story():
        config_id = exam.subject_id
        whole = {"budgets": [day, week, month], "provider": exam.provider, "rate_limit": TOKENS}
        exam.send(UPDATE, config_id, body=whole)
        exam.send(UPDATE, config_id, body={"budgets": whole["budgets"]})
        for budgets in (less, others):
            exam.send(UPDATE, config_id, body={"budgets": budgets})
            exam.read(config_id)
        exam.send(UPDATE, config_id, body={"budgets": [], "rate_limit": TOKENS})
        exam.send(UPDATE, config_id, body={"budgets": more})


@PROBES.probe("PUT-03", ECHO)
def budgets_that_stay_keep_themselves(exam: Exam) -> None:
    """A budget that stays keeps id, usage, last reset and creation, found by its id, else by its duration."""
    day, week = budget(LARGE, "1d"), budget(LARGE * 2, "1w")
    dearer = {**week, "max_limit": LARGE * 5}
    with exam.story():
        config_id = exam.subject_id
        answer = exam.send(UPDATE, config_id, body={"budgets": [day, week, budget(LARGE * 3, "1M")]})
        ids = _budget_ids(configs_in(answer))
        exam.send(UPDATE, config_id, body={"budgets": [dearer, budget(LARGE, "1h"), day]})
        exam.read(config_id)
        if {"1d", "1w"} <= ids.keys():
            moved = [
                {**dearer, "id": ids["1w"], "reset_duration": "1d"},
                budget(LARGE, "3h"),
                {**day, "id": ids["1d"], "reset_duration": "2w"},
            ]
            exam.send(UPDATE, config_id, body={"budgets": moved})
            exam.read(config_id)


def _budget_ids(configs: list[dict[str, Any]]) -> dict[str, str]:
    """Return the ids of the budgets of configs by their durations."""
    entries = [entry for config in configs for entry in config.get("budgets") or ()]
    return {str(each.get("reset_duration")): each["id"] for each in entries if isinstance(each.get("id"), str)}


@PROBES.probe("PUT-04", "RATE-05", ECHO)
def rate_limit_is_replaced_whole(exam: Exam) -> None:
    """A rate limit is replaced whole, added where there was none, and removed by an empty object."""
    tokens = {**TOKENS, "token_reset_duration": "1M"}
    requests = {**REQUESTS, "request_reset_duration": "30s"}
    added = {"token_max_limit": LARGE * 3, "token_reset_duration": "1w"}
    with exam.story():
        config_id = exam.subject()["id"]
        exam.send(UPDATE, config_id, body={"rate_limit": {**tokens, **REQUESTS}})
        exam.send(UPDATE, config_id, body={"rate_limit": tokens})
        exam.read(config_id)
        exam.send(UPDATE, config_id, body={"rate_limit": requests})
        exam.send(UPDATE, config_id, body={"rate_limit": {}})
        exam.send(UPDATE, config_id, body={"rate_limit": added})
        exam.read(config_id)


@PROBES.probe("PUT-05", "REQ-05", ECHO)
def scope_does_not_change(exam: Exam) -> None:
    """An update that sends another scope or target is refused or leaves both as they were."""
    with exam.story():
        targets = exam.scopes.by_scope()
        tries = [(exam.subject()["id"], {"scope": "user", "scope_id": targets.get("user", "u-1")})]
        if "virtual_key" in targets:
            scoped = {"scope": "virtual_key", "scope_id": targets["virtual_key"], "provider": samples.PROVIDER}
            config = exam.create(exam.filled({**samples.smallest(), **scoped}))
            exam.leave(config)
            another = (*exam.scopes.virtual_keys, "ct-other")[1]
            tries += [(config["id"], {"scope": "global"}), (config["id"], {"scope_id": another})]
        for config_id, change in tries:
            exam.send(UPDATE, config_id, body=change)
            exam.read(config_id)


def _in_other_case(exam: Exam, config: dict[str, Any]) -> str:
    """Return the name of a config with the case of all letters behind the prefix changed, or a new one."""
    name = str(config.get("model_name"))
    is_plain = name.isascii() and name.startswith(exam.prefix)
    return exam.prefix + name.removeprefix(exam.prefix).swapcase() if is_plain else exam.fresh_name()


def _moment(config: dict[str, Any]) -> float:
    """Return how many seconds must go by until the clock of the target shows it: one more where it counts seconds."""
    return 0.01 if "." in str(config.get("updated_at")) else 1.05


_GIVEN = {"last_reset": "2001-01-01T00:00:00Z", "current_usage": 77}
_GIVEN_OF_METRICS = {f"{metric}_current_usage": 77 for metric in ("token", "request")}
"""Members that a server gives, whatever a request says: a body with them is refused or loses them."""


@PROBES.probe("PUT-06", "BUD-08", "RATE-05", "RESP-03", "REQ-04")
def what_the_server_gives_cannot_be_sent(exam: Exam) -> None:
    """Ids, times and usage that a body brings along, which is grey, are refused or ignored, and never taken over.

    Neither is a target without a scope.
    """
    with exam.story():
        before = exam.subject()
        is_taken = str(before.get("created_at")).startswith("2001")  # in a try before this one
        instant = f"{2002 if is_taken else 2001}-01-01T00:00:00Z"
        given = {"id": before["id"], "created_at": instant, **_GIVEN}
        limits = {
            "budgets": [{**budget(LARGE, "5d"), **_GIVEN}],
            "rate_limit": {**TOKENS, **REQUESTS, **_GIVEN_OF_METRICS},
        }
        body = exam.filled({**samples.smallest(), **given, **limits})
        targets = exam.scopes.by_scope()
        created = exam.send(CREATE, body={**body, **({"scope_id": next(iter(targets.values()))} if targets else {})})
        if created.status >= 400 and targets:
            exam.send(CREATE, body=body)
        exam.send(UPDATE, before["id"], body={"created_at": instant, **_GIVEN, **limits})

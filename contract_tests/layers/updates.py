"""What an update changes and what it leaves alone."""

from __future__ import annotations

import time
from typing import Any

from contract_tests import samples
from contract_tests.configs import configs_in
from contract_tests.errors import Blocked
from contract_tests.exam import CREATE, UPDATE, Exam
from contract_tests.layers.acceptance import LARGE, budget, check_idle, check_scope
from contract_tests.layers.registry import PROBES
from contract_tests.readback import check_echo, check_equal, listed_once
from contract_tests.rules import ECHO, UPDATE_ECHOES
from contract_tests.updating import changed, check_stayed, updated
from governance_contract.kinds import generated, update
from governance_contract.kinds.kind import same

TOKENS = {"token_max_limit": LARGE, "token_reset_duration": "1h"}
REQUESTS = {"request_max_limit": LARGE, "request_reset_duration": "1m"}
OTHERS = ("30s", "5m", "2h", "3d", "2w", "2M", "1Y", "9h", "11h", "13h", "15h", "17h", "19h")
"""Durations of every unit, none of which is a day, a week or a month."""

KEPT = ("id", "current_usage", "last_reset", "created_at")


@PROBES.probe("PUT-01", "PUT-06", "RESP-01", "LIFE-01", "LIST-01", *UPDATE_ECHOES)
def updates_of_one_member(exam: Exam) -> None:
    """An update of one member changes it alone, moves `updated_at` forward, and is seen at once by get and list.

    One of all members comes first.
    """
    with exam.story():
        rich = samples.rich(exam.contract, exam.operation(UPDATE))
        whole = exam.filled({**rich, "rate_limit": {**rich["rate_limit"], **_EXACT}})
        before = updated(exam, exam.subject()["id"], whole)
        check_echo(exam, UPDATE, whole, before, "a full update")
        _check_listed(exam, before)
        created = next(
            (each.get("created_at") for each in configs_in(exam.trail[0].response)), before.get("created_at")
        )
        bodies: list[dict[str, Any]] = [
            {"provider": "007"},
            {"model_name": _in_other_case(exam, before)},
            {"rate_limit": TOKENS},
            {"budgets": [budget(LARGE * 7, "1d"), budget(LARGE, "1h")]},
            {"budgets": []},
            {"rate_limit": {}},
        ]
        is_brisk = _moment(before) < 1
        for number, sent in enumerate(bodies):
            is_timed = is_brisk or number in _TIMED
            time.sleep(_moment(before) if is_timed else 0)
            after = updated(exam, before["id"], sent)
            label = f"an update of {_named(sent)}"
            check_stayed(exam, "PUT-01", before, after, sent, label)
            check_echo(exam, UPDATE, sent, after, label)
            if any(sent.values()):
                _check_listed(exam, after)
            if is_timed:
                _check_moved(exam, before, after, _named(sent))
            before = after
        stays, received = after.get("created_at") == created, repr(after.get("created_at"))
        exam.check("PUT-06", UPDATE, stays, "created_at changes", expected=repr(created), received=received)


_EXACT = {
    "token_max_limit": 2**63 - 1,
    "token_reset_duration": "1Y",
    "request_max_limit": 2**53 + 1,
    "request_reset_duration": "1d",
}

_TIMED = (0, 2)
"""The updates before which a run waits for a clock of whole seconds: waiting for it before each would take long."""


def _named(sent: dict[str, Any]) -> str:
    return " and ".join(name if item else f"no {name}" for name, item in sent.items())


def _check_listed(exam: Exam, config: dict[str, Any]) -> None:
    """Check that the list has a config that was updated once, and as get answers it."""
    for each in listed_once(exam, config["id"], "an updated config"):
        check_equal(exam, UPDATE, config, each, "list")


def _check_moved(exam: Exam, before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    old, new = (generated.instant_of(config.get("updated_at")) for config in (before, after))
    exam.check(
        "PUT-06",
        UPDATE,
        old is None or new is None or new > old,
        f"updated_at does not move forward with {what}",
        expected=f"later than {before.get('updated_at')}",
        received=repr(after.get("updated_at")),
    )


@PROBES.probe("PUT-01")
def null_is_absent(exam: Exam) -> None:
    """An update with nulls, or with nothing, is refused or changes nothing that it does not name."""
    nulls = dict.fromkeys(("model_name", "provider", "budgets", "rate_limit"))
    with exam.story():
        config_id = exam.subject_id
        before = changed(exam, config_id, exam.filled(samples.rich(exam.contract, exam.operation(UPDATE))))
        for label, body in (
            ("nulls", nulls),
            ("nulls beside a name", {**nulls, "model_name": exam.fresh_name()}),
            ("null budgets beside a rate limit", {"budgets": None, "provider": exam.provider, "rate_limit": TOKENS}),
            ("nothing", {}),
        ):
            answer = exam.send(UPDATE, config_id, body=body)
            if answer.status >= 300:
                continue
            after = (exam.read(config_id) if not body else next(iter(configs_in(answer)), None)) or {}
            sent = {name for name, item in body.items() if item is not None}
            check_stayed(exam, "PUT-01", before, after, sent, f"an update with {label}")
            before = after


@PROBES.probe("PUT-02", ECHO)
def budgets_are_the_full_set(exam: Exam) -> None:
    """The budgets of an update are the full desired set: more, fewer, others, none."""
    day, week, month = budget(LARGE, "1d"), budget(LARGE * 2, "1w"), budget(LARGE * 3, "1M")
    steps: dict[str, list[dict[str, Any]]] = {
        "the same again": [day, week, month],
        "one less, another limit": [month, {**day, "max_limit": LARGE * 9 + 1 / 3}],
        "all others": [budget(LARGE + number / 7, each) for number, each in enumerate(OTHERS)],
        "none": [],
        "some again": [week, day, month, budget(1, "9d")],
    }
    with exam.story():
        before = changed(exam, exam.subject_id, _whole(exam, [day, week, month]))
        for label, budgets in steps.items():
            sent = {"budgets": budgets} if budgets else {"budgets": budgets, "rate_limit": TOKENS}
            send = changed if label in ("the same again", "none", "some again") else updated
            after = send(exam, before["id"], sent)
            exchange = {"before": before, "sent": {"budgets": budgets}, "after": after}
            explained = update.explain(exchange, update.Update("budgets", ("id", "reset_duration")))
            faults = [] if "budgets" in exam.mangled else [fault.message for fault in explained]
            exam.check(
                "PUT-02",
                UPDATE,
                not faults,
                f"budgets, {label}",
                expected=repr(budgets),
                received="; ".join(faults)[:400],
            )
            if not faults:
                _check_limits(exam, budgets, after, label)
            before = after


def _whole(exam: Exam, budgets: list[dict[str, Any]]) -> dict[str, Any]:
    """Return an update with budgets, and with all that updates of budgets alone must leave as it is."""
    return {"budgets": budgets, "provider": exam.provider, "rate_limit": TOKENS}


def _check_limits(exam: Exam, sent: list[dict[str, Any]], after: dict[str, Any], label: str) -> None:
    held = {entry.get("reset_duration"): entry.get("max_limit") for entry in after.get("budgets") or ()}
    wanted = {entry["reset_duration"]: entry["max_limit"] for entry in sent}
    exam.check(
        "PUT-02",
        UPDATE,
        "budgets" in exam.mangled
        or (held.keys() == wanted.keys() and all(same(held[key], wanted[key]) for key in wanted)),
        f"budgets, {label}",
        expected=repr(wanted),
        received=repr(held),
    )


@PROBES.probe("PUT-03", ECHO)
def budgets_that_stay_keep_themselves(exam: Exam) -> None:
    """A budget that stays keeps id, usage, last reset and creation, found by its id, else by its duration."""
    day, week = budget(LARGE, "1d"), budget(LARGE * 2, "1w")
    with exam.story():
        before = changed(exam, exam.subject_id, {"budgets": [day, week, budget(LARGE * 3, "1M")]})
        for label, with_ids in (("found by duration", False), ("found by id", True)):
            held = {
                entry["reset_duration"]: entry for entry in before.get("budgets") or () if "reset_duration" in entry
            }
            if not {"1d", "1w"} <= held.keys():
                raise Blocked("the budgets of an update are not all there")
            new = "3h" if with_ids else "1h"
            sent = [{**week, "max_limit": LARGE * 5}, budget(LARGE, new), day]
            if with_ids:
                sent = [{**entry, **_id_of(held, entry)} for entry in sent]
                sent[0]["reset_duration"], sent[2]["reset_duration"] = "1d", "2w"
            after = updated(exam, before["id"], {"budgets": sent})
            now = {entry.get("reset_duration"): entry for entry in after.get("budgets") or ()}
            for old, kept in (("1d", sent[2]["reset_duration"]), ("1w", sent[0]["reset_duration"])):
                _check_kept(exam, held[old], now.get(kept, {}), label)
            fresh = now.get(new, {})
            exam.check(
                "PUT-03",
                UPDATE,
                fresh.get("id") not in {entry.get("id") for entry in held.values()}
                and same(fresh.get("current_usage"), 0),
                f"{label}: a new budget is not new",
                expected="an id of its own and usage 0",
                received=repr(fresh),
            )


def _id_of(held: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    old = held.get(entry["reset_duration"])
    return {"id": old["id"]} if old else {}


def _check_kept(exam: Exam, old: dict[str, Any], now: dict[str, Any], label: str) -> None:
    kept = () if "budgets" in exam.mangled else KEPT
    changed = [member for member in kept if not same(old.get(member), now.get(member))]
    exam.check(
        "PUT-03",
        UPDATE,
        not changed,
        f"{label}: a budget that stays changes {', '.join(changed)}",
        expected=repr({member: old.get(member) for member in KEPT}),
        received=repr({member: now.get(member) for member in KEPT}),
    )


@PROBES.probe("PUT-04", "RATE-05", ECHO)
def rate_limit_is_replaced_whole(exam: Exam) -> None:
    """A rate limit is replaced whole, added where there was none, and removed by an empty object."""
    steps: dict[str, dict[str, Any]] = {
        "both": {**TOKENS, **REQUESTS, "token_reset_duration": "1M"},
        "only tokens, as they were": {**TOKENS, "token_reset_duration": "1M"},
        "only requests": {**REQUESTS, "request_reset_duration": "30s"},
        "removed": {},
        "added again": {**TOKENS, "token_max_limit": LARGE * 3, "token_reset_duration": "1w"},
    }
    limits = ("token_max_limit", "token_reset_duration", "request_max_limit", "request_reset_duration")
    with exam.story():
        before = exam.subject()
        for label, sent in steps.items():
            send = changed if label in ("both", "only requests", "removed") else updated
            after = send(exam, before["id"], {"rate_limit": sent})
            now = after.get("rate_limit") or {}
            held = {name: now[name] for name in limits if now.get(name) is not None}
            holds = same(held, sent) or "rate_limit" in exam.mangled
            exam.check("PUT-04", UPDATE, holds, f"rate_limit, {label}", expected=repr(sent), received=repr(held))
            if label == "added again":
                check_idle(exam, after, UPDATE)


@PROBES.probe("PUT-05", "REQ-05", ECHO)
def scope_does_not_change(exam: Exam) -> None:
    """An update that sends another scope or target is refused or leaves both as they were."""
    with exam.story():
        targets = exam.scopes.by_scope()
        subject = exam.subject()
        first = next(iter(configs_in(exam.trail[0].response)), subject)
        tries = [(first, {"scope": "user", "scope_id": targets.get("user", "u-1")})]
        if "virtual_key" in targets:
            scoped = {"scope": "virtual_key", "scope_id": targets["virtual_key"], "provider": samples.PROVIDER}
            config = exam.create(exam.filled({**samples.smallest(), **scoped}))
            exam.leave(config)
            tries += [(config, {"scope": "global"}), (config, {"scope_id": (*exam.scopes.virtual_keys, "ct-other")[1]})]
        for before, change in tries:
            answer = exam.send(UPDATE, before["id"], body=change)
            after = exam.read(before["id"]) or {}
            for answered in configs_in(answer):
                check_equal(exam, UPDATE, answered, after, "get")
            moved = [name for name in ("scope", "scope_id") if before.get(name) != after.get(name)]
            exam.check(
                "PUT-05",
                UPDATE,
                not moved,
                f"{' and '.join(moved)} changed",
                expected=repr({name: before.get(name) for name in ("scope", "scope_id")}),
                received=repr({name: after.get(name) for name in ("scope", "scope_id")}),
            )


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
            created = exam.send(CREATE, body=body)
        for config in configs_in(created):
            check_scope(exam, body, config)
            label, received = "an id that was sent is taken over", repr(config.get("id"))
            holds = config.get("id") != before["id"]
            exam.check("RESP-03", CREATE, holds, label, expected="an id of its own", received=received)
            _check_fresh(exam, CREATE, config)
        answer = exam.send(UPDATE, before["id"], body={"created_at": instant, **_GIVEN, **limits})
        for config in configs_in(answer):
            label, received = "a created_at that was sent is taken over", repr(config.get("created_at"))
            holds, expected = config.get("created_at") == before.get("created_at"), repr(before.get("created_at"))
            exam.check("PUT-06", UPDATE, holds, label, expected=expected, received=received)
            _check_fresh(exam, UPDATE, config)


def _check_fresh(exam: Exam, operation_id: str, config: dict[str, Any]) -> None:
    """Check that no usage was taken over from a body."""
    rate = config.get("rate_limit") or {}
    used = [entry.get("current_usage") for entry in config.get("budgets") or ()]
    label, spent = "usage that was sent is taken over", [rate.get(name) for name in _GIVEN_OF_METRICS]
    exam.check("BUD-08", operation_id, 77 not in used, label, expected="usage 0", received=repr(used))
    exam.check("RATE-05", operation_id, 77 not in spent, label, expected="usage 0", received=repr(spent))

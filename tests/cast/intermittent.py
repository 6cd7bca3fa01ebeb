"""Faulty servers that are wrong only in turns: the mock, with one kind of request mishandled every so many times."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.cast import mutations as m
from tests.cast.member import Member, around
from tests.cast.tolerance import accepting, storing, violations_of
from tests.cast.wire import Call, Fault, Handler, Reply, refusal

PERIODS = {"third": 3, "fourth": 4, "seventh": 7}
_REFUSALS = (
    "BUD-01 BUD-03 BUD-05 BUD-06 RATE-02 RATE-03 RATE-04 REQ-01 REQ-03 REQ-05 REQ-06 REQ-07 REQ-08 REQ-10 PUT-08"
)
_DOORS = "AUTH-01 AUTH-02 AUTH-03 AUTH-04 AUTH-05"
_LISTED = "LIFE-01 LIFE-05 LIST-01 LIST-02 LIST-03 IDN-02 RESP-03 RACE-01 RACE-02 LIFE-02"
_MORE = "PUT-03 PUT-06 IDN-01 IDN-02 LIST-03"
_ECHO = "RESP-02 BUD-02 BUD-04 RATE-01 RATE-06 PUT-01 PUT-02 PUT-04 RACE-03 LIFE-02 LIFE-05 AUTH-06 ROB-01"


@dataclass(frozen=True)
class _Kind:
    """One kind of request, and what becomes of it when it is its turn."""

    name: str
    description: str
    operations: Collection[str]
    breaks: str
    fault: Callable[[], Fault]


def in_turns(period: int, kind: _Kind) -> Callable[[], Fault]:
    """Return the maker of a fault that strikes every so many requests of a kind."""

    def make() -> Fault:
        numbers, struck = itertools.count(1), kind.fault()

        def fault(call: Call, handler: Handler) -> Reply:
            is_turn = call.operation in kind.operations and next(numbers) % period == 0
            return struck(call, handler) if is_turn else handler(call)

        return fault

    return make


def _among_refused(fault: Fault, period: int) -> Callable[[], Fault]:
    """Return the maker of a fault that strikes every so many requests that break a rule."""

    def make() -> Fault:
        numbers = itertools.count(1)

        def chosen(call: Call, handler: Handler) -> Reply:
            reply = handler(call)
            is_refused = call.operation in ("create", "update") and reply.status == 400 and bool(violations_of(reply))
            return fault(call, handler) if is_refused and next(numbers) % period == 0 else reply

        return chosen

    return make


def _lost(call: Call, handler: Handler) -> Reply:
    """Answer a write as if it was done, with what is there."""
    held = handler(call.on_config("GET", call.config_id))
    if not held.is_success:
        return handler(call)
    message = {"message": "done"}
    return Reply(200, message if call.operation == "delete" else {**message, **held.value})


def _to_the_oldest(call: Call, handler: Handler) -> Reply:
    """Answer a read with the oldest config."""
    held = handler(call)
    listed = handler(call.listing(limit="1", offset="0")).value
    oldest = listed.get("model_configs") if isinstance(listed, dict) else None
    return replace(held, value={"model_config": oldest[0]}) if held.is_success and oldest else held


def _failed(_call: Call, _handler: Handler) -> Reply:
    return refusal(500)


def _short(reply: Reply) -> Reply:
    """Leave the last config out."""
    listed = reply.value.get("model_configs") if reply.is_success else None
    return replace(reply, value={**reply.value, "model_configs": listed[:-1]}) if listed else reply


def _bare(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "budgets": [], "budget": None, "rate_limit": None}


def _let_in(call: Call, handler: Handler) -> Reply:
    """Let whoever asks for it in, whichever key is sent."""
    reply = handler(call)
    if reply.status != 401:
        return reply
    return Reply(200, {"model_configs": [], "total_count": 0, "count": 0, "limit": 0, "offset": 0})


def _plain(fault: Fault) -> Callable[[], Fault]:
    return lambda: fault


_KINDS = (
    _Kind("update-is-lost", "update is lost", ("update",), f"{_ECHO} {_MORE}", _plain(_lost)),
    _Kind("delete-is-lost", "delete is lost", ("delete",), "LIFE-04 RACE-04 RACE-03 LIFE-05 RESP-01", _plain(_lost)),
    _Kind("get-fails", "get answers 500", ("get",), "REQ-09", _plain(_failed)),
    _Kind("update-fails", "update answers 500", ("update",), "REQ-09", _plain(_failed)),
    _Kind("get-is-bare", "get leaves budgets and limits out", ("get",), _ECHO, m.shown(_bare)),
    _Kind("create-is-bare", "answer to a create leaves budgets and limits out", ("create",), _ECHO, m.shown(_bare)),
    _Kind("get-is-of-another", "get answers the oldest", ("get",), f"{_ECHO} RESP-03 LIFE-01", _plain(_to_the_oldest)),
    _Kind("list-lacks-one", "list lacks its last config", ("list",), _LISTED, m.replied(_short, ("list",))),
    _Kind("list-is-let-in", "list with a wrong key is answered", ("list",), _DOORS, _plain(_let_in)),
)


def _members() -> Iterator[Member]:
    for word, period in PERIODS.items():
        for kind in _KINDS:
            told = f"every {word} {kind.description}"
            yield Member(f"turns-{word}-{kind.name}", told, tuple(kind.breaks.split()), around(in_turns(period, kind)))
        for name, fault, breaks in (
            ("accepted", accepting(_any)(), _REFUSALS),
            ("stored", storing(_any)(), "LIFE-02"),
        ):
            told = f"every {word} request that breaks a rule is {name}"
            made = around(_among_refused(fault, period))
            yield Member(f"turns-{word}-violation-is-{name}", told, tuple(breaks.split()), made)


def _any(_call: Call, _violations: list[dict[str, Any]]) -> bool:
    return True


FAULTY: tuple[Member, ...] = tuple(_members())

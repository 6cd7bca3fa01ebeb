"""Operators that make faulty servers of a correct one: what is answered, sent, or done is changed in one way."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from tests.cast.wire import JSON, Call, Change, Fault, Handler, Reply

EVERYWHERE = ("create", "get", "list", "update")
Operations = Collection[str]


def shown(change: Change, operations: Operations = EVERYWHERE) -> Callable[[], Fault]:
    """Return the maker of a fault that changes the configs in the answers of some operations."""

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        return reply.with_configs(change) if call.operation in operations else reply

    return lambda: fault


def sent(change: Change, operations: Operations = ("create", "update")) -> Callable[[], Fault]:
    """Return the maker of a fault that changes what is stored, by changing the body that arrives."""

    def fault(call: Call, handler: Handler) -> Reply:
        body = call.json
        if call.operation not in operations or not isinstance(body, dict):
            return handler(call)
        return handler(call.sending(change(body)))

    return lambda: fault


def replied(change: Callable[[Reply], Reply], operations: Operations) -> Callable[[], Fault]:
    """Return the maker of a fault that changes the whole answer of some operations."""

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        return change(reply) if call.operation in operations else reply

    return lambda: fault


def on_reply(path: tuple[str, ...], change: Change) -> Change:
    """Return a change of the member at `path` of a config; `*` stands for each entry of a list."""
    head, *rest = path

    def changed(value: Any) -> Any:
        if head == "*":
            return [inner(item) for item in value] if isinstance(value, list) else value
        if not isinstance(value, dict) or head not in value:
            return value
        return {**value, head: inner(value[head])}

    inner = on_reply(tuple(rest), change) if rest else change
    return changed


def on_lines(change: Change) -> Change:
    """Return a change of each budget of a config, and of the one that mirrors the first."""
    return lambda config: on_reply(("budget",), _unless_null(change))(on_reply(("budgets", "*"), change)(config))


def _unless_null(change: Change) -> Change:
    return lambda value: value if value is None else change(value)


def without(path: tuple[str, ...]) -> Change:
    """Return a change that drops the member at `path`."""
    *owners, last = path

    def dropped(value: Any) -> Any:
        return {name: item for name, item in value.items() if name != last} if isinstance(value, dict) else value

    return on_reply(tuple(owners), dropped) if owners else dropped


def status(wrong: int, given: Collection[int], operations: Operations) -> Callable[[], Fault]:
    """Return the maker of a fault that answers another status."""

    def change(reply: Reply) -> Reply:
        return replace(reply, status=wrong) if reply.status in given else reply

    return replied(change, operations)


def stale(operations: Operations = ("get",)) -> Fault:
    """Return a fault that answers a config as it was when it was first read, for a while."""
    held: dict[str, Reply] = {}

    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        if call.operation not in operations or not reply.is_success:
            return reply
        return held.setdefault(f"{call.path}?{sorted(call.query.items())}", reply)

    return fault


def late(operations: Operations, seconds: float) -> Fault:
    """Return a fault that answers a write before it is visible: reads in the next moment see the state before."""
    held: dict[str, tuple[float, Reply]] = {}

    def fault(call: Call, handler: Handler) -> Reply:
        if call.operation in operations and call.config_id:
            held[call.config_id] = (time.monotonic() + seconds, handler(call.on_config("GET", call.config_id)))
        if call.operation == "get" and held.get(call.config_id, (0.0, None))[0] > time.monotonic():
            return held[call.config_id][1]
        return handler(call)

    return fault


def html(reply: Reply) -> Reply:
    """Return an error as a web server's own page."""
    return reply if reply.is_success else replace(reply, raw=b"<h1>Error</h1>", media_type="text/html")


def empty(reply: Reply) -> Reply:
    """Return an error without a body."""
    return reply if reply.is_success else replace(reply, raw=b"", media_type=JSON)


def error_of(value: Any) -> Callable[[Reply], Reply]:
    """Return a change of errors into another body."""
    return lambda reply: reply if reply.is_success else replace(reply, value=value, raw=None)

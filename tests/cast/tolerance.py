"""Faults of servers that refuse: they let a violation pass, answer another status, or store what they refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from governance_contract import pointers
from tests.cast.wire import NOTHING, Call, Fault, Handler, Reply

Violation = dict[str, Any]
Test = Callable[[Call, list[Violation]], bool]

_NUMBERS = itertools.count(1)
_SUBSTITUTES: dict[str, Any] = {
    "provider": "substitute",
    "scope": "global",
    "scope_id": "vk-frontend",
    "budgets": [],
    "rate_limit": {},
    "id": None,
    "max_limit": 1,
    "token_max_limit": 1,
    "request_max_limit": 1,
    "token_reset_duration": "1h",
    "request_reset_duration": "1h",
}
_DURATIONS = tuple(f"{number}h" for number in range(101, 200))


@dataclass(frozen=True)
class Tolerated:
    """Which violations a test looks for; None is any."""

    rule: str
    keywords: frozenset[str] | None = None
    member: str | None = None
    received: str | None = None
    operation: str | None = None

    def __call__(self, call: Call, violations: list[Violation]) -> bool:
        """Return whether all violations are of this kind."""
        return self.operation in (None, call.operation) and all(self._is_meant(each) for each in violations)

    def _is_meant(self, violation: Violation) -> bool:
        return (
            violation["rule"] == self.rule
            and (self.keywords is None or keyword_of(violation) in self.keywords)
            and self.member in (None, member_of(violation))
            and self.received in (None, kind_of(violation.get("received", NOTHING)))
        )


def member_of(violation: Violation) -> str:
    """Return the member that a violation is about."""
    names = [token for token in pointers.split(violation["pointer"]) if not token.isdigit()]
    return names[-1] if names else ""


def keyword_of(violation: Violation) -> str:
    """Return the keyword that a violation breaks."""
    return str(violation["keyword"].rpartition("/")[2])


def kind_of(value: Any) -> str:
    """Return what JSON calls the type of a value."""
    names = {str: "text", bool: "boolean", int: "integer", float: "fraction", list: "array", dict: "object"}
    return "null" if value is None else names.get(type(value), "nothing")


def accepting(test: Test) -> Callable[[], Fault]:
    """Return the maker of a fault that accepts what it should refuse, and stores something near it."""

    def act(call: Call, handler: Handler, refused: Reply) -> Reply:
        return _stored(call, handler, refused)

    return _refusing(test, act)


def storing(test: Test) -> Callable[[], Fault]:
    """Return the maker of a fault that refuses, and stores something near it all the same."""

    def act(call: Call, handler: Handler, refused: Reply) -> Reply:
        _stored(call, handler, refused)
        return refused

    return _refusing(test, act)


def answering(status: int, test: Test) -> Callable[[], Fault]:
    """Return the maker of a fault that refuses with another status."""

    def act(_call: Call, _handler: Handler, refused: Reply) -> Reply:
        return replace(refused, status=status)

    return _refusing(test, act)


def violations_of(reply: Reply) -> list[Violation]:
    """Return the violations that the mock lists in a refusal."""
    return list(reply.value.get("extra_fields", {}).get("violations", [])) if isinstance(reply.value, dict) else []


def _refusing(test: Test, act: Callable[[Call, Handler, Reply], Reply]) -> Callable[[], Fault]:
    def fault(call: Call, handler: Handler) -> Reply:
        reply = handler(call)
        found = violations_of(reply) if reply.status in (400, 409) else []
        return act(call, handler, reply) if found and call.operation and test(call, found) else reply

    return lambda: fault


def _stored(call: Call, handler: Handler, refused: Reply) -> Reply:
    body, reply = call.json, refused
    for _ in range(4):
        body = repaired(body, violations_of(reply), call.operation)
        reply = handler(call.sending(body))
        if reply.is_success:
            return reply
    return refused


def repaired(body: Any, violations: list[Violation], operation: str) -> Any:
    """Return a body without the violations."""
    if not isinstance(body, dict):
        return {"model_name": f"substitute-{next(_NUMBERS)}"} if operation == "create" else {}
    for violation in violations:
        body = _with(body, [*pointers.split(violation["pointer"])], violation)
    return body


def _with(value: Any, path: list[str], violation: Violation) -> Any:
    if not path:
        return (
            _DURATIONS[next(_NUMBERS) % len(_DURATIONS)]
            if isinstance(value, str)
            else {"max_limit": 1, "reset_duration": _spare()}
        )
    head, *rest = path
    if isinstance(value, list):
        index = int(head)
        return [_with(item, rest, violation) if at == index else item for at, item in enumerate(value)]
    if rest and head in value:
        return {**value, head: _with(value[head], rest, violation)}
    return {**value, head: _substitute(head, value.get(head), violation)}


def _spare() -> str:
    return _DURATIONS[next(_NUMBERS) % len(_DURATIONS)]


def _substitute(member: str, value: Any, violation: Violation) -> Any:
    if member == "model_name":
        return f"substitute-{next(_NUMBERS)}"
    if member == "reset_duration":
        return _spare()
    if member == "budgets" and isinstance(value, list) and violation["keyword"].endswith("uniqueItemProperties"):
        return list({entry["reset_duration"]: entry for entry in value}.values())
    return _SUBSTITUTES.get(member)

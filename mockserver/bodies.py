"""Request bodies: JSON objects that keep the document's schema and rules, or a refusal with every violation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from governance_contract import Contract
from governance_contract.edits import Fix, patched
from governance_contract.operations import Operation
from governance_contract.resources import UPDATE
from governance_contract.rules import Catalogue
from governance_contract.validation import Violation
from governance_contract.values import ABSENT
from mockserver import problems
from mockserver.problems import Problem

_DEEPEST = 200
"""Levels of nesting that a body may have; schema engine and JSON writer both give up some levels later."""

_ESCAPE = b"\\u"

Finder = Callable[[Mapping[str, Any]], tuple[Violation, ...]]
"""Returns the violations in members of a body of which any may be of the wrong type."""


def nothing_further(_members: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Find no violation beyond those of the document."""
    return ()


_FOLLOWED = 3
"""How many fixes may follow one another to mend one violation."""

_OF_FORM = ("/type", "/anyOf")
"""Keywords whose violation leaves nothing that a resource could be made of."""


MERGE_PATCH = "PATCH"
"""The method by which an update is a merge-patch (RFC 7396)."""


class BodyReader:
    """Reads the body of one operation."""

    def __init__(self, contract: Contract, operation: Operation, reading: Callable[[Any], Any] | None = None) -> None:
        """Prepare for one operation; `reading` makes of the JSON value that was sent the one that is judged."""
        self._validator = contract.request_validator(operation)
        self._fixer = contract.fixer(contract.request_schema(operation))
        self._rules = contract.rules
        self._reading = reading
        properties = contract.request_properties(operation)
        self._defaults = {} if operation.verb == UPDATE else defaults_of(properties)
        self._ignored_when = {
            name: schema["x-ignored-when"] for name, schema in properties.items() if "x-ignored-when" in schema
        }
        self._members = frozenset(properties)
        self._keeps_nulls = operation.method == MERGE_PATCH

    def read(self, body: bytes, further: Finder = nothing_further) -> dict[str, Any]:
        """Return the members of the request in `body` that count: documented, not ignored, sent or by default.

        A null counts as not sent, but in a merge-patch, where it removes.

        `further` finds what the document alone cannot tell, in whatever members there are.

        Raises:
            Problem: the body is no JSON object (REQ-08) or breaks a rule; all violations are listed.
        """
        value = self._object(body)
        violations = self._validator.violations(value)
        counting = self._counting(value) if isinstance(value, dict) else None
        found = () if counting is None else further(counting)
        if violations or found or counting is None:
            raise self._refusal(violations, value, found, further, are_all=True)
        return counting

    def violations(self, body: bytes, further: Finder = nothing_further) -> tuple[Violation, ...]:
        """Return the violations for which `read` refuses a body, each with its fix."""
        try:
            self.read(body, further)
        except Problem as problem:
            return problem.violations
        return ()

    def salvage(self, body: bytes) -> tuple[dict[str, Any], tuple[Violation, ...]]:
        """Return what `read` does, and the violations for which that would refuse the body; null counts as absent.

        Raises:
            Problem: the body is no JSON object, or a member has a JSON type of which nothing can be made.
        """
        value = self._object(body)
        usable = _without_nulls(value)
        formless = tuple(each for each in self._validator.violations(usable) if each.keyword.endswith(_OF_FORM))
        if formless:
            raise self._refusal(formless, value)
        return self._counting(usable), self._validator.violations(value)

    def _object(self, body: bytes) -> Any:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise self._refusal((self._no_object(_cause(body, error)),), None) from error
        if body.count(b"[") + body.count(b"{") > _DEEPEST and _is_deeper_than(_DEEPEST, value):
            cause = f"is nested deeper than {_DEEPEST} levels, the limit of this server"
            raise self._refusal((self._no_object(cause),), None)
        if (repeated := _repeated(body, value)) is not None:
            raise self._refusal((self._no_object(f"has an object with the member {repeated!r} twice"),), None)
        return value if self._reading is None else self._reading(value)

    def _refusal(
        self,
        violations: tuple[Violation, ...],
        value: Any,
        found: tuple[Violation, ...] = (),
        further: Finder = nothing_further,
        *,
        are_all: bool = False,
    ) -> Problem:
        """Return the refusal for `violations`, and for those `found` at places of which they say nothing.

        The violations `are_all` where the schema finds no others in `value`.
        """
        explained = self._fixer.explained(value, violations, are_all=are_all)
        told = {each.pointer for each in explained}
        listed = (*explained, *(each for each in found if each.pointer not in told))
        if further is not nothing_further:
            listed = tuple(each.fixed_by(self._refitted(each, value, listed, explained, further)) for each in listed)
        return problems.broken_rules(listed, status_of(self._rules, listed))

    def _refitted(
        self,
        violation: Violation,
        value: Any,
        listed: tuple[Violation, ...],
        tried: tuple[Violation, ...],
        further: Finder,
    ) -> Fix | None:
        """Return a fix of one of the violations `listed` that brings no other one, None where that is not known.

        The fixes of those that are `tried` bring none by the schema.
        """
        fix, is_tried = violation.fix, any(violation is each for each in tried)
        for turn in range(_FOLLOWED):
            if fix is None:
                return None
            fixed = patched(value, fix.edits)
            broken = () if is_tried and turn == 0 else self._new_in(fixed, listed)
            places = {each.pointer for each in listed} - {violation.pointer}
            found = further(self._counting(fixed)) if isinstance(fixed, dict) else ()
            new = (*broken, *(each for each in found if each.pointer not in places))
            if not new:
                return fix
            fix = new[0].fix and fix.followed_by(new[0].fix)
        return None

    def _new_in(self, value: Any, listed: tuple[Violation, ...]) -> tuple[Violation, ...]:
        """Return the violations of the schema in `value` that are not `listed`."""
        keywords = {each.keyword for each in listed}
        return tuple(each for each in self._validator.violations(value) if each.keyword not in keywords)

    def _counting(self, value: Mapping[str, Any]) -> dict[str, Any]:
        known = {name: item for name, item in value.items() if name in self._members}
        sent = known if self._keeps_nulls else {name: item for name, item in known.items() if item is not None}
        counting = {**self._defaults, **sent}
        for name, condition in self._ignored_when.items():
            if name in counting and all(counting.get(other) == wanted for other, wanted in condition.items()):
                del counting[name]
        return counting

    def _no_object(self, cause: str) -> Violation:
        """Return the violation of the root's `type`: what cannot be read as JSON is no JSON object either."""
        (not_an_object,) = self._validator.violations([])
        return Violation(
            rule=not_an_object.rule,
            level=not_an_object.level,
            pointer="",
            keyword=not_an_object.keyword,
            received=ABSENT,
            expected=not_an_object.expected,
            message=f"the body {cause}",
        )


def defaults_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the documented defaults of members (REQ-04)."""
    return {name: schema["default"] for name, schema in properties.items() if "default" in schema}


def _cause(body: bytes, error: orjson.JSONDecodeError) -> str:
    return "is empty" if not body.strip() else f"is not valid JSON: {error.msg} (character {error.pos})"


def _repeated(body: bytes, value: Any) -> str | None:
    """Return the name of a member that an object of `body` has twice; `value` is what was read of it.

    Each member has one colon, as those in texts are the same in both, unless one is written as an escape.
    """
    if body.count(b":") == orjson.dumps(value).count(b":") and _ESCAPE not in body:
        return None
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        repeated.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)

    json.loads(body, object_pairs_hook=note)
    return repeated[0] if repeated else None


def _is_deeper_than(levels: int, value: Any) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [item for container in layer for item in _items(container)]
        if not layer:
            return False
    return any(isinstance(item, dict | list) for item in layer)


def _without_nulls(value: Any) -> Any:
    """Return `value` without the members of objects that are null."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def status_of(rules: Catalogue, violations: tuple[Violation, ...]) -> int:
    """Return the documented status of a request that breaks these rules: that of the first that has one."""
    refusals = (rules[violation.rule].refusal for violation in violations)
    return next((refusal.status for refusal in refusals if refusal is not None), 400)

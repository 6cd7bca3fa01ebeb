"""A call as the contract reads it: which operation it is for, what it breaks, and what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote_to_bytes

from contract_tests.exchange import Call
from contract_tests.oracle.body import Reading, read_body
from contract_tests.oracle.openness import find_open_places, find_unusual_places, is_plain
from governance_contract import Contract
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation, Parameter
from governance_contract.resources import Action, Resource
from governance_contract.validation import Violation
from governance_contract.values import ABSENT

_LONGEST_URL = 2000
"""Characters of a URL that every server and proxy takes."""

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FRACTION = re.compile(r"[0-9]+\.0*", re.ASCII)
_UNROUTED_METHODS = frozenset({"HEAD", "OPTIONS", "TRACE", "CONNECT"})
"""Methods to which HTTP itself gives a meaning; an API need not document them."""


@dataclass(frozen=True)
class Request:
    """A call for an operation of the document.

    `violations` are what it breaks. `open_because` says why it may be refused although it breaks nothing;
    `unclear_because` says why nobody knows what a server reads in it, so that its outcome is not judged at all.
    `open_fields` are the pointers of which nothing is expected; `unusual` are those whose values may be refused.
    """

    call: Call = field(repr=False)
    operation: Operation = field(repr=False)
    resource: Resource = field(repr=False)
    action: Action = field(repr=False)
    key: str | None = None
    is_key_unusual: bool = False
    body: Any = ABSENT
    query: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    open_because: tuple[str, ...] = ()
    unclear_because: tuple[str, ...] = ()
    open_fields: frozenset[str] = frozenset()
    unusual: tuple[str, ...] = ()

    @property
    def breaks_rules(self) -> bool:
        """Whether it must be refused, whatever the state is."""
        return bool(self.violations) and not self.unclear_because

    @property
    def is_plainly_valid(self) -> bool:
        """Whether nothing in it may be refused, whatever the state is."""
        return not (self.violations or self.open_because or self.unclear_because or self.unusual)

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The fields of the body that count: those that are sent, less null and those that their siblings drop."""
        if not isinstance(self.body, dict):
            return {}
        sent = {name: item for name, item in self.body.items() if item is not None}
        return {name: item for name, item in sent.items() if not self.is_ignored(name)}

    def is_ignored(self, name: str) -> bool:
        """Return whether the document drops a field because of its siblings or their defaults."""
        return self.action.ignores(self.body, name)

    def value_of(self, name: str) -> Any:
        """Return what a body means by a field: what it sends, else the default of the document, else None."""
        return self.action.meant_by(self.body, name)


@dataclass(frozen=True)
class Unrouted:
    """A call that no operation of the document is for; `is_known_path` says whether another method would be.

    `operation` is one of the path, or of the paths nearest to it. With `is_alias` a server may take the path for that
    of the operation: then it may answer as that does, and the key is asked for all the same.
    """

    call: Call
    operation: Operation
    is_known_path: bool = False
    is_alias: bool = False


_KEPT = 32
"""Calls that are kept, with what the contract reads in them: more than are sent at one moment."""


class RequestReader:
    """Reads calls by one contract; the last ones are kept, since a call is asked for again at once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._latest: dict[int, tuple[Call, Request | Unrouted | None]] = {}

    def read(self, call: Call) -> Request | Unrouted | None:
        """Return a call as the contract reads it, None where nothing can be said of it."""
        held = self._latest.get(id(call))
        if held is None:
            held = self._latest[id(call)] = (call, self._read(call))
            if len(self._latest) > _KEPT:
                del self._latest[next(iter(self._latest))]
        return held[1]

    def _read(self, call: Call) -> Request | Unrouted | None:
        path = call.path.partition("?")[0]
        operation = self._contract.operations.at(call.method, path)
        if operation is None:
            return self._unrouted(call, path)
        if operation.resource not in self._contract.resources:
            return None
        reading = Reading()
        if len(call.url_path) > _LONGEST_URL:
            reading.leave_open("the URL is long")
        key, is_unusual = _key(operation, path)
        query = self._query(operation, call, reading)
        body = self._body(operation, call, reading)
        return Request(
            call=call,
            operation=operation,
            resource=self._contract.resource_of(operation),
            action=self._contract.action_of(operation),
            key=key,
            is_key_unusual=is_unusual,
            body=body,
            query=query,
            violations=tuple(reading.violations),
            open_because=tuple(dict.fromkeys(reading.open_because)),
            unclear_because=tuple(dict.fromkeys(reading.unclear_because)),
            open_fields=frozenset(reading.open_fields),
            unusual=tuple(reading.unusual),
        )

    def _body(self, operation: Operation, call: Call, reading: Reading) -> Any:
        if operation.request_schema is None:
            return ABSENT
        body, problem = read_body(call, reading)
        schema = self._contract.request_schema(operation)
        if problem:
            reading.violations.append(self._unreadable(operation, problem))
        if body is ABSENT:
            return ABSENT
        find_open_places(self._contract, self._contract.action_of(operation), schema, body, reading)
        found = self._contract.request_validator(operation).violations(body)
        reading.violations += [each for each in found if not reading.is_open(each.pointer)]
        reading.unusual += find_unusual_places(self._contract, schema, body)
        return body

    def _unreadable(self, operation: Operation, problem: str) -> Violation:
        schema = self._contract.document.resolve(self._contract.request_schema(operation))
        rules = self._contract.rules
        carried = (*rules.carried_by(schema.value, "type"), rules.default_for("type"))[0]
        return Violation(
            carried.rule,
            carried.level,
            "",
            f"{schema.pointer}/type",
            problem,
            "a JSON object",
            f"the body is {problem}",
        )

    def _query(self, operation: Operation, call: Call, reading: Reading) -> dict[str, str]:
        given: dict[str, str] = {}
        known = {parameter.name: parameter for parameter in operation.parameters_in("query")}
        for name, text in call.query_pairs:
            if name not in known:
                reading.leave_unclear(f"the query parameter {name!r} is unknown")
            elif name in given:
                reading.leave_unclear(f"the query parameter {name!r} is there twice")
            else:
                given[name] = text
                self._read_parameter(known[name], text, reading)
        return given

    def _read_parameter(self, parameter: Parameter, text: str, reading: Reading) -> None:
        if text == "":
            reading.leave_open(f"the query parameter {parameter.name!r} is empty")
            return
        if text != text.strip() or not text.isprintable():
            reading.leave_open(f"the query parameter {parameter.name!r} may be trimmed")
        elif not is_plain(text):
            reading.unusual.append(f"query/{parameter.name}")
        value: Any = text
        if "integer" in type_names(self._contract.document.resolve(parameter.schema).value.get("type", ())):
            if not _INTEGER.fullmatch(text):
                if text.strip() != text or not text.isascii() or _FRACTION.fullmatch(text):
                    reading.leave_unclear(f"{parameter.name} may be read as a number")
                    return
            else:
                value = int(text) if len(text) <= 1000 else 10**1000
                if text.startswith("+") or len(text) > 10:
                    reading.leave_open(f"{parameter.name} is an unusual number")
        reading.violations += self._violations_of(parameter, value, text, reading)

    def _violations_of(self, parameter: Parameter, value: Any, text: str, reading: Reading) -> Iterator[Violation]:
        """Yield what the value of a parameter breaks; where no rule on the parameter says so, that is left open."""
        carried = {
            rule.rule
            for word in parameter.schema.value.get("x-carries", {})
            for rule in self._contract.rules.carried_by(parameter.schema.value, word)
        }
        for each in self._contract.validator(parameter.schema).violations(value):
            if each.rule not in carried:
                reading.leave_open(f"{parameter.name}: {each.message}")
                continue
            message = each.message.replace("the body", parameter.name, 1)
            place = f"query/{parameter.name}"
            yield Violation(each.rule, each.level, place, each.keyword, text, each.expected, message)

    def _unrouted(self, call: Call, path: str) -> Unrouted | None:
        alias = self._contract.operations.at(call.method, path.rstrip("/")) if path.endswith("/") else None
        if alias is not None and not self._is_lookup(alias):
            return Unrouted(call, alias, is_alias=True)
        if call.method in _UNROUTED_METHODS or path.endswith("/") or "//" in path or not is_plain(path):
            return None
        judged = [each for each in self._contract.operations if not self._is_lookup(each)]
        of_path = [each for each in judged if self._contract.operations.at(each.method, path) == each]
        near = of_path or [each for each in judged if path.startswith(each.path.partition("{")[0].rstrip("/"))]
        return Unrouted(call, near[0], bool(of_path)) if near else None

    def _is_lookup(self, operation: Operation) -> bool:
        resource = self._contract.resources.get(operation.resource)
        return resource is None or resource.is_lookup


def _key(operation: Operation, path: str) -> tuple[str | None, bool]:
    """Return the key that a path addresses, and whether a server that did not give it may stumble over it."""
    parts = zip(operation.path.split("/"), path.split("/"), strict=True)
    given = [part for template, part in parts if template.startswith("{")]
    if not given:
        return None, False
    try:
        key = unquote_to_bytes(given[-1]).decode()
    except UnicodeDecodeError:
        return None, True
    return key, not is_plain(key) or any(letter in key for letter in "/%?#\\") or not key.strip(". ")

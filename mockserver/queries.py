"""Query parameters: read as the document types them, and what they mean for a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from governance_contract import Contract, resources
from governance_contract.document import Node
from governance_contract.edits import Edit, Fix
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation, Parameter
from governance_contract.resources import read_action
from governance_contract.validation import Violation
from mockserver import problems
from mockserver.state.records import Record

_INTEGER = re.compile(r"(-?)0*([0-9]+)", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_GREATEST = 2**63 - 1
"""The greatest number that a page counts with; what is beyond it means the same, as no list is so long."""


@dataclass(frozen=True)
class Filter:
    """Keeps the resources whose member equals one of the values, or contains it regardless of case (LIST-03)."""

    member: str
    match: str
    values: tuple[Any, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the member must equal the one value that there is."""
        return self.match != "substring" and len(self.values) == 1

    @property
    def part(self) -> str | None:
        """The text that the member must contain, where one is all that is asked for."""
        return self.values[0] if self.match == "substring" and len(self.values) == 1 else None

    def kept(self, records: Iterable[Record]) -> list[Record]:
        """Return the records that stay in the list."""
        member = self.member
        if self.match != "substring":
            return [record for record in records if record.resource.get(member) in self.values]
        parts = [str(value).casefold() for value in self.values]
        held = ((record, record.resource.get(member)) for record in records)
        texts = ((record, text.casefold()) for record, text in held if isinstance(text, str))
        return [record for record, text in texts if any(part in text for part in parts)]


@dataclass(frozen=True)
class Order:
    """The member by which a list is sorted, and whether the greatest comes first."""

    member: str
    is_descending: bool = False

    def sorted(self, records: Iterable[Record]) -> list[Record]:
        """Return the records in this order; equal ones stay as they are, those without the member come last."""
        having, lacking = list[tuple[Any, Record]](), list[Record]()
        for record in records:
            value = record.resource.get(self.member)
            if value is None:
                lacking.append(record)
            else:
                having.append((_rank(value), record))
        having.sort(key=lambda each: each[0], reverse=self.is_descending)
        return [*(record for _, record in having), *lacking]


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for, of which resources, and in which order if not the oldest first."""

    limit: int
    offset: int
    filters: tuple[Filter, ...] = ()
    order: Order | None = None


class QueryReader:
    """Reads the query of one operation."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._action = read_action(contract.document, operation)
        self._parameters = operation.parameters_in("query")
        self._validators = {p.name: contract.validator(p.schema) for p in self._parameters}
        self._fixers = {p.name: contract.fixer(p.schema) for p in self._parameters}
        self._reading = {p.name: _Reading(contract, p) for p in self._parameters}

    def read(self, query: str) -> Page:
        """Return the page that `query` asks for.

        Raises:
            Problem: a parameter is refused (LIST-04); all violations are listed.
        """
        return self._page(self.values(query))

    def salvage(self, query: str) -> tuple[Page, tuple[Violation, ...]]:
        """Return what `read` does, and the violations for which that would refuse the query.

        A broken filter keeps what equals it, any other broken parameter counts as absent.
        """
        values, violations = self._read(query)
        broken = {violation.pointer for violation in violations}
        filters = {p.name for p in self._parameters if "x-filter" in p.extensions}
        kept = {name: value for name, value in values.items() if _place(name) not in broken or name in filters}
        return self._page(kept), violations

    def _page(self, values: Mapping[str, Any]) -> Page:
        action = self._action
        asked = ((each, values[each.parameter.name]) for each in action.filters if each.parameter.name in values)
        filters = tuple(Filter(each.field, each.match, _listed(value)) for each, value in asked)
        paging = action.paging
        offset = values.get(paging.offset.name) if paging.offset else None
        limit = _limit(paging, values, filtered=bool(filters) or offset is not None)
        number = values.get(paging.number.name) if paging.number else None
        start = (number - 1) * limit if number is not None else offset or 0
        return Page(limit, start, filters, _order(action.sorting, values))

    def values(self, query: str) -> Mapping[str, Any]:
        """Return the parameters that `query` gives, by name.

        Raises:
            Problem: a parameter is refused; all violations are listed.
        """
        values, violations = self._read(query)
        if violations:
            raise problems.broken_rules(violations, 400)
        return values

    def violations(self, query: str) -> tuple[Violation, ...]:
        """Return the violations for which `values` refuses a query, each with its fix."""
        return self._read(query)[1]

    def _read(self, query: str) -> tuple[dict[str, Any], tuple[Violation, ...]]:
        given: dict[str, list[str]] = {}
        for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
            given.setdefault(name, []).append(text)
        values: dict[str, Any] = {}
        violations: list[Violation] = []
        for parameter in self._parameters:
            texts = given.get(parameter.name)
            if texts is None or (texts[0] == "" and parameter.allow_empty):
                continue
            values[parameter.name] = value = self._reading[parameter.name].value(texts)
            shown = texts[0] if len(texts) == 1 or not isinstance(value, list) else texts
            violations += [
                self._violation(parameter.name, shown, value, each) for each in self._found(parameter, value)
            ]
        return values, tuple(violations)

    def _found(self, parameter: Parameter, value: Any) -> tuple[Violation, ...]:
        return self._validators[parameter.name].violations(value)

    def _violation(self, name: str, shown: Any, value: Any, violation: Violation) -> Violation:
        """Return a violation of a parameter's value as one of the query."""
        place, message = _place(name), violation.message.replace("the body", name, 1)
        fix = self._fixers[name].fix(value, violation) or Fix(f"leave {name} out", (Edit("remove", ""),))
        fix = replace(fix, edits=tuple(replace(edit, path=place) for edit in fix.edits))
        return replace(violation, pointer=place, received=shown, message=message, fix=fix)


class _Reading:
    """Reads the texts of one parameter as the value that the document says they are."""

    def __init__(self, contract: Contract, parameter: Parameter) -> None:
        schema = contract.document.resolve(parameter.schema)
        self._is_array = "array" in type_names(schema.value.get("type", ()))
        self._separator = parameter.separator
        entry = contract.document.resolve(schema.child("items")) if schema.has("items") else schema
        self._schema = entry if self._is_array else parameter.schema

    def value(self, texts: list[str]) -> Any:
        """Return the value of a parameter that is given with these texts; of several the first counts."""
        if not self._is_array:
            return _typed(self._schema, texts[0])
        parts = texts if self._separator is None else texts[0].split(self._separator)
        return [_typed(self._schema, part) for part in parts]


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _limit(paging: resources.Paging, values: Mapping[str, Any], *, filtered: bool) -> int:
    limit = paging.limit
    if limit is None or paging.maximum is None:
        return _UNPAGED
    absent = limit.schema.value.get("default", paging.maximum)
    absent = paging.filtered if filtered and paging.filtered is not None else absent
    return int(min(values.get(limit.name, absent), paging.maximum))


def _order(sorting: resources.Sorting | None, values: Mapping[str, Any]) -> Order | None:
    """Return the order that a query asks for, or that the document has for one that does not."""
    if sorting is None:
        return None
    member, direction = _given(sorting.field, values), _given(sorting.direction, values)
    if member is None:
        return None
    if sorting.is_signed:
        return Order(str(member).removeprefix("-"), str(member).startswith("-"))
    return Order(str(member), direction == DESCENDING)


DESCENDING = "desc"
"""The value of a direction by which the greatest comes first."""


def _given(parameter: Parameter | None, values: Mapping[str, Any]) -> Any:
    return None if parameter is None else values.get(parameter.name, parameter.schema.value.get("default"))


def _rank(value: Any) -> tuple[int, Any]:
    """Return what puts values in order, numbers before texts; what has no order is all the same."""
    if isinstance(value, bool | int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, 0)


def _place(name: str) -> str:
    return f"query/{name}"


_UNPAGED = 2**31
"""The page size of a list that has no pages."""


def typed(parameter: Parameter, text: str) -> Any:
    """Return the value that `text` is where the document says that the parameter is a number, else `text`."""
    return _typed(parameter.schema, text)


def _typed(schema: Node, text: str) -> Any:
    types = type_names(schema.value.get("type", ()))
    if "integer" in types and (match := _INTEGER.fullmatch(text)):
        return _bounded(match[1], match[2])
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    return _BOOLEANS.get(text, text) if "boolean" in types else text


def _bounded(sign: str, digits: str) -> int:
    number = min(int(digits), _GREATEST) if len(digits) <= len(str(_GREATEST)) else _GREATEST
    return -number if sign else number

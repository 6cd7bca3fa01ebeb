"""Query parameters: read as the document types them, and what they mean for a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from governance_contract import Contract
from governance_contract.edits import Edit, Fix
from governance_contract.keywords.types import type_names
from governance_contract.operations import Operation, Parameter
from governance_contract.validation import Violation
from mockserver import problems
from mockserver.state.records import Record

_INTEGER = re.compile(r"(-?)0*([0-9]+)", re.ASCII)
_GREATEST = 2**63 - 1
"""The greatest number that a page counts with; what is beyond it means the same, as no list is so long."""


@dataclass(frozen=True)
class Filter:
    """Keeps the resources whose member equals a value, or contains it regardless of case (LIST-03)."""

    member: str
    match: str
    value: str

    @property
    def is_exact(self) -> bool:
        """Whether the member must equal the value."""
        return self.match != "substring"

    def kept(self, records: Iterable[Record]) -> list[Record]:
        """Return the records that stay in the list."""
        member, value = self.member, self.value
        if self.is_exact:
            return [record for record in records if record.resource.get(member) == value]
        part = value.casefold()
        held = ((record, record.resource.get(member)) for record in records)
        return [record for record, text in held if isinstance(text, str) and part in text.casefold()]


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for, and of which resources."""

    limit: int
    offset: int
    filters: tuple[Filter, ...] = ()


class QueryReader:
    """Reads the query of one list operation."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._parameters = operation.parameters_in("query")
        self._validators = {p.name: contract.validator(p.schema) for p in self._parameters}
        self._fixers = {p.name: contract.fixer(p.schema) for p in self._parameters}

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
        filters = tuple(
            Filter(told["member"], told["match"], values[parameter.name])
            for parameter in self._parameters
            if (told := parameter.extensions.get("x-filter")) and parameter.name in values
        )
        limit = self._limit(values, filtered=bool(filters) or "offset" in values)
        page_number = values.get("page")
        offset = (page_number - 1) * limit if page_number is not None else values.get("offset", 0)
        return Page(limit, offset, filters)

    def values(self, query: str) -> Mapping[str, Any]:
        """Return the parameters that `query` gives, by name.

        Raises:
            Problem: a parameter is refused; all violations are listed.
        """
        values, violations = self._read(query)
        if violations:
            raise problems.broken_rules(violations, 400)
        return values

    def _read(self, query: str) -> tuple[dict[str, Any], tuple[Violation, ...]]:
        given = dict(reversed(parse_qsl(query, keep_blank_values=True, errors="replace")))
        values: dict[str, Any] = {}
        violations: list[Violation] = []
        for parameter in self._parameters:
            text = given.get(parameter.name)
            if text is None or (text == "" and parameter.allow_empty):
                continue
            values[parameter.name] = value = typed(parameter, text)
            violations += [self._violation(parameter.name, text, value, each) for each in self._found(parameter, value)]
        return values, tuple(violations)

    def _found(self, parameter: Parameter, value: Any) -> tuple[Violation, ...]:
        return self._validators[parameter.name].violations(value)

    def _violation(self, name: str, text: str, value: Any, violation: Violation) -> Violation:
        """Return a violation of a parameter's value as one of the query."""
        place, message = _place(name), violation.message.replace("the body", name, 1)
        fix = self._fixers[name].fix(value, violation) or Fix(f"leave {name} out", (Edit("remove", ""),))
        fix = replace(fix, edits=tuple(replace(edit, path=place) for edit in fix.edits))
        return replace(violation, pointer=place, received=text, message=message, fix=fix)

    def _limit(self, values: Mapping[str, Any], *, filtered: bool) -> int:
        for parameter in self._parameters:
            if told := parameter.extensions.get("x-page"):
                absent = parameter.schema.value.get("default", told["maximum"])
                absent = told.get("filtered", absent) if filtered else absent
                return int(min(values.get(parameter.name, absent), told["maximum"]))
        return _UNPAGED


def _place(name: str) -> str:
    return f"query/{name}"


_UNPAGED = 2**31
"""The page size of a list that has no pages."""


def typed(parameter: Parameter, text: str) -> Any:
    """Return the value that `text` is where the document says that the parameter is a number, else `text`."""
    is_integer = "integer" in type_names(parameter.schema.value.get("type", ()))
    match = _INTEGER.fullmatch(text) if is_integer else None
    return _bounded(match[1], match[2]) if match else text


def _bounded(sign: str, digits: str) -> int:
    number = min(int(digits), _GREATEST) if len(digits) <= len(str(_GREATEST)) else _GREATEST
    return -number if sign else number

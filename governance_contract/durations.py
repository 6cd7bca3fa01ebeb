"""Durations as the document says them: a number and a unit, whose length and calendar `x-units` gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from governance_contract.document import Document, Node

_DAY = 86_400
_TEXT = re.compile(r"([1-9][0-9]*)([^0-9]+)", re.ASCII)


@dataclass(frozen=True)
class Length:
    """A length of time: seconds, days and months, of which a value has one part."""

    seconds: int = 0
    days: int = 0
    months: int = 0

    @property
    def shortest(self) -> int:
        """The least number of seconds that it can be: a month has 28 days or more, a year 365."""
        years, months = divmod(self.months, 12)
        return self.seconds + _DAY * (self.days + 365 * years + 28 * months)

    @property
    def usual(self) -> frozenset[int]:
        """The seconds that servers take it for: a month as 30 days, twelve of them also as 365 days."""
        years, months = divmod(self.months, 12)
        whole = self.seconds + _DAY * self.days
        return frozenset({whole + _DAY * 30 * self.months, whole + _DAY * (365 * years + 30 * months)})


@dataclass(frozen=True)
class Calendar:
    """How windows follow the calendar: so many days or months long, from 00:00 UTC on, weeks from Monday on.

    The first one begins with the unit of the calendar (`unit_days` or `unit_months` long) in which it lies. Months are
    counted from January, or from the month (1 to 12) in the field to which `first_month` leads.
    """

    days: int = 0
    months: int = 0
    unit_days: int = 0
    unit_months: int = 0
    first_month: tuple[str, ...] = ()


_ENDLESS = 10**19
"""More of any unit than the calendar has; a number with more digits means the same and costs more."""


class Units:
    """The units of durations, each with its length and, where its windows can follow the calendar, with that."""

    def __init__(self, told: Mapping[str, Mapping[str, Any]]) -> None:
        """Read the value of `x-units`."""
        self._told = told
        self.read = lru_cache(maxsize=4096)(self._read)
        """Return the length of a duration, None where the text is none."""
        self.calendar = lru_cache(maxsize=4096)(self._calendar)
        """Return how the windows of a duration follow the calendar, None where they do not."""

    def _read(self, text: object) -> Length | None:
        return read_length(self._told, text)

    def _calendar(self, text: str) -> Calendar | None:
        number, unit = _parts(text) or (0, "")
        told = self._told.get(unit, {}).get("calendar")
        if told is None:
            return None
        first_month = tuple(told.get("from", ()))
        days, months = told.get("days", 0), told.get("months", 0)
        return Calendar(number * days, number * months, days, months, first_month)


def read_length(units: Mapping[str, Mapping[str, Any]], text: object) -> Length | None:
    """Return the length of a duration, None where `text` is none of a number and one of the `units`."""
    number, unit = _parts(text) or (0, "")
    if unit not in units:
        return None
    told = units[unit]
    return Length(**{part: number * told[part] for part in ("seconds", "days", "months") if part in told})


def _parts(text: object) -> tuple[int, str] | None:
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    return int(match[1]) if len(match[1]) < len(str(_ENDLESS)) else _ENDLESS, match[2]


def units_of(document: Document, schema: Node) -> Mapping[str, Mapping[str, Any]]:
    """Return the units of the durations that a schema describes, none where it describes no duration."""
    units: Mapping[str, Mapping[str, Any]] = document.resolve(schema).value.get("x-units", {})
    return units

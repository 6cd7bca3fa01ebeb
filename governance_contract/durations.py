"""Durations as the document says them: a number and a unit, whose length `x-units` gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
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


def read_length(units: Mapping[str, Mapping[str, Any]], text: object) -> Length | None:
    """Return the length of a duration, None where `text` is none of a number and one of the `units`."""
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[2] not in units:
        return None
    return Length(**{part: int(match[1]) * size for part, size in units[match[2]].items()})


def units_of(document: Document, schema: Node) -> Mapping[str, Mapping[str, Any]]:
    """Return the units of the durations that a schema describes, none where it describes no duration."""
    units: Mapping[str, Mapping[str, Any]] = document.resolve(schema).value.get("x-units", {})
    return units

"""One difference between two documents, and what it means for clients that keep to the old one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """What a change does to a client, the worst first."""

    BREAKING = "breaking"
    COMPATIBLE = "compatible"
    DOCUMENTATION = "documentation"


class Direction(StrEnum):
    """On which way a value travels: what may be sent, or what may come back."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def opposite(self) -> Direction:
        """The direction in which what is narrower here counts as wider: that of a negated schema."""
        return Direction.RESPONSE if self is Direction.REQUEST else Direction.REQUEST


class Effect(StrEnum):
    """What a changed keyword does to the values that a schema accepts, or to what the server promises."""

    NARROWER = "narrower"
    WIDER = "wider"
    OTHER = "other"
    """Neither can be told, or it is another set altogether: breaking on either way."""
    PROMISED = "promised"
    WITHDRAWN = "withdrawn"
    WORDS = "words"


def severity(effect: Effect, direction: Direction) -> Severity:
    """Return what an effect means on one way: clients break where less may be sent, or more may come back."""
    if effect is Effect.WORDS:
        return Severity.DOCUMENTATION
    harmless = {Effect.PROMISED, Effect.WIDER if direction is Direction.REQUEST else Effect.NARROWER}
    return Severity.COMPATIBLE if effect in harmless else Severity.BREAKING


@dataclass(frozen=True)
class Change:
    """One difference: where it stands in each document (pointer and line, None where it is not), and what it is.

    `subjects` are the operations that it concerns, `rules` those that the place carries.
    """

    severity: Severity
    pointer: str
    message: str
    old_line: int | None = None
    new_line: int | None = None
    subjects: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return this change as plain data."""
        return {
            "severity": str(self.severity),
            "pointer": self.pointer,
            "message": self.message,
            "old_line": self.old_line,
            "new_line": self.new_line,
            "operations": list(self.subjects),
            "rules": list(self.rules),
        }


def gathered(changes: Iterable[Change]) -> list[Change]:
    """Return each change once, with every operation and rule that it concerns, the worst first."""
    found: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        key = (change.severity, change.pointer, change.message)
        known = found.get(key, change)
        subjects, rules = _united(known.subjects, change.subjects), _united(known.rules, change.rules)
        found[key] = replace(known, subjects=subjects, rules=rules)
    return [change for each in Severity for change in found.values() if change.severity is each]


def _united(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))


def by_severity(changes: Iterable[Change]) -> Mapping[Severity, list[Change]]:
    """Return the changes of each severity that has any."""
    listed = list(changes)
    grouped = {each: [change for change in listed if change.severity is each] for each in Severity}
    return {each: found for each, found in grouped.items() if found}

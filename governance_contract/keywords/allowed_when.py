"""The keyword `x-allowed-when`: a member may be there only where the texts of its siblings match patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema_rs

from governance_contract.document import Document, Node
from governance_contract.keywords.keyword import Fault, Keyword, Mutation, Path, Schema
from governance_contract.reading import documented_values
from governance_contract.values import without

NAME = "x-allowed-when"

Patterns = Mapping[str, str]
"""Regular expressions, each by the sibling whose text must match it."""

Conditions = Mapping[str, Patterns]
"""The patterns for each member that is not always allowed."""


@dataclass(frozen=True)
class AllowedWhen:
    """When members are allowed, and the documented values of these members and of their siblings."""

    conditions: Conditions
    known: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def read(document: Document, node: Node) -> AllowedWhen:
    """Return what the keyword on the object schema `node` asks for."""
    conditions: Conditions = node.value[NAME]
    target = document.resolve(node)
    names = {name for member, patterns in conditions.items() for name in (member, *patterns)}
    known = {name: documented_values(document, target.child("properties", name)) for name in sorted(names)}
    return AllowedWhen(conditions, known)


def matches(pattern: str, value: Any) -> bool:
    """Return whether a value is a text in which the pattern is found, as the keyword `pattern` finds it."""
    return isinstance(value, str) and _engine(pattern).is_valid(value)


@lru_cache(maxsize=256)
def _engine(pattern: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"pattern": pattern})


def validate(value: Any, conditions: Conditions) -> tuple[Fault, ...]:
    """Return a fault for each member that is there, and not null, although a sibling does not match or is absent."""
    if not isinstance(value, dict):
        return ()
    return tuple(
        Fault((member,), value[member], _expected(patterns), _sentence(member, patterns))
        for member, patterns in conditions.items()
        if value.get(member) is not None and not _is_met(value, patterns)
    )


def repair(value: Any, params: AllowedWhen) -> Any:
    """Return `value` without the members that are not allowed, nor those that were allowed beside them alone."""
    dropped = {fault.path[0] for fault in validate(value, params.conditions)}
    if not dropped:
        return value
    return repair({name: item for name, item in value.items() if name not in dropped}, params)


def mutate(value: Any, params: AllowedWhen) -> Iterator[Mutation]:
    """Yield bodies with a member whose sibling became absent or another text, or to which the member was added."""
    for member, patterns in params.conditions.items() if isinstance(value, dict) else ():
        if value.get(member) is not None:
            yield from _with_other_siblings(value, member, patterns, params.known)
        elif not _is_met(value, patterns):
            for item in [item for item in params.known.get(member, ()) if item not in _EMPTY][:1]:
                yield Mutation(NAME, "added", {**value, member: item}, f"{member} added", member)


_EMPTY: tuple[Any, ...] = ("", [], {})
"""Values that some servers take for an absent member."""


def _with_other_siblings(
    value: dict[str, Any], member: str, patterns: Patterns, known: Mapping[str, Sequence[Any]]
) -> Iterator[Mutation]:
    for sibling, pattern in patterns.items():
        yield Mutation(NAME, "alone", without(value, sibling), f"{member} without {sibling}", f"{member}, {sibling}")
        for item in known.get(sibling, ()):
            if not matches(pattern, item):
                told = f"{member} with {sibling} {item}"
                yield Mutation(NAME, "beside", {**value, sibling: item}, told, f"{member}, {sibling}, {item}")


def _is_met(value: Mapping[str, Any], patterns: Patterns) -> bool:
    return all(matches(pattern, value.get(sibling)) for sibling, pattern in patterns.items())


def _expected(patterns: Patterns) -> str:
    return f"absent unless {_condition(patterns)}"


def _sentence(member: str, patterns: Patterns) -> str:
    return f"{member} is allowed only when {_condition(patterns)}"


def _condition(patterns: Patterns) -> str:
    return " and ".join(f"{sibling} matches {pattern}" for sibling, pattern in patterns.items())


def _explain(schema: Schema, path: Path) -> str:
    return _expected(schema[NAME][path[-1]])


ALLOWED_WHEN = Keyword(NAME, mutate, _explain, validate=validate, repair=repair, read=read)

"""The keywords `if` and `then` in the form: a member must be there if another one has a certain value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords.keyword import Keyword, Mutation
from governance_contract.values import ABSENT, same, without


@dataclass(frozen=True)
class RequiredUnless:
    """`member` must be there, and none of `empty`, when `deciding` has one of `values`."""

    member: str
    deciding: str
    values: tuple[Any, ...]
    empty: tuple[Any, ...] = ()


def read(document: Document, node: Node) -> RequiredUnless:
    """Return what the `if`/`then` on the schema `node` asks for.

    Raises:
        LookupError: the schema has not the form that is understood: `if` names one member by an enum, perhaps
            less a `not: {const: ...}`; `then` requires one member, perhaps `not: {enum: [...]}`.
    """
    (deciding,) = node.value["if"]["properties"]
    (member,) = node.value["then"]["required"]
    condition = node.child("if", "properties", deciding)
    excluded = condition.value.get("not", {}).get("const")
    values = document.resolve(condition).child("enum").value
    required = node.value["then"].get("properties", {}).get(member, {})
    empty = required.get("not", {}).get("enum", ())
    return RequiredUnless(member, deciding, tuple(v for v in values if v != excluded), tuple(empty))


def sentence(params: RequiredUnless) -> str:
    """Return the rule in one sentence."""
    return f"{params.member} is required when {params.deciding} is {' or '.join(map(str, params.values))}"


def mutate(value: Any, params: RequiredUnless) -> Iterator[Mutation]:
    """Yield, for each deciding value, bodies in which the required member is absent or empty."""
    if not isinstance(value, dict):
        return
    for decided in params.values:
        body, told = {**without(value, params.member), params.deciding: decided}, f"{params.deciding} {decided}"
        yield Mutation("then", "absent", body, f"{told} without {params.member}", str(decided))
        for nothing in params.empty:
            shown = "null" if nothing is None else repr(nothing)
            emptied = {**body, params.member: nothing}
            yield Mutation("then", "empty", emptied, f"{told} with {params.member} {shown}", f"{decided}, {shown}")


def repair(value: Any, params: RequiredUnless) -> Any:
    """Return `value` without the deciding member where the required one is missing, so that its default rules."""
    if not isinstance(value, dict) or not _is_one_of(value.get(params.deciding, ABSENT), params.values):
        return value
    given = value.get(params.member, ABSENT)
    is_missing = given is ABSENT or _is_one_of(given, params.empty)
    return without(value, params.deciding) if is_missing else value


def _is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    return any(same(value, other) for other in values)


KEYWORD = Keyword("then", mutate, repair=repair, read=read)

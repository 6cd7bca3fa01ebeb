"""The keywords `if` and `then`: where a member has certain values, another one must be there, or others must not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from governance_contract.document import Document, Node
from governance_contract.keywords.keyword import Keyword, Mutation
from governance_contract.values import ABSENT, same, without


@dataclass(frozen=True)
class RequiredUnless:
    """When `deciding` has one of `values`, `member` must be there and none of `empty`, and `absent` must not be there.

    `member` is None where nothing must be there.
    """

    member: str | None
    deciding: str
    values: tuple[Any, ...]
    empty: tuple[Any, ...] = ()
    absent: tuple[str, ...] = ()


def read(document: Document, node: Node) -> RequiredUnless:
    """Return what the `if`/`then` on the schema `node` asks for.

    Raises:
        LookupError: the schema has not the form that is understood: `if` names one member by an enum, perhaps
            less a `not: {const: ...}`; `then` requires one member, perhaps `not: {enum: [...]}`, or says of members
            `not: {}`, or both.
    """
    (deciding,) = node.value["if"]["properties"]
    then = node.value["then"]
    members = then.get("properties", {})
    absent = tuple(name for name, schema in members.items() if schema.get("not") == {})
    (member,) = then.get("required", [None] if absent else [])
    condition = node.child("if", "properties", deciding)
    excluded = condition.value.get("not", {}).get("const")
    values = document.resolve(condition).child("enum").value
    empty = members.get(member, {}).get("not", {}).get("enum", ())
    return RequiredUnless(member, deciding, tuple(v for v in values if v != excluded), tuple(empty), absent)


def sentence(params: RequiredUnless, member: str | None = None) -> str:
    """Return what the rule says of `member`, by default of the required one, in one sentence."""
    member = params.member if member is None else member
    asked = "required" if member == params.member else "not allowed"
    return f"{member} is {asked} when {params.deciding} is {' or '.join(map(str, params.values))}"


def mutate(value: Any, params: RequiredUnless) -> Iterator[Mutation]:
    """Yield, for each deciding value, bodies without the required member, or with one that must not be there."""
    if not isinstance(value, dict):
        return
    for decided in params.values:
        for name in (each for each in params.absent if each in value):
            body = {**value, params.deciding: decided}
            yield Mutation("then", "left-over", body, f"{params.deciding} {decided} with {name}", f"{decided}, {name}")
        if params.member is None:
            continue
        body, told = {**without(value, params.member), params.deciding: decided}, f"{params.deciding} {decided}"
        yield Mutation("then", "absent", body, f"{told} without {params.member}", str(decided))
        for nothing in params.empty:
            shown = "null" if nothing is None else repr(nothing)
            emptied = {**body, params.member: nothing}
            yield Mutation("then", "empty", emptied, f"{told} with {params.member} {shown}", f"{decided}, {shown}")


def repair(value: Any, params: RequiredUnless) -> Any:
    """Return `value` without what must not be there; without the deciding member where the required one is missing."""
    if not isinstance(value, dict) or not _is_one_of(value.get(params.deciding, ABSENT), params.values):
        return value
    value = {name: item for name, item in value.items() if name not in params.absent}
    if params.member is None:
        return value
    given = value.get(params.member, ABSENT)
    is_missing = given is ABSENT or _is_one_of(given, params.empty)
    return without(value, params.deciding) if is_missing else value


def _is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    return any(same(value, other) for other in values)


KEYWORD = Keyword("then", mutate, repair=repair, read=read)
